"""The library page: profiles, trainings and networks, and what is done with them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QPushButton, QTabWidget, QVBoxLayout

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background, attempt
from adaptsr_app.jobs.library_reading import read_profile_list
from adaptsr_app.jobs.run_folders import read_runs
from adaptsr_app.messages import Message, message_for, tr
from adaptsr_app.models.profile_list import ProfileList
from adaptsr_app.pages.library.networks_tab import NetworksTab
from adaptsr_app.pages.library.profile_card import ProfileAction
from adaptsr_app.pages.library.profiles_tab import ProfilesTab
from adaptsr_app.pages.library.runs_tab import RunsTab
from adaptsr_app.pages.page import Page
from adaptsr_app.widgets.commands import (
    Entry,
    Submenu,
    action_of,
    entries_of,
    entry_of,
    reach_from,
    visible_entries,
)
from adaptsr_app.widgets.message_banner import MessageBanner
from adaptsr_app.widgets.text import label
from engine.backbones.catalogue.installed import remove_installed
from engine.backbones.catalogue.overview import CatalogueEntry, catalogue_entries
from engine.errors import EngineError
from engine.formatting import format_size
from engine.outcomes import Done, Failed
from engine.profiles.library import (
    Removed,
    find_profile,
    install_under_free_name,
    remove_profile,
    rename_profile,
    restore_profile,
)
from engine.profiles.shared_file import SHARED_SUFFIX, install_shared, write_shared

T = TypeVar("T")

JOB = "library"
_NETWORK_FILTER = "*.pth *.pt *.safetensors *.ckpt"


class LibraryPage(Page):
    """What is on this computer; changes are told to the other pages."""

    key = "library"
    icon = "library"

    def __init__(self, context: Context) -> None:
        """Build the page; the library is read when it is first shown."""
        super().__init__(context)
        self._reading = Background(self)
        self._actions = Background(self)
        self.banner = MessageBanner(context.theme)
        self._undo: QPushButton | None = None
        self.profiles = ProfilesTab(context.theme)
        self.runs = RunsTab(context.theme)
        self.networks = NetworksTab(context.theme)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.profiles, tr("Profiles"))
        self.tabs.addTab(self.runs, tr("Trainings"))
        self.tabs.addTab(self.networks, tr("Networks"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 16)
        layout.setSpacing(12)
        layout.addWidget(label(self.title, "title"))
        layout.addWidget(self.banner)
        layout.addWidget(self.tabs, 1)
        navigation = context.navigation
        navigation.library_changed.connect(self._read_if_visible)
        self.profiles.action_requested.connect(self._perform)
        self.profiles.rename_requested.connect(self._rename)
        self.profiles.import_requested.connect(self._import)
        self.profiles.adapt_requested.connect(lambda: navigation.page_requested.emit("adapt"))
        self.runs.map_requested.connect(navigation.profile_requested)
        self.runs.install_requested.connect(self._install)
        self.runs.go_on_requested.connect(navigation.training_requested)
        self.networks.download_requested.connect(self.download)
        self.networks.add_requested.connect(self._add_network)
        self.networks.remove_requested.connect(self._ask_to_remove)
        for button in (self.profiles.take, self.networks.add):
            reach_from(button, self)

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Library")

    def commands(self) -> Sequence[Entry]:
        """Return what can be done with profiles, trainings and networks."""
        return [
            *map(entry_of, (self.profiles.adapt, self.profiles.take, self.networks.add)),
            None,
            Submenu(tr("Profiles"), self.profiles.commands()),
            Submenu(tr("Trainings"), entries_of(self.runs)),
            Submenu(tr("Networks"), self.networks.commands()),
            None,
            Submenu(tr("Message"), visible_entries(self.banner)),
        ]

    @property
    def undo(self) -> QAction | None:
        """What brings back the profile that was deleted last."""
        is_offered = self._undo is not None and self._undo.isVisible()
        return action_of(self._undo) if self._undo is not None and is_offered else None

    def shown(self) -> None:
        """Read everything anew."""
        home = self.context.home
        self._reading.submit(read_profile_list, self._take_shelf)
        self._reading.submit(lambda: read_runs(home), self.runs.show_runs)
        self._reading.submit(lambda: attempt(catalogue_entries), self._take_networks)

    def download(self, name: str) -> None:
        """Fetch a published network."""

        def work(emit: Any, token: Any) -> Any:
            from engine.jobs.models import download_model  # noqa: PLC0415 - brings torch

            return download_model(name, emit, token)

        title = tr("Downloading: {name}").format(name=name)
        job = self.context.jobs.start(JOB, title, work)
        self.networks.rows[name].follow(job)
        job.ended.connect(lambda outcome: self._end_job(outcome, name))

    def add_network(self, file: Path) -> None:
        """Take a network file of the user's own in."""

        def work(emit: Any, token: Any) -> Any:
            from engine.jobs.models import add_model  # noqa: PLC0415 - brings torch

            return add_model(file, emit, token)

        title = tr("Adding: {name}").format(name=file.name)
        job = self.context.jobs.start(JOB, title, work)
        job.ended.connect(lambda outcome: self._end_job(outcome, file.name))

    def import_profile(self, file: Path) -> None:
        """Take a profile that somebody gave into the library."""
        self._background(
            lambda: install_shared(file),
            lambda profile: self._say(
                tr("{name} is one of your profiles now").format(name=profile.name)
            ),
        )

    def export_profile(self, name: str, path: Path) -> None:
        """Write a profile as one file to give to somebody."""
        self._background(
            lambda: write_shared(find_profile(name), path),
            lambda size: self._say(
                tr("{file} was written, {size}").format(file=path.name, size=format_size(size)),
                str(path),
            ),
        )

    def _read_if_visible(self) -> None:
        if self.isVisible():
            self.shown()

    def _take_shelf(self, shelf: ProfileList) -> None:
        self.profiles.show_shelf(shelf)
        if shelf.problem is not None:
            self._tell(shelf.problem)

    def _take_networks(self, found: dict[str, CatalogueEntry] | EngineError) -> None:
        if isinstance(found, EngineError):
            self._tell(found)
            found = {}
        self.networks.show_networks(found)

    def _perform(self, name: str, action: ProfileAction) -> None:
        card = self.profiles.cards[name]
        match action:
            case ProfileAction.RANK_MAP:
                self.context.navigation.profile_requested.emit(card.profile.folder)
            case ProfileAction.DUPLICATE:
                self._background(lambda: install_under_free_name(find_profile(name).folder))
            case ProfileAction.DELETE:
                self._background(lambda: remove_profile(name), self._offer_undo)
            case ProfileAction.EXPORT:
                path = self._ask_where(f"{name}{SHARED_SUFFIX}")
                if path is not None:
                    self.export_profile(name, path)

    def _rename(self, name: str, new_name: str) -> None:
        self._background(lambda: rename_profile(name, new_name))

    def _install(self, folder: Path) -> None:
        self._background(
            lambda: install_under_free_name(folder),
            lambda profile: self._say(
                tr("{name} is one of your profiles now").format(name=profile.name)
            ),
        )

    def _offer_undo(self, taken: Removed) -> None:
        self._say(tr("{name} was deleted").format(name=taken.name))
        self._undo = self.banner.add_action(tr("Undo"), lambda: self._restore(taken))
        self._undo.setFocus()

    def _restore(self, taken: Removed) -> None:
        self._undo = None
        self.banner.clear()
        self._background(lambda: restore_profile(taken))

    def _import(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Import a profile"), filter=f"AdaptSR (*{SHARED_SUFFIX})"
        )
        if chosen:
            self.import_profile(Path(chosen))

    def _add_network(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Add a network file"), filter=tr("Networks") + f" ({_NETWORK_FILTER})"
        )
        if chosen:
            self.add_network(Path(chosen))

    def _ask_to_remove(self, name: str) -> None:
        """Ask first: there is no undo, only another download."""
        entry = self.networks.rows[name].entry
        size = format_size(entry.size_bytes or 0)
        if entry.state == "downloaded" and entry.published is not None:
            text = tr("This frees {size}. It can be downloaded again.").format(size=size)
        else:
            text = tr("This frees {size}. The file it was copied from stays.").format(size=size)
        needing = [
            profile
            for profile, card in self.profiles.cards.items()
            if card.profile.provenance.backbone.name == name
        ]
        if needing:
            text += " " + tr(
                "{profiles} can then be used at full strength only, because another strength "
                "takes this network."
            ).format(profiles=", ".join(needing))
        self.banner.show_message(Message(tr("Remove {name}?").format(name=name), text), "warning")
        self.banner.add_action(tr("Remove"), lambda: self.remove_network(name), "danger")
        self.banner.add_action(tr("Keep it"), self.banner.clear).setFocus()

    def remove_network(self, name: str) -> None:
        """Delete a network that was downloaded or added."""
        self._background(
            lambda: remove_installed(name),
            lambda _removed: self._say(tr("{name} was removed").format(name=name)),
        )

    def _ask_where(self, name: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export a profile"), name)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(SHARED_SUFFIX)

    def _background(
        self, action: Callable[[], T], on_done: Callable[[T], None] = lambda _result: None
    ) -> None:
        def take(outcome: T | EngineError) -> None:
            if isinstance(outcome, EngineError):
                self._tell(outcome)
                return
            self.banner.clear()
            on_done(outcome)
            self.context.navigation.library_changed.emit()

        self._actions.submit(lambda: attempt(action), take)

    def _end_job(self, outcome: object, name: str) -> None:
        if isinstance(outcome, Failed):
            self.banner.show_message(message_for(outcome.error, outcome.report))
        elif isinstance(outcome, Done):
            self._say(tr("{name} is ready to use").format(name=name))
            self.context.navigation.library_changed.emit()

    def _say(self, title: str, details: str = "") -> None:
        self.banner.show_message(Message(title, "", "", details), "good")

    def _tell(self, error: EngineError) -> None:
        self.banner.show_message(message_for(error))
