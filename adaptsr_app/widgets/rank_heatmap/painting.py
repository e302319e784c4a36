"""Paints the rank map: names, cells, pins, the colours' meaning."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from adaptsr_app.messages import tr
from adaptsr_app.theme.tokens import Tokens
from adaptsr_app.widgets.rank_heatmap.colours import ColourScale, ink_on
from adaptsr_app.widgets.rank_heatmap.grid import Cell, RankGrid
from adaptsr_app.widgets.rank_heatmap.layout import BAR_WIDTH_PX, LABEL_GAP_PX, MapLayout
from adaptsr_app.widgets.rank_heatmap.quantities import Quantity

_SMALLEST_TEXT_PX = 15.0
_PIN_PX = 5.0
_LABEL_STEP_PX = 13.0


@dataclass(frozen=True, slots=True)
class HeatmapPicture:
    """Everything that is painted.

    Attributes:
        grid: Sites by place.
        layout: Where the places are.
        values: By site name; a site without one has an empty cell.
        quantity: What the values are.
        scale: Their colours.
        pinned: Sites whose rank the user fixed.
        tokens: Theme.
    """

    grid: RankGrid
    layout: MapLayout
    values: Mapping[str, float]
    quantity: Quantity
    scale: ColourScale
    pinned: frozenset[str]
    tokens: Tokens


def small_font(font: QFont, tokens: Tokens) -> QFont:
    """Return the font of names and numbers."""
    small = QFont(font)
    small.setPixelSize(tokens.sizes["text_small"] - 1)
    return small


def paint_map(painter: QPainter, picture: HeatmapPicture) -> None:
    """Paint all but the selection, which changes more often."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_rows(painter, picture)
    _paint_columns(painter, picture)
    for cell, site in picture.grid.cells.items():
        _paint_cell(painter, picture, cell, site.site)
    _paint_bar(painter, picture)


def paint_mark(painter: QPainter, picture: HeatmapPicture, cell: Cell, *, strong: bool) -> None:
    """Frame a cell: strongly where it is selected, lightly under the pointer."""
    rect = picture.layout.cell_rect(cell).adjusted(-1.5, -1.5, 1.5, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if strong:
        painter.setPen(QPen(picture.tokens.colour("surface"), 4.5))
        painter.drawRoundedRect(rect, 3, 3)
    painter.setPen(
        QPen(picture.tokens.colour("accent" if strong else "text"), 2.5 if strong else 1)
    )
    painter.drawRoundedRect(rect, 3, 3)


def _paint_rows(painter: QPainter, picture: HeatmapPicture) -> None:
    layout = picture.layout
    metrics = QFontMetricsF(painter.font())
    painter.setPen(picture.tokens.colour("text_secondary"))
    width = layout.origin.x() - LABEL_GAP_PX
    every = max(1, -int(-_LABEL_STEP_PX // layout.cell.height()))
    for row, name in enumerate(picture.grid.rows):
        if row % every:
            continue
        middle = layout.origin.y() + (row + 0.5) * layout.cell.height()
        text = metrics.elidedText(name, Qt.TextElideMode.ElideLeft, width)
        rect = QRectF(0, middle - 10, width, 20)
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _paint_columns(painter: QPainter, picture: HeatmapPicture) -> None:
    layout = picture.layout
    metrics = QFontMetricsF(painter.font())
    painter.setPen(picture.tokens.colour("text_secondary"))
    for column, name in enumerate(picture.grid.columns):
        centre = layout.origin.x() + (column + 0.5) * layout.cell.width()
        foot = layout.origin.y() - LABEL_GAP_PX + 2
        if not layout.is_slanted:
            rect = QRectF(centre - layout.cell.width() / 2, foot - 16, layout.cell.width(), 16)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, name)
            continue
        painter.save()
        painter.translate(centre, foot)
        painter.rotate(-45)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideLeft, 150)
        painter.drawText(QPointF(0, metrics.ascent() / 2 - 1), text)
        painter.restore()


def _paint_cell(painter: QPainter, picture: HeatmapPicture, cell: Cell, site: str) -> None:
    tokens = picture.tokens
    rect = picture.layout.cell_rect(cell)
    value = picture.values.get(site)
    radius = min(3.0, rect.height() / 4)
    shows_text = rect.height() >= _SMALLEST_TEXT_PX - 2
    if not value:
        painter.setPen(QPen(tokens.colour("border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        ink, text = tokens.colour("text_disabled"), "" if value is None else "–"
    else:
        face = picture.scale.colour(value)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(face)
        painter.drawRoundedRect(rect, radius, radius)
        ink, text = ink_on(face), picture.quantity.written(value)
    fits = QFontMetricsF(painter.font()).horizontalAdvance(text) <= rect.width() - 4
    if shows_text and text and fits:
        painter.setPen(ink)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    if site in picture.pinned:
        _paint_pin(painter, rect, ink if value else tokens.colour("text"))


def _paint_pin(painter: QPainter, rect: QRectF, ink: QColor) -> None:
    size = min(_PIN_PX, rect.height() / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QRectF(rect.right() - size - 2, rect.top() + 2, size, size))


def _paint_bar(painter: QPainter, picture: HeatmapPicture) -> None:
    tokens, scale = picture.tokens, picture.scale
    rect = picture.layout.bar_rect
    metrics = QFontMetricsF(painter.font())
    gradient = QLinearGradient(rect.bottomLeft(), rect.topLeft())
    for step in range(33):
        gradient.setColorAt(step / 32, scale.colour_at(step / 32))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(rect, 2, 2)
    painter.setPen(tokens.colour("text_secondary"))
    written = {
        picture.quantity.written(value): value
        for value in scale.ticks(is_whole=picture.quantity.is_whole)
    }
    for text, value in written.items():
        y = rect.bottom() - scale.position(value) * rect.height()
        y = min(max(y, rect.top() + metrics.height() / 3), rect.bottom() - metrics.height() / 3)
        painter.drawText(QPointF(rect.right() + 6, y + metrics.ascent() / 2 - 1), text)
    painter.save()
    painter.translate(rect.left() + BAR_WIDTH_PX + 64, rect.top())
    painter.rotate(90)
    room = rect.height()
    text = metrics.elidedText(tr(picture.quantity.unit), Qt.TextElideMode.ElideRight, room)
    painter.setPen(tokens.colour("text_secondary"))
    painter.drawText(QPointF(0, metrics.ascent() / 2), text)
    painter.restore()
