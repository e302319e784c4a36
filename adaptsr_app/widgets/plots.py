"""What every plot of the window has in common: axes, pens and the theme's colours."""

from collections.abc import Iterable

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPen
from PySide6.QtWidgets import QWidget

from adaptsr_app.theme.theme import Theme

_AXIS_PX = 62
_SECOND = {"light": "#c05a00", "dark": "#ffb057"}


def second_colour(theme: Theme) -> QColor:
    """Return the orange beside the accent's blue: told apart by every kind of colour vision."""
    return QColor(_SECOND[theme.tokens.scheme])


def pen(colour: QColor, width: float = 2.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen whose width does not follow the plot's scale."""
    drawn = QPen(colour)
    drawn.setWidthF(width)
    drawn.setCosmetic(True)
    drawn.setStyle(style)
    return drawn


def prepare_view(view: pg.GraphicsLayoutWidget) -> None:
    """Let a plot be looked at only: no frame, no focus."""
    view.setFrameShape(pg.GraphicsLayoutWidget.Shape.NoFrame)
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def prepare_plot(plot: pg.PlotItem, name: str) -> None:
    """Give a plot its name and a faint grid, and take its menu and mouse away."""
    plot.setLabel("left", name)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(x=False, y=False)
    plot.showGrid(x=True, y=True, alpha=0.15)
    plot.getAxis("left").setWidth(_AXIS_PX)
    for side in ("left", "bottom"):
        plot.getAxis(side).enableAutoSIPrefix(False)


def dress(
    widget: QWidget, view: pg.GraphicsLayoutWidget, plots: Iterable[pg.PlotItem], theme: Theme
) -> QFont:
    """Draw axes and ground in the theme's colours; return the font of what stands in a plot."""
    tokens = theme.tokens
    view.setBackground(tokens.colour("surface"))
    font = QFont(widget.font())
    font.setPixelSize(tokens.sizes["text_small"])
    for plot in plots:
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(tokens.colour("border_strong"))
            axis.setTextPen(tokens.colour("text_secondary"))
            axis.setTickFont(font)
            axis.label.setFont(font)
    return font
