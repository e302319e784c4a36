"""Curves of trainings in one picture, told apart by colour, dash and name."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.plots import dress, pen, prepare_plot, prepare_view, second_colour
from adaptsr_app.widgets.text import label

_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Curve:
    """One training.

    Attributes:
        name: In the legend.
        points: Step and PSNR in dB, in order.
        baseline_db: Of the backbone before training, if known.
    """

    name: str
    points: tuple[tuple[int, float], ...]
    baseline_db: float | None = None


class PsnrCurves(QWidget):
    """At most two curves over the same axes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._curves: tuple[Curve, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Curves of the trainings"))
        self._empty = label(
            tr("Choose a finished training to see its curve; choose two to compare them."),
            "secondary",
            wrap=True,
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._view = pg.GraphicsLayoutWidget()
        prepare_view(self._view)
        self._plot = self._view.addPlot(row=1, col=0)
        prepare_plot(self._plot, tr("PSNR in the middle of photos kept out (dB)"))
        self._plot.setLabel("bottom", tr("Steps; dotted: before training"))
        self._legend = pg.LegendItem(colCount=1, horSpacing=12, verSpacing=2)
        self._view.addItem(self._legend, row=0, col=0)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self._empty)
        self._layout.addWidget(self._view)
        theme.changed.connect(self._draw)
        self._draw()

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Draw these and no others; those beyond the second are left out."""
        self._curves = tuple(curve for curve in curves if curve.points)[: len(_DASHES)]
        said = [
            tr("{name}: {psnr:.2f} dB at the end").format(name=curve.name, psnr=curve.points[-1][1])
            for curve in self._curves
        ]
        self.setAccessibleDescription("; ".join(said))
        self._draw()

    @override
    def sizeHint(self) -> QSize:
        return QSize(480, 300)

    def _draw(self) -> None:
        self._layout.setCurrentWidget(self._view if self._curves else self._empty)
        font = dress(self, self._view, (self._plot,), self._theme)
        self._plot.clear()
        self._legend.clear()
        self._legend.setLabelTextColor(self._theme.tokens.colour("text"))
        self._legend.setLabelTextSize(f"{font.pixelSize()}px")
        colours = (self._theme.tokens.colour("accent"), second_colour(self._theme))
        for curve, colour, dash in zip(self._curves, colours, _DASHES, strict=False):
            drawn = self._plot.plot(*zip(*curve.points, strict=True), pen=pen(colour, 2.0, dash))
            self._plot.plot(*zip(curve.points[-1], strict=True), symbol="o", symbolBrush=colour)
            if curve.baseline_db is not None:
                # A curve and no infinite line: the range has to hold it.
                ends = (0, curve.points[-1][0])
                dots = pen(colour, 1.0, Qt.PenStyle.DotLine)
                self._plot.plot(ends, [curve.baseline_db] * 2, pen=dots)
            # The legend draws HTML; names of runs are strangers'.
            self._legend.addItem(drawn, html.escape(_as_text(curve)))


def _as_text(curve: Curve) -> str:
    """Return a curve's name and what it reached, for the legend."""
    name, reached_db = curve.name, curve.points[-1][1]
    if len(name) > _LONGEST_NAME:
        half = _LONGEST_NAME // 2
        name = f"{name[:half]}…{name[-half:]}"
    words = tr("{name}, {psnr:.2f} dB").format(name=name, psnr=reached_db)
    if curve.baseline_db is not None:
        words += tr(" ({gain:+.2f} dB)").format(gain=reached_db - curve.baseline_db)
    return words
