"""What a job tells its listener: frozen values, no live tensors, one union to match on.

A job is called as `job(config, emit, token)`; `emit` takes one `Event`. Headless callers pass
`list.append`, the window a function that crosses to the GUI thread.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # only pictures need it, and whatever listens to a job would load it
    import numpy as np
    import numpy.typing as npt


class Stage(StrEnum):
    """What a job is busy with; each value is its name in JSON."""

    LOAD = "load"
    PAIRS = "pairs"
    SCORE = "score"
    ALLOCATE = "allocate"
    BASELINE = "baseline"
    TRAIN = "train"
    MERGE = "merge"
    EVALUATE = "evaluate"
    UPSCALE = "upscale"
    EXPORT = "export"
    DOWNLOAD = "download"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stage of a job is. `total` is always known.

    `text` names the item at hand; `item_share` is how much of that is done, 0 to 1.
    """

    stage: Stage
    done: int
    total: int
    text: str = ""
    eta_s: float | None = None
    item_share: float | None = None


@dataclass(frozen=True, slots=True)
class FileSkipped:
    """A file was left out, and why, in the user's words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line that is neither progress nor failure."""

    text: str


@dataclass(frozen=True, slots=True)
class PairsReady:
    """The pairs were read and split by scene."""

    train: tuple[str, ...]
    val: tuple[str, ...]
    skipped: int


@dataclass(frozen=True, slots=True)
class PairRegistered:
    """Two photos were lined up, or could not be; `sentence` says how well, or why not."""

    name: str
    verdict: Literal["good", "parts", "rejected"]
    sentence: str


@dataclass(frozen=True, slots=True)
class RankedSite:
    """One row of the rank map: a site, how much it matters, and the rank it got."""

    site: str
    kind: str
    block: str
    column: str
    score: float
    rank: int
    max_rank: int
    rank_cost: int


@dataclass(frozen=True, slots=True)
class RankMapReady:
    """Scores were turned into ranks. Parameters are counted as trainable numbers."""

    sites: tuple[RankedSite, ...]
    budget_parameters: int
    trainable_parameters: int
    backbone_parameters: int
    score_stability: float | None


@dataclass(frozen=True, slots=True)
class BaselinesReady:
    """PSNR on Y of the held-out pairs before any training, in dB."""

    bicubic_psnr_y_db: float
    backbone_psnr_y_db: float


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One optimiser step. `step` counts from 1."""

    step: int
    total: int
    loss: float
    learning_rate: float
    seconds_per_step: float
    eta_s: float


@dataclass(frozen=True, slots=True)
class Validated:
    """PSNR on Y of the held-out pairs during training, in dB."""

    step: int
    psnr_y_db: float
    best_psnr_y_db: float


@dataclass(frozen=True, slots=True, eq=False)
class CropReady:
    """A piece of one held-out pair as it stands now.

    Sent before the `Validated` it goes with, and when another piece is asked for. Pictures are
    RGB, uint8, shape (h, w, 3) for `lr` and scale times that for the others; nobody changes them.

    Attributes:
        name: The pair's.
        lr: What the network gets.
        backbone: Made by the network as it was.
        now: Made by the network as it is.
        hr: The truth.
        area: Where the piece lies in the photo: left, top, width, height as shares of it.
        overview: The whole LR photo, small; None where nobody could choose.
    """

    name: str
    lr: "npt.NDArray[np.uint8]"
    backbone: "npt.NDArray[np.uint8]"
    now: "npt.NDArray[np.uint8]"
    hr: "npt.NDArray[np.uint8]"
    area: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    overview: "npt.NDArray[np.uint8] | None" = None


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """Training can go on from here after a crash."""

    step: int
    path: Path


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A step gave a non-finite loss or gradient and was not applied."""

    step: int
    in_a_row: int


@dataclass(frozen=True, slots=True)
class VerdictReady:
    """The outcome on photos the network never saw. `better` decides what the user is told."""

    better: bool
    sentence: str
    gain_db: float
    photos: int


@dataclass(frozen=True, slots=True)
class PhotoStarted:
    """One photo of a batch is being upscaled."""

    path: Path
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class PhotoNotice:
    """Something worth a line about the result of one photo of a batch."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class PhotoFinished:
    """One photo of a batch was upscaled and saved."""

    path: Path
    output: Path
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class PhotoFailed:
    """One photo of a batch could not be upscaled; the others go on."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class JobFinished:
    """Terminal: the job returned."""

    job: str
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """Terminal: the user stopped the job."""

    job: str


@dataclass(frozen=True, slots=True)
class JobFailed:
    """Terminal: the job raised. `is_bug` tells an unexpected exception from an `EngineError`."""

    job: str
    message: str
    is_bug: bool


TerminalEvent = JobFinished | JobCancelled | JobFailed
Event = (
    Progress
    | FileSkipped
    | Notice
    | PairsReady
    | PairRegistered
    | RankMapReady
    | BaselinesReady
    | TrainingStep
    | Validated
    | CropReady
    | CheckpointSaved
    | StepSkipped
    | VerdictReady
    | PhotoStarted
    | PhotoNotice
    | PhotoFinished
    | PhotoFailed
    | TerminalEvent
)
Emit = Callable[[Event], None]


def ignore_events(_event: Event) -> None:
    """An `Emit` for callers that do not listen."""
