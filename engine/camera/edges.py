"""How a camera draws strong edges: how steep, and with how much of a halo."""

from collections.abc import Iterable

import numpy as np

from engine.camera.estimate import Edges
from engine.camera.spectrum import Floats, Pixels, luma_of

_REACH_PX = 8
_PLATEAU_PX = 3
_LEAST_STEP_LEVELS = 40.0
_MOST_PLATEAU_UNREST = 0.06  # of the edge's height
_MOST_SLANT = 0.25
_MOST_EDGES = 4000  # per photo
_STEPS_PER_PX = 10


def measure_edges(photos: Iterable[Pixels]) -> Edges | None:
    """Return the median edge of photos, or None where there are hardly any clean ones.

    Args:
        photos: RGB.
    """
    profiles = [
        found for photo in photos for plane in (luma_of(photo),) for found in _both_ways(plane)
    ]
    steps = np.concatenate(profiles) if profiles else np.empty((0, 2 * _REACH_PX + 1))
    if len(steps) < 10:
        return None
    dark, bright = steps[:, :_PLATEAU_PX].mean(axis=1), steps[:, -_PLATEAU_PX:].mean(axis=1)
    shape = (steps - dark[:, None]) / (bright - dark)[:, None]
    rises = [_rise_px(profile) for profile in shape]
    return Edges(
        count=len(steps),
        rise_px=float(np.median(rises)),
        overshoot=float(np.median(np.maximum(shape.max(axis=1) - 1, 0))),
        undershoot=float(np.median(np.maximum(-shape.min(axis=1), 0))),
    )


def _both_ways(luma: Floats) -> tuple[Floats, Floats]:
    return _profiles(luma), _profiles(luma.T)


def _profiles(luma: Floats) -> Floats:
    """Return profiles across clean edges that stand nearly upright, dark side first."""
    smooth = (luma[:-2] + luma[1:-1] + luma[2:]) / 3
    across = np.zeros_like(smooth)
    across[:, 1:-1] = smooth[:, 2:] - smooth[:, :-2]
    along = luma[2:] - luma[:-2]
    steep = np.abs(across)
    peak = np.zeros(steep.shape, dtype=bool)
    peak[:, 1:-1] = (steep[:, 1:-1] >= steep[:, :-2]) & (steep[:, 1:-1] > steep[:, 2:])
    peak &= (steep > _LEAST_STEP_LEVELS / 3) & (np.abs(along) < _MOST_SLANT * steep)
    peak[:, : _REACH_PX + 1] = peak[:, -_REACH_PX - 1 :] = False
    y, x = np.nonzero(peak)
    every = max(1, len(y) // _MOST_EDGES)
    y, x = y[::every], x[::every]
    profiles = smooth[y[:, None], x[:, None] + np.arange(-_REACH_PX, _REACH_PX + 1)]
    falling = across[y, x] < 0
    profiles[falling] = profiles[falling, ::-1]
    left, right = profiles[:, :_PLATEAU_PX], profiles[:, -_PLATEAU_PX:]
    height = right.mean(axis=1) - left.mean(axis=1)
    unrest = np.maximum(np.ptp(left, axis=1), np.ptp(right, axis=1))
    clean = (height > _LEAST_STEP_LEVELS) & (unrest < _MOST_PLATEAU_UNREST * height)
    return np.asarray(profiles[clean])


def _rise_px(profile: Floats) -> float:
    """Return the way from 10 % to 90 % of a step."""
    fine = np.linspace(0, len(profile) - 1, (len(profile) - 1) * _STEPS_PER_PX + 1)
    values = np.interp(fine, np.arange(len(profile)), profile)
    end = int(np.argmax(values >= 0.9))
    below = np.flatnonzero(values[: end + 1] <= 0.1)
    return float((end - (below[-1] if below.size else 0)) / _STEPS_PER_PX)
