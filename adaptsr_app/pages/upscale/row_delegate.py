"""Paints a row of the queue: thumbnail, name, camera and size, network, state and progress."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_queue import ITEM_ROLE
from adaptsr_app.pages.upscale.row_words import RowWords, words_of
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.theme.tokens import Tokens

ROW_PX = 72
_PICTURE_PX = 56
_GAP_PX = 12
_NETWORK_PX = 168
_STATE_PX = 112
_NARROW_PX = 560
"""Below this width the network moves into the tool tip."""

_ELIDE = Qt.TextElideMode.ElideRight
_VCENTRE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RowDelegate(QStyledItemDelegate):
    """Paints rows in the theme's colours.

    Attributes:
        is_paused: The job that works on a row is paused.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Prepare for a view."""
        super().__init__(parent)
        self.is_paused = False
        self._theme = theme
        self._icons: dict[tuple[str, str, str], QIcon] = {}

    @override
    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(0, ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint a row."""
        item: UpscaleItem = index.data(ITEM_ROLE)
        tokens = self._theme.tokens
        words = words_of(item, is_paused=self.is_paused)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(option.rect)
        self._paint_ground(painter, area, option, tokens)
        inner = area.adjusted(_GAP_PX, 0, -_GAP_PX, 0)
        picture = QRect(
            inner.left(), area.center().y() - _PICTURE_PX // 2, _PICTURE_PX, _PICTURE_PX
        )
        self._paint_picture(painter, picture, item, tokens)
        left, right = picture.right() + _GAP_PX, inner.right()
        state = QRect(right - _STATE_PX, area.top(), _STATE_PX, area.height())
        right = state.left() - _GAP_PX
        network = self.network_place(area, index)
        if network.isValid():
            self._paint_network(painter, network, item, words, tokens)
            right = network.left() - _GAP_PX
        name = QRect(left, area.top(), right - left, area.height())
        self._two_lines(
            painter, name, item.path.name, words.facts, tokens, colour=words.facts_colour, bold=True
        )
        self._paint_state(painter, state, item, words, tokens)
        painter.restore()

    def network_place(self, area: QRect, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Return where a row says what its photo is upscaled with.

        Args:
            area: Of the row.
            index: Of the row.

        Returns:
            Not valid where it does not say: a narrow row, or one with a reason, which takes all.
        """
        if area.width() <= _NARROW_PX or index.data(ITEM_ROLE).reason:
            return QRect()
        right = area.right() - _GAP_PX - _STATE_PX - _GAP_PX
        return QRect(right - _NETWORK_PX, area.top(), _NETWORK_PX, area.height())

    def _paint_network(
        self, painter: QPainter, place: QRect, item: UpscaleItem, words: RowWords, tokens: Tokens
    ) -> None:
        """Say what it is upscaled with, with an arrow where that can be chosen."""
        arrow = QRect(place.left(), place.center().y() - 17, 14, 14)
        if words.network and not item.in_run:
            self._icon("down", "text_secondary").paint(painter, arrow)
        inside = place.adjusted(arrow.width() + 6, 0, 0, 0)
        self._two_lines(painter, inside, words.network, words.network_why, tokens)

    def _paint_ground(
        self, painter: QPainter, area: QRect, option: QStyleOptionViewItem, tokens: Tokens
    ) -> None:
        state = option.state
        box = area.adjusted(2, 1, -2, -1)
        radius = tokens.sizes["radius"]
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(tokens.colour("accent_soft"))
            painter.drawRoundedRect(box, radius, radius)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(tokens.colour("hover"))
            painter.drawRoundedRect(box, radius, radius)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(tokens.colour("accent"))
            painter.drawRoundedRect(box, radius, radius)

    def _paint_picture(
        self, painter: QPainter, box: QRect, item: UpscaleItem, tokens: Tokens
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.colour("sunken"))
        painter.drawRoundedRect(box, 4, 4)
        if item.thumbnail is None or item.thumbnail.isNull():
            self._icon("photo", "text_disabled").paint(painter, box.adjusted(16, 16, -16, -16))
            return
        size = item.thumbnail.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(box.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, QPixmap.fromImage(item.thumbnail))

    def _paint_state(
        self, painter: QPainter, box: QRect, item: UpscaleItem, words: RowWords, tokens: Tokens
    ) -> None:
        painter.setPen(tokens.colour("text_secondary"))
        if item.state == "working":
            bar = QRect(box.left(), box.center().y() + 6, box.width(), 6)
            painter.drawText(box.adjusted(0, 0, 0, -20), _VCENTRE, words.state)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.colour("sunken"))
            painter.drawRoundedRect(bar, 3, 3)
            done = QRect(bar)
            done.setWidth(round(bar.width() * item.share))
            painter.setBrush(tokens.colour("border_strong" if self.is_paused else "accent"))
            painter.drawRoundedRect(done, 3, 3)
            return
        if words.state_icon:
            place = QRect(box.left(), box.center().y() - 8, 18, 18)
            self._icon(words.state_icon, words.state_colour).paint(painter, place)
            box = box.adjusted(24, 0, 0, 0)
        painter.drawText(box, _VCENTRE, words.state)

    def _two_lines(
        self,
        painter: QPainter,
        box: QRect,
        first: str,
        second: str,
        tokens: Tokens,
        *,
        colour: str = "text_secondary",
        bold: bool = False,
    ) -> None:
        plain = painter.font()
        plain.setPixelSize(tokens.sizes["text_body"])
        strong, small = QFont(plain), QFont(plain)
        strong.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        small.setPixelSize(tokens.sizes["text_small"])
        middle = box.center().y()
        lines = (
            (first, strong, "text", QRect(box.left(), middle - 21, box.width(), 20)),
            (second, small, colour, QRect(box.left(), middle + 1, box.width(), 20)),
        )
        for text, font, ink, line in lines:
            painter.setFont(font)
            painter.setPen(tokens.colour(ink))
            shown = QFontMetrics(font).elidedText(text, _ELIDE, line.width())
            painter.drawText(line, _VCENTRE, shown)
        painter.setFont(plain)

    def _icon(self, name: str, colour: str) -> QIcon:
        tokens = self._theme.tokens
        key = (tokens.scheme, name, colour)
        if key not in self._icons:
            self._icons[key] = icon(name, tokens, colour)
        return self._icons[key]
