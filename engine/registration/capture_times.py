"""Matches photos of two cameras by when they were taken, whatever their clocks show."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.imaging.reading import probe
from engine.registration.geometry import Floats

_LEAST_SHARED = 3  # pairs that a difference of the clocks must explain to be believed


def taken_at_s(path: Path) -> float | None:
    """Return when a photo was taken by its camera's clock, seconds; None where it does not say."""
    try:
        text = probe(path).camera.taken_at
    except EngineError:
        return None
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Many cameras store no zone: what the clock showed is all that can be compared.
    return moment.replace(tzinfo=UTC).timestamp()


def match_times(
    lr: Sequence[Path], hr: Sequence[Path], *, max_gap_s: float
) -> list[tuple[Path, Path]]:
    """Return pairs whose times are next to each other on both sides.

    Two clocks differ. The difference that brings most photos together is taken, and none if it
    brings fewer than three together.

    Args:
        lr: Photos of one camera.
        hr: Photos of the other.
        max_gap_s: Largest difference of two times after that, seconds.
    """
    ours = [(time, path) for path in lr if (time := taken_at_s(path)) is not None]
    theirs = [(time, path) for path in hr if (time := taken_at_s(path)) is not None]
    if not ours or not theirs:
        return []
    a, b = (np.array([time for time, _ in side]) for side in (ours, theirs))
    best = _nearest_of_each(a, b, max_gap_s)
    for offset_s in _offsets(a, b, max_gap_s):
        found = _nearest_of_each(a, b - offset_s, max_gap_s)
        if len(found) > max(len(best), _LEAST_SHARED - 1):
            best = found
    return [(ours[i][1], theirs[j][1]) for i, j in best]


def _offsets(a: Floats, b: Floats, max_gap_s: float) -> list[float]:
    """Return differences of the clocks worth trying, those that most pairs share first."""
    differences = np.sort((b[None] - a[:, None]).ravel())
    counts = np.searchsorted(differences, differences + max_gap_s, "right") - np.arange(
        len(differences)
    )
    likely = np.argsort(-counts, kind="stable")[:50]
    return [float(np.median(differences[i : i + counts[i]])) for i in likely]


def _nearest_of_each(a: Floats, b: Floats, max_gap_s: float) -> list[tuple[int, int]]:
    gaps = np.abs(a[:, None] - b[None])
    nearest, back = gaps.argmin(axis=1), gaps.argmin(axis=0)
    return [(i, int(j)) for i, j in enumerate(nearest) if back[j] == i and gaps[i, j] <= max_gap_s]
