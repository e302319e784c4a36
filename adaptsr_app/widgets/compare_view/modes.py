"""The ways to look at several pictures, and where each one's pane lies."""

from typing import Literal, get_args

from adaptsr_app.messages import tr
from adaptsr_app.widgets.compare_view.viewport import ScreenRect

Mode = Literal["split", "side by side", "blink", "difference"]
MODES: tuple[Mode, ...] = get_args(Mode)

_GAP_PX = 2


def mode_name(mode: Mode) -> str:
    """Return what the user calls a mode."""
    return {
        "split": tr("Split"),
        "side by side": tr("Side by side"),
        "blink": tr("Blink"),
        "difference": tr("Difference"),
    }[mode]


def next_mode(mode: Mode) -> Mode:
    """Return the mode after this one."""
    return MODES[(MODES.index(mode) + 1) % len(MODES)]


def panes_of(mode: Mode, count: int, width: float, height: float) -> list[ScreenRect]:
    """Return the panes, from the top left.

    Args:
        mode: Only side by side has several panes.
        count: How many pictures there are.
        width: Of the stage, in the screen's pixels.
        height: The same.
    """
    if mode != "side by side" or count < 2:
        return [ScreenRect(0, 0, width, height)]
    columns = count if count < 4 else 2
    rows = -(-count // columns)
    # Whole pixels, and all panes alike, so that the same pixel looks the same in each.
    pane_width = (width - _GAP_PX * (columns - 1)) // columns
    pane_height = (height - _GAP_PX * (rows - 1)) // rows
    return [
        ScreenRect(
            column * (pane_width + _GAP_PX),
            row * (pane_height + _GAP_PX),
            pane_width,
            pane_height,
        )
        for row in range(rows)
        for column in range(columns)
    ][:count]
