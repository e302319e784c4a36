"""Makes HR look like LR in colour and exposure, from pictures too small to hold any detail.

LR is never changed, so that nothing of HR can get into it. HR gets a 3×3 matrix and an offset
and, if asked for, a gain that varies slowly over the photo: for vignetting and local exposure.
Both are fitted on averages of many pixels, by least squares that do not listen to what moved.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from engine.imaging.planes import Image, blurred
from engine.registration.geometry import Floats

ColourMode = Literal["off", "global", "local"]

_BLACK, _WHITE = 4.0, 251.0  # levels beyond which a colour may have been clipped
_ROUNDS = 8
_TRUST_LEVELS = 4.0  # an average that is off by more than this counts less (Huber)
_TOWARDS_GAIN = 30.0  # deviation, in levels, of colour that a matrix needs to be believed
_FIELD_SHARE = 0.08  # of the longer side: standard deviation of the gain's smoothing
_MOST_GAIN = 1.3
_FLOOR = 12.0  # levels added before a gain is taken, so that noise in the dark has little say
_LEAST_SAMPLES = 40


@dataclass(frozen=True, slots=True, eq=False)
class ColourMatch:
    """How HR's colours become LR's.

    Attributes:
        matrix: Shape (3, 3), of RGB columns.
        offset: In levels, shape (3,).
        gain: On a coarse grid, shape (h, w, 3); None for 1 everywhere.
        xs: LR coordinates of the grid's columns.
        ys: LR coordinates of its rows.
    """

    matrix: Floats
    offset: Floats
    gain: Image | None
    xs: Floats
    ys: Floats

    def apply(self, rgb: Image, xs: Floats, ys: Floats) -> Image:
        """Return HR pixels with LR's colours.

        Args:
            rgb: Levels, shape (len(ys), len(xs), 3).
            xs: LR coordinates of its columns.
            ys: LR coordinates of its rows.
        """
        matched = rgb @ self.matrix.T.astype(np.float32) + self.offset.astype(np.float32)
        if self.gain is None:
            return matched
        down, across = _between(self.ys, ys), _between(self.xs, xs)
        gain = np.einsum("yi,ijc,xj->yxc", down, self.gain, across, optimize=True)
        return np.asarray((matched + _FLOOR) * gain - _FLOOR)


def unchanged() -> ColourMatch:
    """Return a match that leaves HR as it is."""
    return ColourMatch(np.eye(3), np.zeros(3), None, np.zeros(1), np.zeros(1))


def match_colours(
    lr: Image, hr: Image, seen: npt.NDArray[np.bool_], xs: Floats, ys: Floats, *, mode: ColourMode
) -> ColourMatch:
    """Fit a match to small pictures of the same area.

    Args:
        lr: Averages of LR, in levels, shape (h, w, 3).
        hr: HR on the same grid.
        seen: Where both are known, shape (h, w).
        xs: LR coordinates of the columns.
        ys: LR coordinates of the rows.
        mode: "off", "global" for matrix and offset, "local" for a slow gain too.
    """
    low = np.minimum(lr, hr).min(axis=2)
    high = np.maximum(lr, hr).max(axis=2)
    usable = seen & (low > _BLACK) & (high < _WHITE)
    if mode == "off" or usable.sum() < _LEAST_SAMPLES:
        return unchanged()
    matrix, offset, weight = _fit(hr[usable].astype(np.float64), lr[usable].astype(np.float64))
    if mode == "global":
        return ColourMatch(matrix, offset, None, xs, ys)
    weights = np.zeros(usable.shape, np.float32)
    weights[usable] = weight
    predicted = hr @ matrix.T.astype(np.float32) + offset.astype(np.float32)
    return ColourMatch(matrix, offset, _slow_gain(lr, predicted, weights), xs, ys)


def _fit(hr: Floats, lr: Floats) -> tuple[Floats, Floats, Floats]:
    """Return matrix, offset and the weight of each sample."""
    weight = np.ones(len(hr))
    matrix, offset = np.eye(3), np.zeros(3)
    for _ in range(_ROUNDS):
        total = weight.sum()
        hr_mean, lr_mean = weight @ hr / total, weight @ lr / total
        x, y = hr - hr_mean, lr - lr_mean
        covariance = (x * weight[:, None]).T @ x / total
        # Where a photo has hardly any colour, only brightness says anything: one gain for all.
        grey, target = x.mean(axis=1), y.mean(axis=1)
        gain = float(weight @ (grey * target) / max(weight @ grey**2, 1e-6 * total))
        gain = float(np.clip(gain, 0.3, 3.0))
        pull = _TOWARDS_GAIN**2 / 100 * np.eye(3)
        cross = (y * weight[:, None]).T @ x / total
        matrix = np.linalg.solve(covariance + pull, (cross + gain * pull).T).T
        offset = lr_mean - matrix @ hr_mean
        error = np.linalg.norm(hr @ matrix.T + offset - lr, axis=1)
        weight = np.minimum(1.0, _TRUST_LEVELS / np.maximum(error, 1e-6))
        weight[error > 10 * _TRUST_LEVELS] = 0.0
        if weight.sum() < _LEAST_SAMPLES / 2:
            weight = np.minimum(1.0, _TRUST_LEVELS / np.maximum(error, 1e-6))
    return matrix, offset, weight


def _slow_gain(lr: Image, predicted: Image, weights: Image) -> Image:
    """Return LR over HR, both averaged over large parts of the photo."""
    sigma = max(lr.shape[:2]) * _FIELD_SHARE
    prior = 0.05 * float(weights.mean())

    ours = blurred((lr + _FLOOR) * weights[..., None], sigma)
    theirs = blurred((predicted + _FLOOR) * weights[..., None], sigma)
    # The prior, a gain of 1, decides where nothing usable lies near.
    level = prior * float(np.median(predicted) + _FLOOR) + 1e-3
    gain = (ours + level) / np.maximum(theirs + level, 1e-3)
    return np.asarray(np.clip(gain, 1 / _MOST_GAIN, _MOST_GAIN), np.float32)


def _between(knots: Floats, at: Floats) -> Image:
    """Return linear interpolation from `knots` to `at` as a matrix, constant beyond the ends."""
    matrix = np.zeros((len(at), len(knots)), np.float32)
    upper = np.clip(np.searchsorted(knots, at), 1, max(1, len(knots) - 1))
    if len(knots) == 1:
        matrix[:, 0] = 1
        return matrix
    share = np.clip((at - knots[upper - 1]) / (knots[upper] - knots[upper - 1]), 0, 1)
    rows = np.arange(len(at))
    matrix[rows, upper - 1] = 1 - share
    matrix[rows, upper] += share
    return matrix


def mean_delta_e(a: Image, b: Image, where: npt.NDArray[np.bool_]) -> float:
    """Return the mean CIE76 colour difference of two sRGB pictures in levels, over `where`."""
    if not where.any():
        return float("nan")
    labs = [
        cv2.cvtColor(np.clip(image / 255, 0, 1).astype(np.float32), cv2.COLOR_RGB2Lab)
        for image in (a, b)
    ]
    return float(np.linalg.norm(labs[0] - labs[1], axis=2)[where].mean())
