"""What a cell of the rank map can show, and how its numbers are written."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from adaptsr_app.messages import to_translate
from engine.events import RankedSite

QuantityName = Literal["score", "rank", "parameters", "delta_norm", "effective_rank", "rank_change"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One of the things a cell can show.

    Attributes:
        title: What it is called.
        unit: Its unit in words, for the colour bar.
        is_whole: Its values are whole numbers.
        is_signed: Its values go both ways from zero, and zero is the middle of the colours.
    """

    title: str
    unit: str
    is_whole: bool = False
    is_signed: bool = False

    def written(self, value: float) -> str:
        """Return a value as a person reads it."""
        if self.is_signed:
            return f"{value:+.0f}" if value else "0"
        return f"{value:,.0f}" if self.is_whole else short_number(value)


QUANTITIES: dict[QuantityName, Quantity] = {
    "rank": Quantity(to_translate("Rank"), to_translate("rank"), is_whole=True),
    "score": Quantity(to_translate("Importance score"), to_translate("norm of the loss gradient")),
    "parameters": Quantity(
        to_translate("Parameters"), to_translate("numbers trained"), is_whole=True
    ),
    "delta_norm": Quantity(to_translate("‖ΔW‖ after training"), to_translate("norm of the change")),
    "effective_rank": Quantity(
        to_translate("Effective rank of ΔW"), to_translate("directions used")
    ),
    "rank_change": Quantity(
        to_translate("Change of rank"),
        to_translate("ranks more or fewer"),
        is_whole=True,
        is_signed=True,
    ),
}


def value_of(site: RankedSite, name: QuantityName, measured: Mapping[str, float]) -> float | None:
    """Return what a site's cell shows, None where there is nothing to show.

    Args:
        site: The site.
        name: What to show.
        measured: By site name, for what is not in the rank map itself.
    """
    match name:
        case "rank":
            return float(site.rank)
        case "score":
            return site.score
        case "parameters":
            return float(site.rank * site.rank_cost)
        case _:
            return measured.get(site.site)


def short_number(value: float) -> str:
    """Return a number in three digits: 0.0123, 1.23, 12.3, 123, 1.23e-06."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        return f"{value:.1e}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"
