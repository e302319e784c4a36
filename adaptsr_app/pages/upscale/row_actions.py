"""What can be done with the photos that are selected, by button, menu and key."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from typing_extensions import override

from adaptsr_app.context import Navigation
from adaptsr_app.messages import tr
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_queue import UpscaleQueue
from adaptsr_app.pages.upscale.queue_view import QueueView
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.files import open_file, reveal
from adaptsr_app.widgets.tips import set_tip


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    icon: str
    keys: str
    run: Callable[[], None]
    fits: Callable[[UpscaleItem], bool]


class RowActions(QObject):
    """Actions on the selected photos; each is possible where one of them fits.

    Signals:
        retry_requested: These photos are to wait again.
    """

    retry_requested = Signal(list)

    def __init__(
        self, view: QueueView, queue: UpscaleQueue, navigation: Navigation, theme: Theme
    ) -> None:
        """Give the view its actions."""
        super().__init__(view)
        self._view, self._queue = view, queue
        self._navigation, self._theme = navigation, theme
        self._kinds = (
            _Kind(tr("Compare before and after"), "compare", "Return", self.compare, _has_output),
            _Kind(tr("Open the result"), "open", "Ctrl+Return", self.open, _has_output),
            _Kind(tr("Show in its folder"), "folder", "Ctrl+R", self.show_in_folder, _is_any),
            _Kind(tr("Upscale again"), "retry", "Ctrl+Shift+R", self.retry, _can_be_retried),
            _Kind(tr("Move up"), "up", "Alt+Up", lambda: self._shift(-1), _is_free),
            _Kind(tr("Move down"), "down", "Alt+Down", lambda: self._shift(1), _is_free),
            _Kind(tr("Remove from the list"), "remove", "Delete", self.remove, _is_free),
            _Kind(tr("Choose what to upscale with"), "more", "F4", view.ask_for_network, _is_free),
        )
        self.actions = [self._action(kind) for kind in self._kinds]
        view.addActions(self.actions)
        view.installEventFilter(self)
        view.selected.connect(self.refresh)
        view.doubleClicked.connect(lambda _index: self.actions[0].trigger())
        queue.changed.connect(self.refresh)
        theme.changed.connect(self._draw)
        self._draw()
        self.refresh()

    def refresh(self) -> None:
        """Allow what makes sense for the photos that are selected."""
        selected = self._view.selected_items() if self._view.isVisible() else ()
        for kind, action in zip(self._kinds, self.actions, strict=True):
            action.setEnabled(any(kind.fits(item) for item in selected))

    @override
    def eventFilter(self, _view: QObject, event: QEvent) -> bool:
        """Allow nothing while the list cannot be seen, as from the menu of another page."""
        if event.type() in {QEvent.Type.Show, QEvent.Type.Hide}:
            self.refresh()
        return False

    def compare(self) -> None:
        """Show the first finished photo beside its result."""
        item = next(filter(_has_output, self._view.selected_items()), None)
        if item is not None:
            pictures = [(tr("Photo"), item.path), (tr("Result"), item.output)]
            self._navigation.comparison_requested.emit(pictures)
            self._navigation.page_requested.emit("compare")

    def open(self) -> None:
        """Open the first result in the system's own program."""
        item = next(filter(_has_output, self._view.selected_items()), None)
        if item is not None and item.output is not None:
            open_file(item.output)

    def show_in_folder(self) -> None:
        """Show the first result, or the photo where there is none, in its folder."""
        selected = self._view.selected_items()
        if selected:
            item = next(filter(_has_output, selected), selected[0])
            reveal(item.output or item.path)

    def retry(self) -> None:
        """Let photos that are done, failed or were skipped wait again."""
        requested = [item for item in self._view.selected_items() if _can_be_retried(item)]
        self.retry_requested.emit(requested)

    def remove(self) -> None:
        """Take photos out of the list; their files stay."""
        self._queue.remove(self._view.selected_rows())

    def _shift(self, step: int) -> None:
        self._queue.shift(self._view.selected_rows(), step)

    def _action(self, kind: _Kind) -> QAction:
        action = QAction(kind.name, self)
        action.setShortcut(QKeySequence(kind.keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        set_tip(action, f"{kind.name} ({keys})")
        action.triggered.connect(lambda _checked: kind.run())
        return action

    def _draw(self) -> None:
        for kind, action in zip(self._kinds, self.actions, strict=True):
            action.setIcon(icon(kind.icon, self._theme.tokens, "text"))


def _is_any(_item: UpscaleItem) -> bool:
    return True


def _is_free(item: UpscaleItem) -> bool:
    return not item.in_run


def _has_output(item: UpscaleItem) -> bool:
    return item.output is not None


def _can_be_retried(item: UpscaleItem) -> bool:
    return item.state in {"done", "failed", "skipped"} and not item.in_run
