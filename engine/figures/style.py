"""The look that all pictures share: neutral greys, one accent colour, few lines."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from engine.files import atomic_path

PAPER = "#fafafa"
INK = "#222222"
SOFT = "#6b6b6b"
LINE = "#d9d9d9"
ACCENT = "#1f6fb2"

TITLE_PT = 13.0
TEXT_PT = 9.5
SMALL_PT = 8.0

_DPI = 130


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty picture of that size in inches, drawn without a screen."""
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(width_in, height_in), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
    return figure


def write_headline(figure: Figure, title: str, subtitle: str) -> None:
    """Put a title and a line below it in the upper left corner."""
    height_in = figure.get_figheight()
    left = 0.3 / figure.get_figwidth()
    figure.text(left, 1 - 0.32 / height_in, title, size=TITLE_PT, color=INK, weight="bold")
    figure.text(left, 1 - 0.56 / height_in, subtitle, size=TEXT_PT, color=SOFT)


def quiet_axes(axes: Axes) -> None:
    """Take away the box and the tick marks, and make labels small and grey."""
    axes.set_facecolor(PAPER)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=SMALL_PT, labelcolor=SOFT)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a picture as PNG, whole or not at all.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    for text in figure.findobj(Text):  # names of photos and cameras are no formulas
        text.set_parse_math(False)
    with atomic_path(path) as temp:
        figure.savefig(temp, format="png", dpi=_DPI, facecolor=figure.get_facecolor())
