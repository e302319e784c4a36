"""Scores a profile's layers by another rule, which takes the pairs it was made from."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from adaptsr_app.context import Context
from adaptsr_app.jobs.kept_adaptation import read_adaptation
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import Message, tr
from adaptsr_app.models.rank_plan import RankPlan
from engine.config.adapting import AdaptSettings, ScoreSettings
from engine.outcomes import Done
from engine.profiles.profile import Profile

JOB = "rank map"
"""The job's name is the page's, so that its card in the rail leads here."""


class Scoring(QObject):
    """Starts the scoring job and takes its result into the plan.

    Signals:
        ended: The outcome: `Done`, `Stopped` or `Failed` of `engine.outcomes`.
    """

    ended = Signal(object)

    def __init__(self, context: Context, plan: RankPlan, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._plan = context, plan
        self.job: RunningJob | None = None

    def start(self, pairs: Path, score: str) -> None:
        """Score the shown profile's network on its pairs, leaving out those it was checked on."""
        profile = self._plan.profile
        if profile is None or self.job is not None:
            return
        settings = score_settings(
            profile,
            pairs,
            score,
            self._context.preferences.device,
            remembered(self._context, profile),
        )

        def work(emit: Any, token: Any) -> Any:
            from engine.jobs.score import score as run_score  # noqa: PLC0415 - brings torch

            return run_score(settings, emit, token).rows()

        title = tr("Scoring layers: {name}").format(name=profile.name)
        self.job = self._context.jobs.start(JOB, title, work)
        self.job.ended.connect(lambda outcome: self._end(profile.folder, score, outcome))

    def _end(self, folder: Path, score: str, outcome: object) -> None:
        self.job = None
        if isinstance(outcome, Done):
            self._plan.set_scores(folder, score, outcome.value)
        self.ended.emit(outcome)


def score_settings(
    profile: Profile, pairs: Path, score: str, device: str, started: AdaptSettings | None = None
) -> ScoreSettings:
    """Return what scores the profile's network as it was scored, but by another rule.

    Args:
        profile: Whose layers.
        pairs: The pairs it was made from, or the sharp photos.
        score: The rule.
        device: Where to compute.
        started: What it was trained with, where that is known in full: a profile does not keep
            where the photos of a camera lay.
    """
    origin = profile.provenance
    training = origin.settings.get("training", {})
    lr_from = origin.settings.get("lr_from", "pairs")
    return ScoreSettings(
        backbone=origin.backbone.name,
        pairs=pairs,
        scale=origin.backbone.scale,
        lr_from=lr_from if started is None else started.lr_from,
        degradation=origin.settings.get("degradation", "medium"),
        camera=None if started is None else started.camera,
        val=origin.data.val,
        adapter=profile.rank_map.settings.model_copy(update={"score": score, "pins": {}}),
        batch=training.get("batch", 8),
        patch=training.get("patch", 32),
        seed=training.get("seed", 0),
        device=device,
    )


def remembered(context: Context, profile: Profile) -> AdaptSettings | None:
    """Return what a profile was trained with, if the wizard still knows it and its photos are there."""
    started = read_adaptation(context.home).started
    data = profile.provenance.data
    if started is None or not started.pairs.is_dir():
        return None
    same = started.pairs.name == data.folder and started.name == profile.name
    return started if same else None


def can_be_scored(profile: Profile) -> bool:
    """Return whether a profile itself tells how its LR was made.

    The photos of a camera, or a file of settings, are known only to the wizard that used them.
    """
    made = profile.provenance.settings
    lr_from = made.get("lr_from", "pairs")
    is_file = str(made.get("degradation", "")).endswith(".toml")
    return lr_from != "camera" and not (lr_from == "blind" and is_file)


def pairs_requested(profile: Profile) -> Message:
    """Return what is said where the pairs are not known any more."""
    words = tr(
        "The profile keeps only the scores it was trained with. Choose the folder of the pairs it "
        "was made from, “{folder}”, and AdaptSR measures this one too."
    )
    return Message(
        tr("This score has to be measured on the pairs"),
        words.format(folder=profile.provenance.data.folder),
    )


def camera_forgotten() -> Message:
    """Return what is said where nobody knows any more how LR was made."""
    return Message(
        tr("This score cannot be measured"),
        tr(
            "This profile learnt from photos that were made to look like a camera's, and it does "
            "not keep how."
        ),
    )
