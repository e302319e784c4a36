"""Photos as small pictures in rows; takes dropped files and says what to do while it is empty."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QIcon,
    QImage,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem
from typing_extensions import override

from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.drop_zone import paths_of
from adaptsr_app.widgets.tips import set_tip

_PICTURE_PX = (112, 84)
_MARGIN_PX = 8
_CELL_PX = (136, 124)


class PhotoGrid(QListWidget):
    """Pictures with a line of text each.

    Signals:
        dropped: Files or folders that were dropped here, as paths.
    """

    dropped = Signal(list)

    def __init__(self, theme: Theme, name: str, *, takes_drops: bool = False) -> None:
        """Start empty.

        Args:
            theme: For what is painted while there is no picture.
            name: For screen readers.
            takes_drops: Whether files may be dropped.
        """
        super().__init__()
        self._theme = theme
        self._words = ""
        self._items: dict[object, QListWidgetItem] = {}
        self.setAccessibleName(name)
        self.setProperty("role", "boxed")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(*_PICTURE_PX))
        self.setGridSize(QSize(*_CELL_PX))
        self.setWordWrap(False)
        self.setViewportMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAcceptDrops(takes_drops)
        self.viewport().setAcceptDrops(takes_drops)  # photos that stay in place turn it off
        theme.changed.connect(self._draw)

    def set_words(self, words: str) -> None:
        """Say something where there are no photos."""
        self._words = words
        self.setAccessibleDescription(words)
        self.viewport().update()

    def add(self, key: object, text: str, *, tip: str = "", warning: bool = False) -> None:
        """Add a photo, for now without its picture.

        Args:
            key: To give the picture by.
            text: Below the picture.
            tip: More about it.
            warning: Something is wrong with it.
        """
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, (key, warning, False))
        item.setSizeHint(QSize(*_CELL_PX))  # else that of a placeholder, too low for a picture
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._items[key] = item
        self.addItem(item)
        self.tell(key, tip, warning=warning)

    def tell(self, key: object, tip: str, *, warning: bool) -> None:
        """Say more about a photo; nothing happens where it is gone meanwhile.

        Args:
            key: The photo's.
            tip: What there is to know.
            warning: Something is wrong with it.
        """
        item = self._items.get(key)
        if item is None:
            return
        text = item.text()
        _, _, has_picture = item.data(Qt.ItemDataRole.UserRole)
        set_tip(item, tip or text)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}. {tip}" if tip else text)
        item.setData(Qt.ItemDataRole.UserRole, (key, warning, has_picture))
        self._draw_item(item)

    def set_picture(self, key: object, picture: QImage) -> None:
        """Show a photo's picture; nothing happens where the photo is gone meanwhile."""
        item = self._items.get(key)
        if item is None or picture.isNull():
            return
        _, warning, _ = item.data(Qt.ItemDataRole.UserRole)
        item.setData(Qt.ItemDataRole.UserRole, (key, warning, True))
        item.setIcon(QIcon(_in_its_place(picture, self.devicePixelRatioF())))

    def empty(self) -> None:
        """Remove everything."""
        self._items.clear()
        self.clear()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.acceptDrops() and event.mimeData().hasUrls():
            event.acceptProposedAction()

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take them anywhere, also between the pictures."""
        event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = paths_of(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.count() or not self._words:
            return
        tokens = self._theme.tokens
        painter = QPainter(self.viewport())
        area = self.viewport().rect()
        middle = area.center()
        picture = icon("photos", tokens, "text_disabled").pixmap(QSize(48, 48))
        painter.drawPixmap(middle.x() - 24, middle.y() - 56, picture)
        painter.setPen(tokens.colour("text_secondary"))
        below = QRect(area.left() + 24, middle.y() + 8, area.width() - 48, area.height() // 2)
        painter.drawText(
            below,
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap,
            self._words,
        )
        painter.end()

    def _draw(self) -> None:
        for item in self._items.values():
            self._draw_item(item)
        self.viewport().update()

    def _draw_item(self, item: QListWidgetItem) -> None:
        tokens = self._theme.tokens
        _, warning, has_picture = item.data(Qt.ItemDataRole.UserRole)
        item.setForeground(QColor(tokens.colours["warning" if warning else "text"]))
        if not has_picture:
            name, colour = ("warning", "warning") if warning else ("photo", "text_disabled")
            item.setIcon(icon(name, tokens, colour))


def _in_its_place(picture: QImage, ratio: float) -> QPixmap:
    """Return the picture in the middle of what each has, so that the words stand in one line."""
    place = QPixmap(QSize(*_PICTURE_PX) * ratio)
    place.fill(Qt.GlobalColor.transparent)
    small = picture.scaled(
        place.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    painter = QPainter(place)
    left, top = (place.width() - small.width()) // 2, (place.height() - small.height()) // 2
    painter.drawImage(left, top, small)
    painter.end()
    place.setDevicePixelRatio(ratio)
    return place
