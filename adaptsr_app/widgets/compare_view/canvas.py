"""The stage: paints the panes, and takes the mouse and the keyboard."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.compare_view.modes import Mode, mode_name, next_mode, panes_of
from adaptsr_app.widgets.compare_view.picture_store import PictureStore
from adaptsr_app.widgets.compare_view.scene import Scene
from adaptsr_app.widgets.compare_view.viewport import ScreenRect, Viewport

_ZOOM_STEP = 1.25
_HANDLE_REACH_PX = 10
_BLINK_MS = 700
_PAN_SHARE = 0.1
_HANDLE_STEP = 0.02


class CompareCanvas(QWidget):
    """Shows what is on the shelf.

    Signals:
        changed: Mode, zoom or anything else a toolbar shows is another one.
        settled: Everything in sight is painted as sharp as it gets.
    """

    changed = Signal()
    settled = Signal()

    def __init__(self, shelf: PictureStore, theme: Theme) -> None:
        """Show the shelf, whatever is on it.

        Args:
            shelf: The pictures.
            theme: Colours.
        """
        super().__init__()
        self.viewport = Viewport()
        self.scene = Scene(shelf, theme)
        self._shelf = shelf
        self._drag: QPointF | None = None
        self._drags_handle = False
        self._blinking = QTimer(self, interval=_BLINK_MS)
        self._blinking.timeout.connect(self.show_next)
        self.actions_without_button = (
            self._action(tr("Next way to look"), "M", lambda: self.set_mode(next_mode(self.mode))),
            self._action(tr("Next picture"), "Space", self._blink_by_hand),
        )
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 120))
        self.setAccessibleName(tr("Before and after"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        shelf.changed.connect(self._shelf_changed)
        shelf.tiles_arrived.connect(self.update)
        theme.changed.connect(self.update)

    @property
    def mode(self) -> Mode:
        """The way the pictures are looked at."""
        return self.scene.mode

    @property
    def panes(self) -> list[ScreenRect]:
        """The panes, in the screen's pixels."""
        ratio = self.devicePixelRatioF()
        return panes_of(
            self.mode, len(self.scene.shown), int(self.width() * ratio), int(self.height() * ratio)
        )

    def set_mode(self, mode: Mode) -> None:
        """Look at the pictures in another way."""
        self.scene.mode = mode
        self._blink_if_seen()
        self._refresh()

    def show_next(self) -> None:
        """Show the next picture, where one is shown at a time."""
        self.scene.turn += 1
        self._refresh()

    def fit(self) -> None:
        """Show the whole picture."""
        self.viewport.fit(self.panes[0])
        self._refresh()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom.

        Args:
            zoom: Screen pixels per pixel of the largest picture; 1.0 is 100 %.
            at: What stays where it is; the middle of the first pane if None.
        """
        pane, x, y = self._pane_at(at)
        self.viewport.zoom_to(pane, zoom, x, y)
        self._refresh()

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        """Zoom in by some steps of a mouse wheel, or out if negative."""
        self.zoom_to(self.viewport.zoom * _ZOOM_STEP**steps, at)

    def set_loupe(self, requested: bool) -> None:
        """Magnify what is under the cursor."""
        self.scene.has_loupe = requested
        self._refresh()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        panes = self.panes
        self.viewport.settle(panes[0])
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        missing = self.scene.paint(painter, panes, self.viewport, ratio, self.hasFocus())
        painter.end()
        waited = self._shelf.waits_for_tiles
        self._shelf.want(missing)
        if not missing and not self._shelf.is_opening and (waited or self.scene.is_new):
            self.scene.is_new = False
            QTimer.singleShot(0, self, self.settled.emit)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.zoom_by(event.angleDelta().y() / 120, event.position())
        event.accept()

    @override
    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_to(self.viewport.zoom * (1 + event.value()), event.position())
            return True
        return super().event(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._drag = event.position()
            self._drags_handle = self._is_on_handle(event.position())
            self._set_cursor(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was taken, and the loupe."""
        place = event.position()
        ratio = self.devicePixelRatioF()
        self.scene.cursor = (place.x() * ratio, place.y() * ratio)
        if self._drag is not None and self._drags_handle:
            self.scene.set_split(place.x() / max(1, self.width()))
            self._refresh()
        elif self._drag is not None:
            moved = (place - self._drag) * ratio
            self._drag = place
            self.viewport.pan(self.panes[0], moved.x(), moved.y())
            self._refresh()
        elif self.scene.has_loupe:
            self.update()
        self._set_cursor(place)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self._drags_handle = False
        self._set_cursor(event.position())

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go from the whole picture to 100 % there, and back."""
        if self.viewport.fits:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        """Take the loupe away with the cursor."""
        self.scene.cursor = None
        self.update()
        super().leaveEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan, and move the handle; other keys belong to actions."""
        if not self._take_key(event):
            super().keyPressEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._blink_if_seen()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._blinking.stop()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, if it is to fit."""
        self.viewport.settle(self.panes[0])
        super().resizeEvent(event)
        self.changed.emit()

    def _take_key(self, event: QKeyEvent) -> bool:
        key, keys = Qt.Key(event.key()), Qt.Key
        directions = {
            keys.Key_Left: (1, 0),
            keys.Key_Right: (-1, 0),
            keys.Key_Up: (0, 1),
            keys.Key_Down: (0, -1),
        }
        if key in directions and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.scene.set_split(self.scene.split - _HANDLE_STEP * directions[key][0])
            self._refresh()
            return True
        if key in directions:
            pane = self.panes[0]
            dx, dy = directions[key]
            self.viewport.pan(pane, dx * pane.width * _PAN_SHARE, dy * pane.height * _PAN_SHARE)
            self._refresh()
            return True
        return False

    def _action(self, text: str, keys: str, do: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked: do())
        self.addAction(action)
        return action

    def _blink_by_hand(self) -> None:
        """Turn to the next picture; from now on only the space bar does."""
        if self.mode != "blink":
            self.set_mode("blink")
        self._blinking.stop()
        self.show_next()

    def _blink_if_seen(self) -> None:
        if self.mode == "blink" and self.isVisible():
            self._blinking.start()
        else:
            self._blinking.stop()

    def _pane_at(self, at: QPointF | None) -> tuple[ScreenRect, float, float]:
        panes = self.panes
        if at is not None:
            ratio = self.devicePixelRatioF()
            x, y = at.x() * ratio, at.y() * ratio
            for pane in panes:
                if pane.contains(x, y):
                    return pane, x, y
        x, y = panes[0].centre
        return panes[0], x, y

    def _is_on_handle(self, place: QPointF) -> bool:
        if not self.scene.has_handle:
            return False
        return abs(place.x() - self.scene.split * self.width()) <= _HANDLE_REACH_PX

    def _set_cursor(self, place: QPointF) -> None:
        if self._drags_handle or self._is_on_handle(place):
            shape = Qt.CursorShape.SplitHCursor
        elif self._drag is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        else:
            shape = Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)

    def _shelf_changed(self) -> None:
        width, height = self._shelf.size_px
        if width and (width, height) != (self.viewport.width_px, self.viewport.height_px):
            self.viewport.set_reference(width, height)
        self.scene.is_new = True
        self._refresh()

    def _refresh(self) -> None:
        self.viewport.settle(self.panes[0])
        names = ", ".join(entry.picture.caption for entry in self.scene.shown)
        self.setAccessibleDescription(
            f"{mode_name(self.mode)}, {round(100 * self.viewport.zoom)} %: {names}"
        )
        self.update()
        self.changed.emit()

    @override
    def sizeHint(self) -> QSize:
        return QSize(640, 420)
