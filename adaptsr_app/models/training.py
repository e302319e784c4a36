"""A training as it is watched: its curves, its best, its pace and what is happening now."""

from dataclasses import dataclass, field

from engine.events import (
    BaselinesReady,
    CheckpointSaved,
    Notice,
    PairsReady,
    Progress,
    RankMapReady,
    Stage,
    TrainingStep,
    Validated,
    VerdictReady,
)


@dataclass(slots=True)
class Series:
    """Values over steps, in parallel lists."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, step: int, value: float) -> None:
        """Append a value; one of a step that was there before, as after resuming, replaces it."""
        while self.steps and self.steps[-1] >= step:
            self.steps.pop()
            self.values.pop()
        self.steps.append(step)
        self.values.append(value)


class Training:
    """Folds a training's events.

    Attributes:
        stage: What is happening: a stage of `Progress`, "train", or "" before the first event.
        share: Of the stage at hand, 0 to 1.
        text: What is being worked on.
        psnr_y_db: Validations on the held-out crops.
        loss: Of every step.
        learning_rate: Of every step.
        baselines: Bicubic and backbone on the same crops; None before they are measured.
        latest: Step and PSNR of the last validation; None before the first. What a training ends
            with is its last state, so this is what it has reached.
        step: Steps done.
        total: Steps wanted; 0 before the first.
        seconds_per_step: Mean so far.
        eta_s: Seconds left of the training; None while nobody knows.
        saved_step: Step of the last checkpoint; None before the first.
        train: Pairs that are learnt from.
        val: Pairs that are kept out.
        notices: Sentences worth a line, the latest last.
        verdict: The outcome, at the end.
    """

    def __init__(self) -> None:
        self.stage = ""
        self.share = 0.0
        self.text = ""
        self.psnr_y_db, self.loss, self.learning_rate = Series(), Series(), Series()
        self.baselines: BaselinesReady | None = None
        self.latest: tuple[int, float] | None = None
        self.step = self.total = 0
        self.seconds_per_step = 0.0
        self.eta_s: float | None = None
        self.saved_step: int | None = None
        self.train: tuple[str, ...] = ()
        self.val: tuple[str, ...] = ()
        self.notices: list[str] = []
        self.rank_map: RankMapReady | None = None
        self.verdict: VerdictReady | None = None

    def fold(self, event: object) -> None:
        """Take an event in."""
        match event:
            case TrainingStep(step, total, loss, learning_rate, seconds_per_step, eta_s):
                self.stage, self.text = Stage.TRAIN, ""
                self.step, self.total, self.share = step, total, step / total
                self.seconds_per_step, self.eta_s = seconds_per_step, eta_s
                self.loss.add(step, loss)
                self.learning_rate.add(step, learning_rate)
            case Validated(step, psnr_y_db):
                self.psnr_y_db.add(step, psnr_y_db)
                self.latest = step, psnr_y_db
            case Progress(stage, done, total, text, eta_s, item_share):
                self.stage, self.text, self.eta_s = stage, text, eta_s
                self.share = min(1.0, (done + (item_share or 0.0)) / total) if total else 0.0
            case BaselinesReady():
                self.baselines = event
            case CheckpointSaved(step):
                self.saved_step = step
            case PairsReady(train, val):
                self.train, self.val = train, val
            case Notice(text):
                self.notices.append(text)
            case RankMapReady():
                self.rank_map = event
            case VerdictReady():
                self.verdict = event
            case _:
                pass

    @property
    def gain_db(self) -> float | None:
        """The last validation over the backbone, in dB; None while either is unknown."""
        if self.latest is None or self.baselines is None:
            return None
        return self.latest[1] - self.baselines.backbone_psnr_y_db
