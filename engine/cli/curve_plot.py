"""Draws the curve of a training with the letters of a terminal."""

from collections.abc import Sequence

import plotext
from rich.console import Console
from rich.text import Text

_PLOT_HEIGHT = 14
_PLOT_WIDTH = 78
_TICKS = 5


def curve_plot(
    curve: Sequence[tuple[int, float]], backbone_psnr_y_db: float, console: Console
) -> Text | None:
    """Return PSNR over steps as a plot, where the terminal can show one.

    Args:
        curve: Step, and PSNR on Y in dB.
        backbone_psnr_y_db: Where training began.
        console: Where it will be printed.
    """
    if not curve or not console.is_terminal or not console.encoding.lower().startswith("utf"):
        return None
    figure = plotext.figure
    figure.clear()
    figure.plot_size(min(console.width, _PLOT_WIDTH), _PLOT_HEIGHT)
    figure.theme("colorless")
    points = [(0, backbone_psnr_y_db), *curve]
    steps, values = zip(*points, strict=True)
    figure.draw(figure.signal(list(steps), list(values), marker="braille").lines(True))
    figure.title("PSNR-Y of held-out photos while training, dB")
    figure.label("step", axis="x")
    ticks = sorted({round(steps[-1] * part / _TICKS) for part in range(_TICKS + 1)})
    figure.ruler("x", "lower").ticks(ticks, [str(tick) for tick in ticks])
    drawn = figure.build().string()
    figure.clear()
    return Text.from_ansi(drawn)
