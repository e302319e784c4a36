"""A profile's rank map, and what it would be with other pins, budget, strategy or score."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.adapters.reallocation import RankChange, rank_changes, reallocated, spent_parameters
from engine.config.adapter import AdapterSettings, budget_parameters
from engine.errors import EngineError
from engine.events import RankedSite
from engine.profiles.profile import Profile
from engine.profiles.rank_map_file import RankMapFile

if TYPE_CHECKING:
    from engine.adapters.spectra import UpdateSpectrum

SCORES = ("gradient", "fisher", "activation", "random")
STRATEGIES = ("proportional", "greedy", "uniform")


@dataclass(frozen=True, slots=True)
class RanksForNext:
    """How the next training shall spend its budget.

    Attributes:
        adapter: Strategy, budget, score and pins.
        backbone: Name of the network whose layers the pins name.
        scale: What it enlarges by.
    """

    adapter: AdapterSettings
    backbone: str
    scale: int


class RankPlan(QObject):
    """What the rank map page shows.

    Signals:
        changed: Something of it is other than it was.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.profile: Profile | None = None
        self.settings = AdapterSettings()
        self.spectra: Mapping[str, UpdateSpectrum] = {}
        self.problem: EngineError | None = None
        self._scored: dict[str, tuple[RankedSite, ...]] = {}
        self._sites: tuple[RankedSite, ...] = ()

    def set_profile(self, profile: Profile | None) -> None:
        """Show another profile, as it was trained."""
        self.profile = profile
        self.spectra, self.problem = {}, None
        self._scored, self._sites = {}, ()
        if profile is not None:
            self.settings = self.trained_settings
            self._scored = {self.settings.score: profile.rank_rows}
            self._sites = profile.rank_rows
        self.changed.emit()

    def set_spectra(self, folder: Path, spectra: "Mapping[str, UpdateSpectrum]") -> None:
        """Take what was measured of a profile; nothing happens if another one is shown now."""
        if self.profile is not None and self.profile.folder == folder:
            self.spectra = dict(spectra)
            self.changed.emit()

    def set_scores(self, folder: Path, score: str, sites: tuple[RankedSite, ...]) -> None:
        """Take the sites with another score; nothing happens if another profile is shown now."""
        if self.profile is not None and self.profile.folder == folder:
            self._scored[score] = sites
            self.change(score=score)

    def change(self, **changes: object) -> None:
        """Change settings: `strategy`, `budget`, `score`, `pins`; what cannot be met is told.

        Raises:
            ValidationError: If a value is out of range; nothing is changed then.
        """
        if self.profile is None:
            return
        values = {**self.settings.model_dump(), **changes}
        self.settings = AdapterSettings.model_validate(values)
        self._plan()
        self.changed.emit()

    def pin(self, site: str, rank: int | None) -> None:
        """Fix a site's rank, or with None let it follow the score again."""
        pins = {name: fixed for name, fixed in self.settings.pins.items() if name != site}
        if rank is not None:
            pins[site] = rank
        self.change(pins=pins)

    def as_trained(self) -> None:
        """Take every change back."""
        self.settings = self.trained_settings
        self._plan()
        self.changed.emit()

    @property
    def trained_settings(self) -> AdapterSettings:
        """What the profile was trained with."""
        return AdapterSettings() if self.profile is None else self.profile.rank_map.settings

    @property
    def is_as_trained(self) -> bool:
        """True while nothing was changed."""
        return self.settings == self.trained_settings

    @property
    def sites(self) -> tuple[RankedSite, ...]:
        """The map that is shown."""
        return self._sites

    @property
    def has_ranks(self) -> bool:
        """False for a profile whose every number was trained."""
        return self.profile is not None and any(site.rank for site in self.profile.rank_rows)

    @property
    def budget_parameters(self) -> int:
        """Trainable numbers that are allowed."""
        return 0 if self.profile is None else self._budget(self.settings)

    @property
    def trained_changes(self) -> tuple[RankChange, ...]:
        """What is other than it was trained."""
        return () if self.profile is None else rank_changes(self.profile.rank_rows, self._sites)

    @property
    def spent(self) -> int:
        """Trainable numbers the map that is shown costs."""
        return spent_parameters(self._sites)

    def knows(self, score: str) -> bool:
        """True if this score needs no computing."""
        return score in self._scored

    def with_strategy(self, strategy: str) -> tuple[RankedSite, ...]:
        """Return the map another strategy gives, all else as it is shown.

        Raises:
            BudgetError: If the fixed ranks alone exceed the budget.
        """
        return self._allocated(self.settings.model_copy(update={"strategy": strategy}))

    @property
    def for_next(self) -> RanksForNext | None:
        """What is shown, for another training; None without a profile, or where it cannot be had."""
        profile = self.profile
        if profile is None or self.problem is not None:
            return None
        backbone = profile.provenance.backbone
        return RanksForNext(self.settings, backbone.name, backbone.scale)

    def document(self) -> RankMapFile | None:
        """Return the map that is shown as the document that profiles hold."""
        if self.profile is None:
            return None
        return RankMapFile(
            sites=self._sites,
            rank_pattern={site.site: site.rank for site in self._sites if site.rank},
            budget_parameters=self.budget_parameters,
            trainable_parameters=self.spent,
            backbone_parameters=self.profile.rank_map.backbone_parameters,
            score_stability=self.profile.rank_map.score_stability,
            settings=self.settings,
        )

    def _plan(self) -> None:
        if self.profile is None:
            return
        self.problem = None
        if self.is_as_trained:
            self._sites = self.profile.rank_rows
            return
        try:
            self._sites = self._allocated(self.settings)
        except EngineError as error:
            self.problem = error

    def _allocated(self, settings: AdapterSettings) -> tuple[RankedSite, ...]:
        return reallocated(
            self._scored[settings.score],
            budget=self._budget(settings),
            r_min=settings.r_min,
            r_max=settings.r_max,
            strategy=settings.strategy,
            pins=settings.pins,
        )

    def _budget(self, settings: AdapterSettings) -> int:
        profile = self.profile
        if profile is None:
            return 0
        if settings.budget == self.trained_settings.budget:
            return profile.rank_map.budget_parameters
        return budget_parameters(settings.budget, profile.rank_map.backbone_parameters)
