"""Puts events into lines a person reads."""

from pathlib import Path
from typing import assert_never

from engine.events import (
    BaselinesReady,
    CheckpointSaved,
    CropReady,
    Event,
    FileSkipped,
    JobCancelled,
    JobFailed,
    JobFinished,
    Notice,
    PairRegistered,
    PairsReady,
    PhotoFailed,
    PhotoFinished,
    PhotoNotice,
    PhotoStarted,
    Progress,
    RankMapReady,
    Stage,
    StepSkipped,
    TrainingStep,
    Validated,
    VerdictReady,
)
from engine.formatting import format_count

STAGES: dict[Stage, str] = {
    Stage.LOAD: "Loading the backbone",
    Stage.PAIRS: "Reading pairs",
    Stage.SCORE: "Scoring layers",
    Stage.ALLOCATE: "Allocating ranks",
    Stage.BASELINE: "Measuring the backbone",
    Stage.TRAIN: "Training",
    Stage.MERGE: "Merging",
    Stage.EVALUATE: "Measuring photos",
    Stage.UPSCALE: "Upscaling",
    Stage.EXPORT: "Exporting",
    Stage.DOWNLOAD: "Downloading",
    Stage.REGISTER: "Registering photos",
}


def line_for(event: Event) -> str | None:  # noqa: PLR0911 - one line per kind of event
    """Return the line to write about an event, or None if it only moves a bar."""
    match event:
        case FileSkipped(path, reason):
            return f"Left out {path.name}: {reason}"
        case Notice(text):
            return text
        case PairsReady(train, val, skipped):
            left_out = f", {format_count(skipped, 'file')} left out" if skipped else ""
            return (
                f"{format_count(len(train), 'pair')} to learn from, {len(val)} kept out{left_out}."
            )
        case PairRegistered(name, verdict, sentence):
            return f"{name}: {verdict}. {sentence}"
        case RankMapReady():
            return _rank_map(event)
        case BaselinesReady(bicubic, backbone):
            return f"Before training: bicubic {bicubic:.2f} dB, backbone {backbone:.2f} dB."
        case Validated(step, psnr_y_db, best):
            mark = "" if psnr_y_db >= best else f" (best {best:.2f} dB)"
            return f"Step {step}: {psnr_y_db:.2f} dB{mark}."
        case StepSkipped(step, in_a_row):
            return f"Step {step} was skipped: its error is not a number ({in_a_row} in a row)."
        case PhotoFinished() | PhotoNotice() | PhotoFailed():
            return _of_photo(event)
        case (
            Progress()
            | TrainingStep()
            | CheckpointSaved()
            | CropReady()
            | VerdictReady()
            | PhotoStarted()
            | JobFinished()
            | JobCancelled()
            | JobFailed()
        ):
            return None
        case _:
            assert_never(event)


def _of_photo(event: PhotoFinished | PhotoNotice | PhotoFailed) -> str:
    match event:
        case PhotoFinished(path, output, elapsed_s):
            return f"{path.name} → {output} ({elapsed_s:.1f} s)"
        case PhotoNotice(path, text):
            return f"{path.name}: {text}"
        case PhotoFailed(path, reason):
            return failure(path, reason)


def _rank_map(event: RankMapReady) -> str:
    adapted = sum(row.rank > 0 for row in event.sites)
    share = event.trainable_parameters / event.backbone_parameters
    stability = (
        ""
        if event.score_stability is None
        else f" Scores agree across mini-batches by {event.score_stability:.2f}."
    )
    return (
        f"{adapted} of {format_count(len(event.sites), 'layer')} get a rank: "
        f"{event.trainable_parameters:,} parameters to train, {share:.1%} of the backbone's."
        f"{stability}"
    )


def failure(path: Path, reason: str) -> str:
    """Return why a photo failed, with its name, which an `EngineError` carries already."""
    return reason if reason.startswith(str(path)) else f"{path}: {reason}"
