"""Colours for numbers that the colour-blind can tell apart too: viridis, and blue to orange."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtGui import QColor

_VIRIDIS = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
_SIGNED = ("#0f4d92", "#4f8fd0", "#b9cfe6", "#c9c9c9", "#f0c9a0", "#e08a2e", "#8f4a00")
_LOG_RANGE = 30.0
_HALF_LIGHT = 0.45


@dataclass(frozen=True, slots=True)
class ColourScale:
    """From a number to a colour.

    Attributes:
        low: Value at the lower end.
        high: Value at the upper end, above `low`.
        is_log: Equal steps of colour are equal factors, not equal differences.
        is_signed: Two colours, apart at zero.
    """

    low: float
    high: float
    is_log: bool = False
    is_signed: bool = False

    @classmethod
    def spanning(
        cls, values: Iterable[float], *, is_whole: bool = False, is_signed: bool = False
    ) -> "ColourScale":
        """Return the scale that holds all values.

        Args:
            values: Any; those that are not finite are passed over.
            is_whole: Whole numbers: begin at zero.
            is_signed: Give zero the middle.
        """
        finite = [value for value in values if math.isfinite(value)]
        highest = max(finite, default=1.0)
        if is_signed:
            reach = max((abs(value) for value in finite), default=1.0) or 1.0
            return cls(-reach, reach, is_signed=True)
        positive = [value for value in finite if value > 0]
        lowest = min(positive, default=0.0)
        if not finite or highest <= 0:
            return cls(0.0, 1.0)
        if lowest * _LOG_RANGE < highest and lowest > 0:
            return cls(lowest, highest, is_log=True)
        if is_whole or lowest >= highest:
            return cls(0.0, highest)
        return cls(min(finite), highest)

    def joined(self, other: "ColourScale") -> "ColourScale":
        """Return the scale that holds both, so that two maps can be compared by eye."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        is_log = low > 0 and (self.is_log or other.is_log)
        return ColourScale(low, high, is_log, self.is_signed or other.is_signed)

    def position(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1."""
        if self.is_log:
            if value <= self.low:
                return 0.0
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, share))

    def value_at(self, position: float) -> float:
        """Return the value at a place between the ends."""
        if self.is_log:
            return float(self.low * (self.high / self.low) ** position)
        return self.low + position * (self.high - self.low)

    def colour(self, value: float) -> QColor:
        """Return a value's colour."""
        return self.colour_at(self.position(value))

    def colour_at(self, position: float) -> QColor:
        """Return the colour at a place between the ends."""
        stops = _SIGNED if self.is_signed else _VIRIDIS
        place = position * (len(stops) - 1)
        index = min(int(place), len(stops) - 2)
        first, second = QColor(stops[index]), QColor(stops[index + 1])
        share = place - index
        return QColor.fromRgbF(
            first.redF() + share * (second.redF() - first.redF()),
            first.greenF() + share * (second.greenF() - first.greenF()),
            first.blueF() + share * (second.blueF() - first.blueF()),
        )

    def ticks(self, *, is_whole: bool) -> list[float]:
        """Return a few round values to write beside the colours, the ends among them."""
        if is_whole and not self.is_log and self.high - self.low <= 4:
            count = round(self.high - self.low)
        else:
            count = 4
        values = [self.value_at(index / max(count, 1)) for index in range(max(count, 1) + 1)]
        return [float(round(value)) for value in values] if is_whole else values


def ink_on(colour: QColor) -> QColor:
    """Return black or white, whichever is read more easily on a colour."""
    light = 0.299 * colour.redF() + 0.587 * colour.greenF() + 0.114 * colour.blueF()
    return QColor("#101010" if light > _HALF_LIGHT else "#ffffff")
