"""What the user has said in the wizard so far."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from PySide6.QtCore import QObject, Signal

from adaptsr_app.models.rank_plan import RanksForNext
from engine.adapters.reallocation import reallocated, spent_parameters
from engine.config.adapter import AdapterSettings, budget_parameters
from engine.config.adapting import AdaptSettings, CameraName
from engine.config.training import TrainingSettings
from engine.errors import ConfigError
from engine.events import RankedSite, RankMapReady

StepKey = Literal["phone", "photos", "effort", "differences", "training", "result"]
STEPS: tuple[StepKey, ...] = ("phone", "photos", "effort", "differences", "training", "result")
Source = Literal["pairs", "camera", "data set"]
Effort = Literal["quick", "balanced", "thorough", "own"]
EFFORT_STEPS: dict[Effort, int] = {"quick": 400, "balanced": 1500, "thorough": 3000}
"""Quick and thorough are the lengths measured in docs/measurements.md."""

_SHARE_KEPT_OUT = 0.15
_MOST_KEPT_OUT = 10
_LOOKS_AT_THE_CURVE = 20


class Measured(BaseModel):
    """What a few real steps took; see `engine.jobs.training_benchmark.Pace`. `key` tells of what."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    key: str = ""
    seconds_per_step: float
    seconds_per_validation: float
    seconds_to_judge: float
    memory_bytes: int
    disk_bytes: int
    device: str

    def seconds_for(self, training: TrainingSettings) -> float:
        """Return how long a whole training takes, its checks and the verdict included."""
        looks = training.steps // training.validate_every + 2
        stepping_s = training.steps * self.seconds_per_step
        return stepping_s + looks * self.seconds_per_validation + self.seconds_to_judge


class Ranking(BaseModel):
    """The scores that ranks are allocated from; `key` tells of what."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    sites: tuple[RankedSite, ...]
    backbone_parameters: int
    score_stability: float | None = None


class AdaptationState(BaseModel):
    """One adaptation, from the phone's name to the finished profile."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 2
    step: StepKey = "phone"
    phone_photos: tuple[Path, ...] = ()
    camera: str = ""
    made_for: CameraName | None = None
    lenses: tuple[str, ...] = ()
    name: str = ""
    source: Source | None = None
    phone_folder: Path | None = None
    better_folder: Path | None = None
    sharp_folder: Path | None = None
    pairs: Path | None = None
    usable: int = 0
    scale: int = 2
    backbone: str = ""
    effort: Effort = "balanced"
    adapter: AdapterSettings = AdapterSettings()
    training: TrainingSettings = TrainingSettings(steps=EFFORT_STEPS["balanced"], validate_every=75)
    device: str = "auto"
    measured: Measured | None = None
    ranking: Ranking | None = None
    started: AdaptSettings | None = None
    result: Path | None = None
    installed: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_written_today(cls, values: Any) -> Any:
        """Keep the last state where version 1 kept the best on the photos that it was judged by."""
        if isinstance(values, dict) and values.get("version") == 1:
            training = values.get("training")
            kept = {**training, "keep": "last"} if isinstance(training, dict) else training
            return {**values, "version": 2, "training": kept or {}}
        return values

    @property
    def training_folder(self) -> Path | None:
        """The folder the training reads: pairs, or sharp photos that become pairs."""
        return self.sharp_folder if self.source == "camera" else self.pairs

    @property
    def data_key(self) -> str:
        """Changes with what is learnt from and the network: with what scores depend on."""
        return self._key({"r_min", "r_max", "budget", "strategy", "pins"})

    @property
    def pace_key(self) -> str:
        """Changes with what the pace of a training depends on."""
        return self._key({"strategy", "pins", "score", "score_batches"})

    @property
    def has_ranking(self) -> bool:
        """True where the scores at hand are those of these photos and this network."""
        return self.ranking is not None and self.ranking.key == self.data_key

    def settings(self, out: Path) -> AdaptSettings:
        """Return what the main job is started with.

        Raises:
            ValidationError: If there is no folder yet.
        """
        kept_out = min(_MOST_KEPT_OUT, max(1, round(_SHARE_KEPT_OUT * self.usable)))
        return AdaptSettings.model_validate(
            {
                "backbone": self.backbone,
                "pairs": self.training_folder,
                "scale": self.scale,
                "out": out,
                "name": self.name,
                "made_for": self.made_for,
                "lr_from": "camera" if self.source == "camera" else "pairs",
                "camera": self.phone_folder if self.source == "camera" else None,
                "val": kept_out,
                "adapter": self.adapter,
                "training": self.training,
                "device": self.device,
            }
        )

    def ranked(self, *, pinned: bool = True) -> RankMapReady | None:
        """Return the rank map of the scores at hand under the budget that is wanted now.

        Args:
            pinned: Whether ranks fixed by hand are heeded.

        Raises:
            BudgetError: If fixed ranks alone exceed the budget.
            ConfigError: If the settings contradict each other.
        """
        ranking = self.ranking
        if ranking is None or ranking.key != self.data_key:
            return None
        budget = budget_parameters(self.adapter.budget, ranking.backbone_parameters)
        sites = reallocated(
            ranking.sites,
            budget=budget,
            r_min=self.adapter.r_min,
            r_max=self.adapter.r_max,
            strategy=self.adapter.strategy,
            pins=self.adapter.pins if pinned else None,
        )
        return RankMapReady(
            sites=sites,
            budget_parameters=budget,
            trainable_parameters=spent_parameters(sites),
            backbone_parameters=ranking.backbone_parameters,
            score_stability=ranking.score_stability,
        )

    def _key(self, without: set[str]) -> str:
        training = self.training
        parts = [
            str(self.training_folder),
            str(self.phone_folder) if self.source == "camera" else "",
            self.usable,
            self.scale,
            self.backbone,
            training.batch,
            training.patch,
            training.seed,
            self.device,
            training.precision,
            self.adapter.model_dump_json(exclude=without),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def training_for(effort: Effort, training: TrainingSettings) -> TrainingSettings:
    """Return settings of an effort's length, looked at often enough to draw a curve."""
    steps = EFFORT_STEPS.get(effort, training.steps)
    return training.model_copy(
        update={"steps": steps, "validate_every": max(1, steps // _LOOKS_AT_THE_CURVE)}
    )


class AdaptationModel(QObject):
    """The state at hand.

    Signals:
        changed: `state` is another one.
    """

    changed = Signal()

    def __init__(self, state: AdaptationState, parent: QObject | None = None) -> None:
        """Take up what was left."""
        super().__init__(parent)
        self.state = state

    def update(self, **changes: Any) -> None:
        """Change fields; nothing happens where they are as they were.

        Another network has other layers, so ranks fixed by hand do not outlive it.

        Raises:
            ValidationError: If a value is out of range; nothing is changed then.
        """
        values = {name: getattr(self.state, name) for name in AdaptationState.model_fields}
        if changes.get("backbone", self.state.backbone) != self.state.backbone:
            changes.setdefault("adapter", self.state.adapter.model_copy(update={"pins": {}}))
        state = AdaptationState.model_validate({**values, **changes})
        if state == self.state:
            return
        self.state = state
        self.changed.emit()

    def pin(self, site: str, rank: int | None) -> None:
        """Fix a layer's rank, or with None let it follow its score again."""
        adapter = self.state.adapter
        pins = {name: fixed for name, fixed in adapter.pins.items() if name != site}
        if rank is not None:
            pins[site] = rank
        self.update(adapter=adapter.model_copy(update={"pins": pins}))

    def take_ranks(self, ranks: RanksForNext) -> None:
        """Take strategy, budget, score and pins of another training for the next one.

        Raises:
            ConfigError: If they are for a network of another scale.
        """
        if ranks.scale != self.state.scale:
            raise ConfigError(
                f"These ranks are for {ranks.backbone}, which enlarges {ranks.scale} times; the "
                f"next training is for {self.state.scale} times.",
                remedy=f"Choose {ranks.scale} times in step 2, then take the ranks again.",
            )
        kept = {"strategy", "score", "budget", "r_min", "r_max", "pins"}
        taken = ranks.adapter.model_dump(include=kept)
        adapter = self.state.adapter.model_copy(update=taken)
        self.update(adapter=adapter, backbone=ranks.backbone)

    def start_over(self) -> None:
        """Forget everything but where profiles are made."""
        fresh = AdaptationState()
        self.update(**{name: getattr(fresh, name) for name in AdaptationState.model_fields})

    def forget_training(self) -> None:
        """Know of no training, begun or finished."""
        self.update(started=None, result=None, installed=False)
