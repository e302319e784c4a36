"""The menu bar: files, editing, the pages and what each of them can do, and help."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMenuBar

from adaptsr_app.messages import tr
from adaptsr_app.widgets.commands import Entry, fill_menu, sequences_of
from adaptsr_app.widgets.shortcuts import ShortcutGroup, actions_in, moving_about, shortcuts_in

_Keys = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class PageMenu:
    """A page's place in the menu bar.

    Attributes:
        title: Of its menu, with the letter that opens it.
        show: Brings the page to the front; a button of the rail.
        entries: Asked for whenever the menu opens, because what can be done changes.
    """

    title: str
    show: QAction
    entries: Callable[[], Sequence[Entry]]


class WindowMenus(QObject):
    """Fills the menu bar of a window.

    Signals:
        logs_requested: The logs are to be shown.
        about_requested: The program's name and version are to be shown.
        keys_requested: All shortcuts are to be shown.
    """

    logs_requested = Signal()
    about_requested = Signal()
    keys_requested = Signal()

    def __init__(
        self,
        window: QMainWindow,
        shared: Sequence[QAction],
        pages: Sequence[PageMenu],
        running: Callable[[], Sequence[Entry]],
        undo: Callable[[], QAction | None],
    ) -> None:
        """Make the menus.

        Args:
            window: Gets them.
            shared: Opens the File menu: what buttons of pages do as well.
            pages: One menu for each.
            running: What is being worked on.
            undo: Takes back what was done last on the page in front, if that can be.
        """
        super().__init__(window)
        self._window, self._pages, self._undo = window, pages, undo
        bar = window.menuBar()
        self._make_file_menu(bar, shared, running)
        self._make_edit_menu(bar)
        self._make_view_menu(bar)
        for page in pages:
            menu = bar.addMenu(page.title)
            menu.aboutToShow.connect(partial(self._fill, menu, page))
            menu.addAction(page.show)
        self._make_help_menu(bar)

    @property
    def groups(self) -> list[ShortcutGroup]:
        """Every shortcut, by menu; what is in several menus is in the first."""
        found, listed = [], set[QAction]()
        for action in self._window.menuBar().actions():
            menu = action.menu()
            if isinstance(menu, QMenu):
                menu.aboutToShow.emit()
                found.append(shortcuts_in(menu, but=listed))
                listed.update(actions_in(menu))
        return [*(group for group in found if group.shortcuts), moving_about()]

    def _fill(self, menu: QMenu, page: PageMenu) -> None:
        way_there = () if page.show.isChecked() else (page.show, None)
        fill_menu(menu, [*way_there, *page.entries()])

    def _make_file_menu(
        self, bar: QMenuBar, shared: Sequence[QAction], running: Callable[[], Sequence[Entry]]
    ) -> None:
        files = bar.addMenu(tr("&File"))
        files.addActions(list(shared))
        files.addSeparator()
        work = files.addMenu(tr("Work in progress"))
        files.aboutToShow.connect(lambda: _fill_or_disable(work, running()))
        files.addSeparator()
        leave = _action(self._window, tr("Quit"), self._window.close, _Keys.Quit, "Ctrl+Q")
        leave.setMenuRole(QAction.MenuRole.QuitRole)
        files.addAction(leave)

    def _make_edit_menu(self, bar: QMenuBar) -> None:
        edit = bar.addMenu(tr("&Edit"))
        parts: tuple[tuple[str, str, QKeySequence.StandardKey], ...] = (
            (tr("Undo"), "undo", _Keys.Undo),
            (tr("Cut"), "cut", _Keys.Cut),
            (tr("Copy"), "copy", _Keys.Copy),
            (tr("Paste"), "paste", _Keys.Paste),
            (tr("Select all"), "selectAll", _Keys.SelectAll),
        )
        for text, method, keys in parts:
            action = _action(self._window, text, partial(self._edit, method), keys)
            # Only while the menu is open: keys ask again.
            edit.aboutToShow.connect(partial(self._allow, action, method))
            edit.aboutToHide.connect(partial(action.setEnabled, True))
            edit.addAction(action)
            if method == "undo":
                edit.addSeparator()

    def _make_view_menu(self, bar: QMenuBar) -> None:
        view = bar.addMenu(tr("&View"))
        view.addActions([page.show for page in self._pages])
        view.addSeparator()
        self.full_screen = _action(
            self._window, tr("Full screen"), self._toggle_full_screen, _Keys.FullScreen, "F11"
        )
        self.full_screen.setCheckable(True)
        view.addAction(self.full_screen)
        view.aboutToShow.connect(lambda: self.full_screen.setChecked(self._window.isFullScreen()))

    def _make_help_menu(self, bar: QMenuBar) -> None:
        menu = bar.addMenu(tr("&Help"))
        keys = _action(self._window, tr("Keyboard shortcuts"), self.keys_requested.emit, "F1")
        menu.addAction(keys)
        menu.addAction(_action(self._window, tr("Show logs"), self.logs_requested.emit))
        about = _action(self._window, tr("About AdaptSR"), self.about_requested.emit)
        about.setMenuRole(QAction.MenuRole.AboutRole)
        menu.addAction(about)

    def _edit(self, method: str) -> None:
        do = self._editing(method)
        if do is not None:
            do()

    def _allow(self, action: QAction, method: str) -> None:
        action.setEnabled(self._editing(method) is not None)

    def _editing(self, method: str) -> Callable[[], object] | None:
        """Return how the text field or list that has the focus does this; else the page."""
        do: Callable[[], object] | None = getattr(QApplication.focusWidget(), method, None)
        if do is None and method == "undo" and (action := self._undo()) is not None:
            do = action.trigger
        return do

    def _toggle_full_screen(self) -> None:
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()


def _action(
    window: QMainWindow,
    text: str,
    slot: Callable[[], object],
    *keys: str | QKeySequence.StandardKey,
) -> QAction:
    """Return an action of the window; of the keys, the first the system knows count."""
    action = QAction(text, window)
    action.setShortcuts(
        next((found for requested in keys if (found := sequences_of(requested))), [])
    )
    action.triggered.connect(lambda _checked: slot())
    window.addAction(action)
    return action


def _fill_or_disable(menu: QMenu, entries: Sequence[Entry]) -> None:
    fill_menu(menu, entries)
    menu.setEnabled(bool(entries))
