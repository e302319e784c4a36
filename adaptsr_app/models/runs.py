"""The trainings the wizard started: finished ones with their curves, and interrupted ones."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from adaptsr_app.models.adaptation import AdaptationState
from engine.config.adapting import AdaptSettings
from engine.data.split import load_split
from engine.errors import EngineError
from engine.profiles.profile import PROFILE_FILE, WORK_FOLDER, load_profile
from engine.training.run_settings import read_settings

CHECKPOINT_FILE = "checkpoint.pt"
RunState = Literal["finished", "interrupted", "damaged"]


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        folder: Where it lies.
        name: Of its profile, or of the folder.
        state: How it ended.
        moment: When it ended, or was last saved.
        curve: Steps and PSNR on Y of the held-out crops, in dB.
        bicubic_db: PSNR of bicubic on the same crops, if known.
        backbone_db: PSNR of the backbone on them, if known.
        sentence: Its verdict, or what is wrong with it.
        is_better: Its profile is worth installing.
        settings: What an interrupted one goes on with; None where nobody knows any more.
    """

    folder: Path
    name: str
    state: RunState
    moment: datetime
    curve: tuple[tuple[int, float], ...] = ()
    bicubic_db: float | None = None
    backbone_db: float | None = None
    sentence: str = ""
    is_better: bool = False
    settings: AdaptSettings | None = None

    @property
    def can_go_on(self) -> bool:
        """True for an interrupted one whose settings are known."""
        return self.settings is not None


def read_runs(home: Path) -> tuple[Run, ...]:
    """Return the trainings kept in the window's own folder, the latest first.

    Every file of a finished one is checked, so not on the window's thread.

    Args:
        home: `Context.home`.
    """
    started = started_adaptation(home)
    runs = []
    try:
        folders = [folder for folder in (home / "runs").iterdir() if folder.is_dir()]
    except OSError:
        return ()
    for folder in folders:
        found = _read(folder, started)
        if found is not None:
            runs.append(found)
    return tuple(sorted(runs, key=lambda run: run.moment, reverse=True))


def started_adaptation(home: Path) -> AdaptSettings | None:
    """Return the settings of the training the wizard last started, if it still knows them."""
    try:
        return AdaptationState.model_validate_json((home / "adapt.json").read_bytes()).started
    except (OSError, ValueError):
        return None


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
    checkpoint = folder / WORK_FOLDER / CHECKPOINT_FILE
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
        sentence = f"{error.what} {error.remedy}"
        return Run(folder, folder.name, "damaged", moment, sentence=sentence)
    origin = profile.provenance
    return Run(
        folder=folder,
        name=profile.name,
        state="finished",
        moment=origin.created_at,
        curve=origin.training.curve,
        bicubic_db=origin.training.bicubic_psnr_y_db,
        backbone_db=origin.training.backbone_psnr_y_db,
        sentence=origin.verdict.sentence,
        is_better=origin.verdict.better,
    )


def _moment(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
