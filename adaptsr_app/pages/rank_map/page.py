"""The rank map page: one or two maps, the layer that was clicked, and what else is possible.

It never asks for a network: other ranks follow from the scores a profile holds
(`engine.adapters.reallocation`), and ΔW's singular values from its factors alone
(`engine.adapters.spectra`). Only another score takes the network and the pairs.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background
from adaptsr_app.jobs.library_reading import read_profile_list
from adaptsr_app.messages import message_for, tr
from adaptsr_app.models.profile_list import ProfileList
from adaptsr_app.models.quantities import day_text
from adaptsr_app.models.rank_plan import RankPlan
from adaptsr_app.pages.page import Page
from adaptsr_app.pages.rank_map.changes import Changes
from adaptsr_app.pages.rank_map.empty import Empty
from adaptsr_app.pages.rank_map.export import ask_for_file, export_map, export_preset
from adaptsr_app.pages.rank_map.maps import Maps
from adaptsr_app.pages.rank_map.scoring import (
    Scoring,
    camera_forgotten,
    can_be_scored,
    pairs_requested,
    remembered,
)
from adaptsr_app.pages.rank_map.sentences import what_it_shows
from adaptsr_app.pages.rank_map.spectra import SpectraReader
from adaptsr_app.pages.rank_map.tools import Tools
from adaptsr_app.widgets.cell_details import CellDetails
from adaptsr_app.widgets.commands import (
    Entry,
    Submenu,
    action_of,
    entries_of,
    visible_entries,
)
from adaptsr_app.widgets.files import ask_for_folder
from adaptsr_app.widgets.message_banner import MessageBanner
from adaptsr_app.widgets.text import label
from engine.errors import EngineError
from engine.events import RankedSite
from engine.outcomes import Failed
from engine.profiles.profile import Profile

_SIDE_PX = 320


class RankMapPage(Page):
    """Where a network changed for a camera, and what other ranks would be."""

    key = "rank map"
    icon = "rank map"

    def __init__(self, context: Context) -> None:
        """Build the page; profiles are read when it is first shown."""
        super().__init__(context)
        self.plan = RankPlan(self)
        self._shelf = ProfileList()
        self._is_read = False
        self._requested: Path | None = None
        self._reading = Background(self)
        self._looking = SpectraReader(context, self)
        self._scoring = Scoring(context, self.plan, self)
        self.banner = MessageBanner(context.theme)
        self.tools = Tools(context.theme)
        self.maps = Maps(context.theme)
        self.details = CellDetails(context.theme)
        self.changes = Changes()
        self.empty = Empty()
        self._sentence = label("", "secondary", wrap=True)
        self._lay_out()
        self._connect()
        self._show_plan()

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Rank map")

    def commands(self) -> Sequence[Entry]:
        """Return what can be done with the map."""
        return [
            *entries_of(self.tools),
            *entries_of(self.changes),
            *entries_of(self.empty),
            Submenu(tr("Message"), visible_entries(self.banner)),
        ]

    @property
    def undo(self) -> QAction | None:
        """What goes back to the ranks as they were trained."""
        return None if self.plan.is_as_trained else action_of(self.changes.undo)

    def shown(self) -> None:
        """Read the profiles anew: one may have come since."""
        visitors = tuple(profile.folder for profile in self._shelf.visitors)
        also = visitors if self._requested is None else (*visitors, self._requested)
        self._reading.submit(lambda: read_profile_list(also), self._take_shelf)

    def show_profile(self, folder: Path) -> None:
        """Show the map of the profile in that folder."""
        self._requested = folder
        self.context.navigation.page_requested.emit(self.key)

    def _lay_out(self) -> None:
        side = QWidget()
        cards = QVBoxLayout(side)
        cards.setContentsMargins(0, 0, 8, 0)
        cards.setSpacing(12)
        cards.addWidget(self.details)
        cards.addWidget(self.changes)
        cards.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(side)
        scroll.setWidgetResizable(True)
        scroll.setFixedWidth(_SIDE_PX)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body = QWidget()
        body = QHBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(16)
        body.addWidget(self.maps, 1)
        body.addWidget(scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label(self.title, "title"))
        layout.addWidget(self.banner)
        layout.addWidget(self.tools)
        layout.addWidget(self._sentence)
        layout.addWidget(self._body, 1)
        layout.addWidget(self.empty, 1)

    def _connect(self) -> None:
        navigation = self.context.navigation
        navigation.profile_requested.connect(self.show_profile)
        navigation.library_changed.connect(self._read_if_visible)
        self.plan.changed.connect(self._show_plan)
        self.tools.profile_chosen.connect(self._choose_profile)
        self.tools.value_chosen.connect(lambda _name: self._show_plan())
        self.tools.beside_chosen.connect(lambda _name: self._look())
        self.tools.strategy_chosen.connect(lambda name: self.plan.change(strategy=name))
        self.tools.budget_chosen.connect(lambda budget: self.plan.change(budget=budget))
        self.tools.score_chosen.connect(self._choose_score)
        self.tools.export_requested.connect(self.export)
        self.maps.selected.connect(self._show_site)
        self.details.pin_requested.connect(self.plan.pin)
        self.changes.undo.clicked.connect(self.plan.as_trained)
        self.changes.keep.clicked.connect(self._save_preset)
        self.changes.train.clicked.connect(self._train_with)
        self.empty.adapt.clicked.connect(lambda: navigation.page_requested.emit("adapt"))
        self._looking.measured.connect(self._take_spectra)
        self._looking.failed.connect(self._tell)
        self._scoring.ended.connect(self._scored)

    def _read_if_visible(self) -> None:
        if self.isVisible():
            self.shown()

    def _take_shelf(self, shelf: ProfileList) -> None:
        self._shelf, self._is_read = shelf, True
        if shelf.problem is not None:
            self._tell(shelf.problem)
        self.tools.set_profiles({str(one.folder): self._called(one) for one in shelf.all})
        requested, self._requested = self._requested, None
        current = requested or (self.plan.profile.folder if self.plan.profile else None)
        profile = shelf.at(current) or next(iter(shelf.all), None)
        is_same = (
            profile is not None
            and self.plan.profile is not None
            and profile.folder == self.plan.profile.folder
            and profile.provenance == self.plan.profile.provenance
        )
        if not is_same:
            self.plan.set_profile(profile)
        self.tools.choose_profile("" if profile is None else str(profile.folder))
        self._show_plan()
        self._look()

    def _called(self, profile: Profile) -> str:
        if profile not in self._shelf.visitors:
            return profile.name
        day = day_text(profile.provenance.created_at)
        return tr("{name}, training of {day}").format(name=profile.name, day=day)

    def _choose_profile(self, folder: str) -> None:
        self.banner.clear()
        self.plan.set_profile(self._shelf.at(Path(folder)))
        self._look()

    def _look(self) -> None:
        """Measure what training changed in the profiles that are shown, once for each."""
        for profile in (self.plan.profile, self._profile_beside()):
            if profile is not None:
                self._looking.look_into(profile)
                self._take_spectra(profile.folder)

    def _take_spectra(self, folder: Path) -> None:
        profile = self.plan.profile
        if profile is not None and profile.folder == folder and not self.plan.spectra:
            self.plan.set_spectra(folder, self._looking.spectra(profile))
        else:
            self._show_plan()

    def _show_plan(self) -> None:
        plan = self.plan
        has_map = plan.has_ranks
        for part in (self._body, self._sentence):
            part.setVisible(has_map)
        self.tools.setVisible(bool(self._shelf.all))
        self.empty.setVisible(not has_map)
        self.empty.show_reason(plan, is_read=self._is_read)
        self.tools.show_plan(plan)
        if not has_map:
            return
        beside_title, beside = self._beside()
        other = self._profile_beside()
        spectra = plan.spectra if other is None else self._looking.spectra(other)
        self.maps.show_maps(plan, self.tools.value, beside_title, beside, spectra)
        self._sentence.setText(what_it_shows(plan, self.tools.value, beside_title))
        self.changes.show_plan(plan)
        self._show_site(self.maps.selected_site)

    def _show_site(self, site: RankedSite | None) -> None:
        plan = self.plan
        self.details.show_site(
            site,
            budget_parameters=plan.budget_parameters,
            pin=None if site is None else plan.settings.pins.get(site.site),
            spectrum=None if site is None else plan.spectra.get(site.site),
            is_measured=bool(plan.spectra),
        )

    def _beside(self) -> tuple[str, tuple[RankedSite, ...]]:
        kind, _, name = self.tools.beside.partition(":")
        if kind == "trained" and self.plan.profile is not None:
            return tr("As trained"), self.plan.profile.rank_rows
        if kind == "strategy":
            try:
                return self.tools.beside_title, self.plan.with_strategy(name)
            except EngineError:
                return "", ()
        other = self._profile_beside()
        return ("", ()) if other is None else (self._called(other), other.rank_rows)

    def _profile_beside(self) -> Profile | None:
        kind, _, folder = self.tools.beside.partition(":")
        if kind != "profile":
            return None
        return self._shelf.at(Path(folder))

    def _choose_score(self, score: str) -> None:
        profile = self.plan.profile
        if profile is None or self.plan.knows(score):
            self.plan.change(score=score)
            return
        self.tools.show_plan(self.plan)
        started = remembered(self.context, profile)
        if started is not None:
            self._scoring.start(started.pairs, score)
            return
        can_be = can_be_scored(profile)
        self.banner.show_message(pairs_requested(profile) if can_be else camera_forgotten(), "info")
        if can_be:
            self.banner.add_action(tr("Choose the folder …"), lambda: self._ask_for_pairs(score))

    def _ask_for_pairs(self, score: str) -> None:
        folder = ask_for_folder(self, tr("Folder of the pairs"))
        if folder is not None:
            self.banner.clear()
            self._scoring.start(folder, score)

    def _scored(self, outcome: object) -> None:
        if isinstance(outcome, Failed):
            self.banner.show_message(message_for(outcome.error, outcome.report))

    def export(self, ending: str) -> None:
        """Ask for a file and write the map there."""
        path = self._ask_for_file(ending)
        if path is not None:
            self._write(lambda: export_map(path, self.plan, self.maps.main, self.maps.main_title))

    def _train_with(self) -> None:
        """Take what is shown to the wizard, for the training that comes next."""
        ranks = self.plan.for_next
        if ranks is not None:
            self.context.navigation.page_requested.emit("adapt")
            self.context.navigation.ranks_requested.emit(ranks)

    def _save_preset(self) -> None:
        path = self._ask_for_file("toml")
        if path is not None:
            self._write(lambda: export_preset(path, self.plan))

    def _ask_for_file(self, ending: str) -> Path | None:
        name = self.plan.profile.name if self.plan.profile else "rank map"
        return ask_for_file(self, name, ending)

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except EngineError as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        self.banner.show_message(message_for(error))
