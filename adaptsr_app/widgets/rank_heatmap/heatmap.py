"""The rank map as a widget: shows one quantity for each site, answers to pointer and keyboard."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.theme.tokens import Tokens
from adaptsr_app.widgets.rank_heatmap.colours import ColourScale
from adaptsr_app.widgets.rank_heatmap.grid import Cell, rank_grid
from adaptsr_app.widgets.rank_heatmap.layout import MapLayout
from adaptsr_app.widgets.rank_heatmap.painting import (
    HeatmapPicture,
    paint_map,
    paint_mark,
    small_font,
)
from adaptsr_app.widgets.rank_heatmap.quantities import (
    QUANTITIES,
    QuantityName,
    short_number,
    value_of,
)
from engine.events import RankedSite

_ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class RankHeatmap(QWidget):
    """Blocks as rows, their layers as columns, one colour for each layer's value.

    Signals:
        hovered: The `RankedSite` under the pointer, None when it leaves.
        selected: The `RankedSite` that was clicked or reached with the arrow keys, None when
            nothing is selected any more.
    """

    hovered = Signal(object)
    selected = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._grid = rank_grid(())
        self._name: QuantityName = "rank"
        self._measured: dict[QuantityName, dict[str, float]] = {}
        self._pinned: frozenset[str] = frozenset()
        self._common: ColourScale | None = None
        self._hovered: Cell | None = None
        self._selected: Cell | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Rank map"))
        theme.changed.connect(self.update)

    def set_map(self, sites: Sequence[RankedSite]) -> None:
        """Show another map; the selection stays on a site that is still there.

        Args:
            sites: The rank map's rows, in the network's order.
        """
        kept = self.selected_site
        self._grid = rank_grid(sites)
        self._hovered = None
        self._selected = None if kept is None else self._grid.cell_of(kept.site)
        self._say_selection()
        self.updateGeometry()
        self.update()

    def set_value(self, name: QuantityName) -> None:
        """Choose what the cells show."""
        self._name = name
        self._common = None
        self._say_selection()
        self.update()

    def set_measured(self, name: QuantityName, values: Mapping[str, float]) -> None:
        """Give what the map itself does not hold, such as norms after training.

        Args:
            name: What was measured.
            values: By site name.
        """
        self._measured[name] = dict(values)
        self.update()

    def set_pinned(self, sites: Iterable[str]) -> None:
        """Mark sites whose rank is fixed by hand."""
        self._pinned = frozenset(sites)
        self.update()

    def set_common_scale(self, scale: ColourScale | None) -> None:
        """Use the colours of two maps together, until another value is chosen; None: its own."""
        self._common = scale
        self.update()

    def select(self, site: str | None) -> None:
        """Select a site by name, or nothing."""
        self._select(None if site is None else self._grid.cell_of(site))

    @property
    def value(self) -> QuantityName:
        """What the cells show."""
        return self._name

    @property
    def selected_site(self) -> RankedSite | None:
        """The selected site."""
        return None if self._selected is None else self._grid.cells[self._selected]

    @property
    def has_values(self) -> bool:
        """True if any cell has something to show."""
        return bool(self._values())

    @property
    def scale(self) -> ColourScale:
        """The colours of what is shown, of this map alone."""
        quantity = QUANTITIES[self._name]
        return ColourScale.spanning(
            self._values().values(), is_whole=quantity.is_whole, is_signed=quantity.is_signed
        )

    def describe(self, site: RankedSite) -> str:
        """Return a site's numbers in one line."""
        text = tr("{site}: rank {rank} of at most {most}, score {score}, {parameters} parameters")
        line = text.format(
            site=site.site,
            rank=site.rank,
            most=site.max_rank,
            score=short_number(site.score),
            parameters=f"{site.rank * site.rank_cost:,}",
        )
        for name, values in self._measured.items():
            value = values.get(site.site)
            quantity = QUANTITIES[name]
            if value is not None and (value or not quantity.is_signed):
                line += f", {tr(quantity.title)} {quantity.written(value)}"
        return line

    def paint_on(self, painter: QPainter, size: QSizeF, tokens: Tokens) -> None:
        """Paint the map without marks, for a file.

        Args:
            painter: Of a picture of that size.
            size: In logical pixels.
            tokens: Theme, whatever the window's is.
        """
        painter.setFont(small_font(self.font(), tokens))
        paint_map(painter, self.picture(size, tokens))

    def picture(self, size: QSizeF, tokens: Tokens | None = None) -> HeatmapPicture:
        """Return what is painted in that size, in the window's theme or another."""
        tokens = tokens or self._theme.tokens
        metrics = QFontMetricsF(small_font(self.font(), tokens))
        return HeatmapPicture(
            grid=self._grid,
            layout=MapLayout.fitting(self._grid, size, metrics),
            values=self._values(),
            quantity=QUANTITIES[self._name],
            scale=self._common or self.scale,
            pinned=self._pinned,
            tokens=tokens,
        )

    @override
    def sizeHint(self) -> QSize:
        """The size at which the numbers fit into the cells."""
        return MapLayout.comfortable(self._grid).toSize()

    @override
    def minimumSizeHint(self) -> QSize:
        """The size below which cells would be left out."""
        return MapLayout.smallest(self._grid).toSize()

    def cell_centre(self, site: str) -> QPointF | None:
        """Return where a site's cell is, None if it has none."""
        cell = self._grid.cell_of(site)
        if cell is None:
            return None
        return self.picture(QSizeF(self.size())).layout.cell_rect(cell).center()

    @override
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font(self.font(), self._theme.tokens))
        if not self._grid.cells:
            painter.setPen(self._theme.tokens.colour("text_secondary"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("No rank map yet"))
            return
        picture = self.picture(QSizeF(self.size()))
        paint_map(painter, picture)
        if self._hovered is not None:
            paint_mark(painter, picture, self._hovered, strong=False)
        if self._selected is not None:
            paint_mark(painter, picture, self._selected, strong=True)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which site is under the pointer."""
        self._hover(self._cell_under(event.position()))

    @override
    def leaveEvent(self, _event: QEvent) -> None:
        self._hover(None)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._select(self._cell_under(event.position()))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the selection with the arrow keys; Escape takes it away."""
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is not None and self._grid.cells:
            start = self._selected
            self._select(
                min(self._grid.cells) if start is None else self._grid.next_cell(start, *arrow)
            )
        elif event.key() == Qt.Key.Key_Escape and self._selected is not None:
            self._select(None)
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is: at the selection, or at the first cell."""
        super().focusInEvent(event)
        by_keyboard = event.reason() in {
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        }
        if by_keyboard and self._selected is None and self._grid.cells:
            self._select(min(self._grid.cells))

    def _values(self) -> dict[str, float]:
        measured = self._measured.get(self._name, {})
        pairs = (
            (site.site, value_of(site, self._name, measured)) for site in self._grid.cells.values()
        )
        return {name: value for name, value in pairs if value is not None}

    def _cell_under(self, point: QPointF) -> Cell | None:
        cell = self.picture(QSizeF(self.size())).layout.cell_at(point)
        return cell if cell in self._grid.cells else None

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.hovered.emit(None if cell is None else self._grid.cells[cell])
            self.update()

    def _select(self, cell: Cell | None) -> None:
        if cell != self._selected:
            self._selected = cell
            self._say_selection()
            self.selected.emit(self.selected_site)
            self.update()

    def _say_selection(self) -> None:
        site = self.selected_site
        self.setAccessibleDescription("" if site is None else self.describe(site))
