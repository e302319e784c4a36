"""Says what more pairs would gain, as far as that was measured."""

import math
from itertools import pairwise

from engine.dataset_report.dataset import ENOUGH, DatasetReport

MEASURED: dict[int, float] = {5: 0.91, 10: 0.98, ENOUGH: 1.0}
"""Share of the largest gain that so many pairs brought: one phone, 400 steps
(docs/measurements.md)."""

NOT_MEASURED = "What more photos would gain was not measured."


def share_of_gain(pairs: int) -> float | None:
    """Return what share of the largest gain so many pairs brought; None for fewer than measured.

    Between what was measured, the share grows with the logarithm of the number.

    Args:
        pairs: How many are learnt from.
    """
    if pairs < min(MEASURED):
        return None
    for (low, below), (high, above) in pairwise(MEASURED.items()):
        if pairs < high:
            part = math.log(pairs / low) / math.log(high / low)
            return below + part * (above - below)
    return 1.0


def gain_text(report: DatasetReport) -> str:
    """Return what more pairs would gain, in one sentence that claims no more than was measured."""
    share = share_of_gain(report.good) if report.are_pairs else None
    if share is None:
        return NOT_MEASURED
    if report.good >= ENOUGH:
        return (
            f"On the phone it was measured with, more than {ENOUGH} pairs gained nothing further."
        )
    return (
        f"On the phone it was measured with, {report.good} pairs brought about {share:.0%} of what "
        f"{ENOUGH} bring."
    )
