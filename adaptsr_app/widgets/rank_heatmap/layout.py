"""Where the parts of the rank map lie, for a given size and given names."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from adaptsr_app.widgets.rank_heatmap.grid import Cell, RankGrid

LABEL_GAP_PX = 8.0
BAR_WIDTH_PX = 12.0
_BAR_GAP_PX = 20.0
_TICKS_WIDTH_PX = 76.0
_LONGEST_LABEL_PX = 150.0
_CELL_WIDTH_PX = (14.0, 76.0)
_CELL_HEIGHT_PX = (7.0, 38.0)
_MARGIN_PX = 4.0
_SLANT = 0.71


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Places in logical pixels.

    Attributes:
        origin: Upper left corner of the first cell.
        cell: Size of a cell with its gap.
        rows: Number of rows.
        columns: Number of columns.
        is_slanted: Column names are too wide to lie flat.
    """

    origin: QPointF
    cell: QSizeF
    rows: int
    columns: int
    is_slanted: bool

    @classmethod
    def fitting(cls, grid: RankGrid, size: QSizeF, metrics: QFontMetricsF) -> "MapLayout":
        """Return the layout of a grid in a widget of that size."""
        left = min(_widest(grid.rows, metrics), _LONGEST_LABEL_PX) + LABEL_GAP_PX + _MARGIN_PX
        right = _BAR_GAP_PX + BAR_WIDTH_PX + _TICKS_WIDTH_PX
        columns, rows = max(1, len(grid.columns)), max(1, len(grid.rows))
        names_px = min(_widest(grid.columns, metrics), _LONGEST_LABEL_PX)
        slanted_px = _SLANT * names_px
        # The last slanted name leans out to the right; the colours begin behind the cells anyway.
        width = _between((size.width() - left - right) / columns, *_CELL_WIDTH_PX)
        is_slanted = names_px > width - 6
        top = _MARGIN_PX + LABEL_GAP_PX + (slanted_px if is_slanted else 0) + metrics.height()
        height = _between((size.height() - top - _MARGIN_PX) / rows, *_CELL_HEIGHT_PX)
        return cls(QPointF(left, top), QSizeF(width, height), rows, columns, is_slanted)

    @property
    def grid_rect(self) -> QRectF:
        """All cells together."""
        width, height = self.columns * self.cell.width(), self.rows * self.cell.height()
        return QRectF(self.origin.x(), self.origin.y(), width, height)

    @property
    def bar_rect(self) -> QRectF:
        """The colour bar."""
        grid = self.grid_rect
        height = min(max(grid.height(), 90.0), 240.0)
        return QRectF(grid.right() + _BAR_GAP_PX, grid.top(), BAR_WIDTH_PX, height)

    def cell_rect(self, cell: Cell) -> QRectF:
        """One cell without its gap."""
        row, column = cell
        width, height = self.cell.width(), self.cell.height()
        gap = 1.0 if height < 14 else 2.0
        return QRectF(
            self.origin.x() + column * width, self.origin.y() + row * height, width, height
        ).adjusted(0, 0, -gap, -gap)

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the row and column at a point, None outside; the place may be empty."""
        if not self.grid_rect.contains(point):
            return None
        row = int((point.y() - self.origin.y()) / self.cell.height())
        column = int((point.x() - self.origin.x()) / self.cell.width())
        return min(row, self.rows - 1), min(column, self.columns - 1)

    @staticmethod
    def smallest(grid: RankGrid) -> QSizeF:
        """Return the size below which cells would have to be left out."""
        width = len(grid.columns) * _CELL_WIDTH_PX[0] + 240.0
        return QSizeF(width, len(grid.rows) * _CELL_HEIGHT_PX[0] + 100.0)

    @staticmethod
    def comfortable(grid: RankGrid) -> QSizeF:
        """Return the size at which the numbers fit into the cells."""
        return QSizeF(len(grid.columns) * 56.0 + 280.0, len(grid.rows) * 22.0 + 90.0)


def _widest(names: tuple[str, ...], metrics: QFontMetricsF) -> float:
    return max((metrics.horizontalAdvance(name) for name in names), default=0.0)


def _between(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
