"""The trainings the wizard keeps in the window's own folder: found, given a place, and thrown away."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adaptsr_app.jobs.kept_adaptation import read_adaptation
from adaptsr_app.messages import sentence_of
from adaptsr_app.models.adaptation import AdaptationState
from adaptsr_app.models.runs import Run
from engine.config.adapting import AdaptSettings
from engine.data.split import load_split
from engine.errors import EngineError
from engine.locks import is_held
from engine.profiles.profile import PROFILE_FILE, WORK_FOLDER, load_profile
from engine.training.run_settings import read_settings

CHECKPOINT_FILE = "checkpoint.pt"
"""`engine.training.checkpoint.CHECKPOINT_NAME`, which would bring torch before the first paint."""


def runs_folder(home: Path) -> Path:
    """Return where every training of the wizard has a folder; `home` is `Context.home`."""
    return home / "runs"


def checkpoint_in(run: Path) -> Path:
    """Return where an interrupted training left its checkpoint; it need not exist."""
    return run / WORK_FOLDER / CHECKPOINT_FILE


def free_run_folder(home: Path, name: str) -> Path:
    """Return a folder for the next training that nothing lies in.

    Args:
        home: `Context.home`.
        name: What its profile will be called; "" where nobody said.
    """
    name = name or "camera"
    folder = runs_folder(home) / name
    number = 2
    while folder.exists():
        folder = runs_folder(home) / f"{name} {number}"
        number += 1
    return folder


def discard_run(home: Path, run: Path) -> None:
    """Delete a training that will not go on; nothing outside the wizard's own folder.

    One that another program goes on with meanwhile stays where it is.
    """
    if run.parent == runs_folder(home) and not is_held(run):
        shutil.rmtree(run, ignore_errors=True)


def read_runs(home: Path) -> tuple[Run, ...]:
    """Return the trainings kept in the window's own folder, the latest first.

    Every file of a finished one is checked, so not on the window's thread.

    Args:
        home: `Context.home`.
    """
    started = read_adaptation(home).started
    runs = []
    try:
        folders = [folder for folder in runs_folder(home).iterdir() if folder.is_dir()]
    except OSError:
        return ()
    for folder in folders:
        found = _read(folder, started)
        if found is not None:
            runs.append(found)
    return tuple(sorted(runs, key=lambda run: run.moment, reverse=True))


def wizard_state_of(settings: AdaptSettings) -> dict[str, Any]:
    """Return what the wizard knows when it goes on with a training it forgot: what that records.

    Args:
        settings: What it was started with.

    Returns:
        Fields of `AdaptationState`, for `Adaptation.update`.
    """
    makes_lr = settings.lr_from != "pairs"
    known = AdaptationState(
        step="training",
        made_for=settings.made_for,
        name=settings.name,
        source="camera" if makes_lr else "pairs",
        phone_folder=settings.camera,
        sharp_folder=settings.pairs if makes_lr else None,
        pairs=None if makes_lr else settings.pairs,
        usable=_scenes(settings.out / WORK_FOLDER / "split.json"),
        scale=settings.scale,
        backbone=settings.backbone,
        effort="own",
        adapter=settings.adapter,
        training=settings.training,
        device=settings.device,
        started=settings.model_copy(update={"resume": False}),
    )
    return {name: getattr(known, name) for name in AdaptationState.model_fields}


def _scenes(split_file: Path) -> int:
    try:
        split = load_split(split_file)
    except EngineError:
        return 0
    return len(split.train) + len(split.val)


def _read(folder: Path, started: AdaptSettings | None) -> Run | None:
    checkpoint = checkpoint_in(folder)
    if (folder / PROFILE_FILE).is_file():
        return _finished(folder)
    try:
        moment = _moment(checkpoint)
    except OSError:
        return None
    settings = read_settings(folder / WORK_FOLDER)
    if settings is None and started is not None and started.out == folder:
        settings = started
    if settings is None:
        return Run(folder, folder.name, "interrupted", moment)
    # The folder may have been moved, with the whole home, since.
    again = settings.model_copy(update={"out": folder, "resume": True})
    return Run(folder, settings.name, "interrupted", moment, settings=again)


def _finished(folder: Path) -> Run:
    try:
        profile = load_profile(folder)
    except EngineError as error:
        moment = _moment(folder / PROFILE_FILE)
        sentence = sentence_of(error)
        return Run(folder, folder.name, "damaged", moment, sentence=sentence)
    origin = profile.provenance
    return Run(
        folder=folder,
        name=profile.name,
        state="finished",
        moment=origin.created_at,
        curve=origin.training.curve,
        backbone_db=origin.training.backbone_psnr_y_db,
        sentence=origin.verdict.sentence,
    )


def _moment(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
