"""Puts rail, pages and menus into one window; the pages do the rest."""

import base64
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QTimer, QUrl, SignalInstance
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMessageBox, QStackedWidget, QWidget
from typing_extensions import override

import engine
from adaptsr_app.context import Context
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import tr
from adaptsr_app.notifications import Notifications
from adaptsr_app.pages import PAGES
from adaptsr_app.pages.page import Page
from adaptsr_app.theme.icons import program_icon
from adaptsr_app.widgets.commands import Entry
from adaptsr_app.widgets.drop_zone import paths_of
from adaptsr_app.widgets.files import ask_for_folder, ask_for_photos
from adaptsr_app.widgets.message_boxes import message_box
from adaptsr_app.widgets.rail import Rail
from adaptsr_app.widgets.running_jobs import RunningJobs
from adaptsr_app.widgets.shortcuts import ShortcutsDialog
from adaptsr_app.widgets.window_menus import PageMenu, WindowMenus
from engine.bug_reports import log_dir

_SIZE_PX = (1200, 800)
_SMALLEST_PX = (900, 600)


class MainWindow(QMainWindow):
    """The window."""

    def __init__(self, context: Context) -> None:
        """Build the page in front; the others follow with `build_rest`, or when asked for."""
        super().__init__()
        self._context = context
        self._pages: dict[str, Page] = {}
        self._begun: dict[str, Iterator[Page | None]] = {}
        self._leaving = False
        self.setWindowTitle("AdaptSR")
        self.setWindowIcon(program_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(*_SMALLEST_PX)
        self.resize(*_SIZE_PX)
        self._rail = Rail(context.theme)
        self._stack = QStackedWidget()
        body = QWidget()
        layout = QHBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(body)
        self._entries = {entry.key: entry for entry in PAGES}
        for entry in PAGES:
            self._rail.add(entry.key, entry.title, entry.key, at_foot=entry.key == "settings")
        self._rest = QTimer(self)
        self._rest.timeout.connect(self._build_one)
        foot = RunningJobs(context.jobs, context.theme)
        foot.opened.connect(self.show_page)
        self._rail.add_foot(foot)
        self._rail.chosen.connect(self.show_page)
        self._notifications = Notifications(self, context)
        self._build_menus(foot)
        navigation = context.navigation
        navigation.page_requested.connect(self.show_page)
        for key, requested in (
            ("compare", navigation.comparison_requested),
            ("rank map", navigation.profile_requested),
            ("adapt", navigation.training_requested),
        ):
            requested.connect(partial(self._hand_on, key, requested))
        context.jobs.ended.connect(self._leave_if_requested)
        self._stack.setFocus()  # else Qt rings the first button before a key was pressed
        self._restore()

    def page(self, key: str) -> Page:
        """Return a page, built now if it is not there yet."""
        while key not in self._pages:
            self._build_part(key)
        return self._pages[key]

    @property
    def built_pages(self) -> tuple[str, ...]:
        """The keys of the pages that are there, in the order they were built."""
        return tuple(self._pages)

    def build_rest(self) -> None:
        """Build the pages that are not there yet, bit by bit between events."""
        self._rest.start(0)

    @property
    def undo(self) -> QAction | None:
        """What takes back what was done last on the page in front."""
        return self.current_page.undo

    @property
    def current_page(self) -> Page:
        """The page in front."""
        return self._pages[self._context.preferences.page]

    def show_page(self, key: str) -> None:
        """Bring a page to the front; a job's name stands for the page it belongs to."""
        if key not in self._entries:
            return
        page = self.page(key)
        self._stack.setCurrentWidget(page)
        self._rail.choose(key)
        self._context.preferences.page = key
        page.shown()

    def open_paths(self, paths: list[Path]) -> None:
        """Take photos or folders, however they came; comes to the front."""
        if paths:
            self.show_page("upscale")
            self._context.navigation.photos_dropped.emit(paths)
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        """Hand dropped files to the upscale page."""
        paths = paths_of(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.open_paths(paths)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before work is stopped; leave once it has put itself in order."""
        jobs = self._context.jobs.jobs
        if jobs and not self._leaving and not self._may_stop(jobs):
            event.ignore()
            return
        self._keep()
        if jobs:
            self._leaving = True
            self._context.jobs.cancel_all()
            self.setEnabled(False)
            self.setWindowTitle(tr("AdaptSR: stopping …"))
            event.ignore()
            return
        event.accept()

    def _build_one(self) -> None:
        missing = [key for key in self._entries if key not in self._pages]
        if missing:
            self._build_part(missing[0])
        else:
            self._rest.stop()

    def _build_part(self, key: str) -> None:
        if key not in self._begun:
            self._begun[key] = self._entries[key].load().in_parts(self._context)
        page = next(self._begun[key])
        if page is not None:
            del self._begun[key]
            self._pages[key] = page
            self._stack.addWidget(page)

    def _hand_on(self, key: str, requested: SignalInstance, what: object) -> None:
        """Say again what a page could not hear because it was not there."""
        if key not in self._pages:
            self.page(key)
            requested.emit(what)

    def _build_menus(self, running: RunningJobs) -> None:
        titles = _menu_titles()
        menus = [
            PageMenu(titles[key], self._rail.action(key), partial(self._commands_of, key))
            for key in self._entries
        ]
        navigation = self._context.navigation
        shared = (navigation.add_photos, navigation.add_folder)
        self.menus = WindowMenus(self, shared, menus, running.commands, lambda: self.undo)
        navigation.add_photos.triggered.connect(self._add_photos)
        navigation.add_folder.triggered.connect(self._add_folder)
        self.menus.keys_requested.connect(self._show_keys)
        self.menus.logs_requested.connect(self._show_logs)
        self.menus.about_requested.connect(self._about)

    def _commands_of(self, key: str) -> Sequence[Entry]:
        """Return what a page can do; nothing while it is not there."""
        return self._pages[key].commands() if key in self._pages else ()

    def _show_keys(self) -> None:
        for key in self._entries:
            self.page(key)
        ShortcutsDialog(self, self.menus.groups).open()

    def _add_photos(self) -> None:
        self.open_paths(ask_for_photos(self, tr("Add photos")))

    def _add_folder(self) -> None:
        folder = ask_for_folder(self, tr("Add a folder of photos"))
        if folder is not None:
            self.open_paths([folder])

    def _show_logs(self) -> None:
        log_dir().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_dir())))

    def _about(self) -> None:
        words = tr("AdaptSR {version}\nAdapts super-resolution to your camera.")
        message_box(self, tr("About AdaptSR"), words.format(version=engine.__version__)).exec()

    def _may_stop(self, jobs: tuple[RunningJob, ...]) -> bool:
        box = message_box(
            self,
            tr("Quit AdaptSR?"),
            tr("Still working: {jobs}.").format(jobs=", ".join(job.title for job in jobs)),
            tr(
                "If you quit now, the work stops. What is finished is kept, and training goes on "
                "from its last checkpoint next time."
            ),
            QMessageBox.Icon.Question,
        )
        stop = box.addButton(tr("Stop and quit"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(tr("Keep working"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        return box.clickedButton() is stop

    def _leave_if_requested(self) -> None:
        if self._leaving and not self._context.jobs.jobs:
            self.close()

    def _keep(self) -> None:
        geometry = bytes(self.saveGeometry().data())
        self._context.preferences.geometry = base64.b64encode(geometry).decode()
        self._context.save()

    def _restore(self) -> None:
        kept = self._context.preferences.geometry
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))
        requested = self._context.preferences.page
        self.show_page(requested if requested in self._entries else next(iter(self._entries)))


def _menu_titles() -> dict[str, str]:
    """Return what the pages' menus are called, each with a letter of its own."""
    return {
        "upscale": tr("&Photo"),
        "adapt": tr("&Adapt"),
        "rank map": tr("&Rank map"),
        "compare": tr("&Compare"),
        "library": tr("&Library"),
        "settings": tr("&Settings"),
    }
