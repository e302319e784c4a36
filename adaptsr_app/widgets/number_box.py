"""Boxes for numbers that look like the other boxes."""

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

_INDENT_PX = 8

Box = TypeVar("Box", bound=QAbstractSpinBox)


def whole_number(name: str, low: int, high: int, *, step: int = 1) -> QSpinBox:
    """Return a box for a whole number.

    Args:
        name: For screen readers.
        low: The smallest number.
        high: The largest number.
        step: Of the arrow keys and the wheel.
    """
    made = QSpinBox()
    made.setRange(low, high)
    made.setSingleStep(step)
    return _named(made, name)


def decimal_number(name: str, low: float, high: float, *, decimals: int) -> QDoubleSpinBox:
    """Return a box for a number with decimals.

    Args:
        name: For screen readers.
        low: The smallest number.
        high: The largest number.
        decimals: How many are shown.
    """
    made = QDoubleSpinBox()
    made.setDecimals(decimals)
    made.setRange(low, high)
    return _named(made, name)


def _named(box: Box, name: str) -> Box:
    box.setAccessibleName(name)
    # Style sheets indent every other box, but not the text of these.
    box.lineEdit().setTextMargins(_INDENT_PX, 0, _INDENT_PX, 0)
    return box
