"""Tells whether the LR and the HR of a pair show the same, in the same place, as bright.

A network learns whatever it is shown. From pairs numbered off by one, turned, mirrored or shifted it
learns to blur, and plain figures do not tell: such networks came out "better by 3.6 dB" on more such
pairs. What is compared is the structure between two and a dozen pixels, which noise, sharpening,
JPEG and exposure leave alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.imaging.planes import Pixels, brightness

Plane = npt.NDArray[np.float32]

_FINE_PX, _COARSE_PX = 1.2, 5.0
_LARGEST_SIDE_PX = 1024
_LEAST_STRUCTURE_LEVELS = 1.0
_SAME = 0.2
"""Correlation from which on two photos show the same. On real pairs of a phone it is 0.98, on made-up
LR with a blur of 1.5 pixels, noise of 10 levels and JPEG of quality 50 0.75 and more, with such as
nobody would learn from (2.5, 25, 30) 0.35; of other scenes 0.03 at most."""

_CLEARLY = 0.7
_SURE = 0.5
_BETTER_THAN_IT_LIES = 0.2
_LEAST_SIDE_PX = 64
"""In smaller photos two scenes agree by chance; they are taken on trust."""

_BETTER_BY = 0.05
_MOST_SHIFT_PX = 1.5
_SEARCHED_PX = 32
_DARK_LEVELS = 8.0
_MOST_DOUBLINGS = 0.5
"""Of encoded values: a little more than one stop of exposure."""
_BLACK, _WHITE, _WELL_BELOW_WHITE = 24.0, 245.0, 170.0
"""One stop more makes white what was at 186 of 255."""
_MOST_MADE_WHITE = 0.05
_FEWEST_TO_COMPARE = 0.02

_ANOTHER_SCENE = (
    "LR and HR do not show the same. Check that the photos of one scene have the same name."
)
_OTHER_BRIGHTNESS = (
    "LR and HR are not equally bright; a network would learn that difference. Develop both alike, "
    "or leave this pair out."
)
_REGISTER = "Line the photos up first (`adaptsr data register`), or leave this pair out."


@dataclass(frozen=True, slots=True)
class Belonging:
    """How well two photos fit.

    Attributes:
        correlation: Of their structure as they lie, -1 to 1; 1 where there is none to compare.
        problem: Why they are no pair, one sentence; "" where they are.
    """

    correlation: float
    problem: str = ""


def belonging_of(lr: Pixels, hr: Pixels) -> Belonging:
    """Compare a pair.

    Args:
        lr: RGB, uint8, shape (h, w, 3).
        hr: RGB, uint8, shape (h * scale, w * scale, 3).
    """
    low, high = _small(lr, lr.shape), _small(hr, lr.shape)
    ours, theirs = _structure(low), _structure(high)
    too_small = min(low.shape) < _LEAST_SIDE_PX
    if too_small or min(ours.std(), theirs.std()) < _LEAST_STRUCTURE_LEVELS:
        return Belonging(1.0)
    here = _correlation(ours, theirs)
    best, shift = _best_shift(ours, theirs)
    per_lr_px = lr.shape[1] / low.shape[1]
    shift_px = float(np.hypot(*shift)) * per_lr_px
    if best >= _SURE and best > here + _BETTER_BY and shift_px > _MOST_SHIFT_PX:
        return Belonging(
            here, f"LR and HR are shifted by about {shift_px:.0f} LR pixels. {_REGISTER}"
        )
    if here < _CLEARLY:
        problem = _turned(ours, high, here)
        if problem:
            return Belonging(here, problem)
    if here < _SAME:
        return Belonging(here, _ANOTHER_SCENE)
    return Belonging(here, "" if _equally_bright(low, high) else _OTHER_BRIGHTNESS)


def _equally_bright(low: Plane, high: Plane) -> bool:
    """Compare where neither is black nor white; there exposure does not show."""
    a, b = _blurred(low, _COARSE_PX), _blurred(high, _COARSE_PX)
    darker, lighter = np.minimum(a, b), np.maximum(a, b)
    if ((lighter >= _WHITE) & (darker < _WELL_BELOW_WHITE)).mean() > _MOST_MADE_WHITE:
        return False
    tells = (lighter > _BLACK) & (lighter < _WHITE)
    if tells.mean() < _FEWEST_TO_COMPARE:
        return True
    ratio = (lighter[tells] + _DARK_LEVELS) / (darker[tells] + _DARK_LEVELS)
    return float(np.median(np.log2(ratio))) <= _MOST_DOUBLINGS


def _turned(ours: Plane, high: Plane, here: float) -> str:
    """Return how HR would have to be turned to fit far better than it does; "" for not at all."""
    problem, most = "", max(_SURE, here + _BETTER_THAN_IT_LIES)
    for name, turned in _ORIENTATIONS.items():
        theirs = _structure(_fitted(turned(high), ours.shape))
        best, _ = _best_shift(ours, theirs)
        opposite, _ = _best_shift(ours, -theirs)
        if name and best > most:
            problem = f"HR is {name}. Turn it as LR is, or leave this pair out."
        elif opposite > max(most, best):
            problem = "HR is the negative of LR. Leave this pair out."
        most = max(most, best, opposite)
    return problem


_ORIENTATIONS: dict[str, Callable[[Plane], Plane]] = {
    "": lambda image: image,
    "turned by 180°": lambda image: image[::-1, ::-1],
    "turned by 90°": np.rot90,
    "turned by 90° the other way": lambda image: np.rot90(image, 3),
    "mirrored": lambda image: image[:, ::-1],
    "upside down": lambda image: image[::-1],
    "mirrored and turned by 90°": lambda image: np.rot90(image[:, ::-1]),
    "mirrored and turned by 90° the other way": lambda image: np.rot90(image[:, ::-1], 3),
}


def _small(image: Pixels, like: tuple[int, ...]) -> Plane:
    """Return brightness at LR's size, or smaller where that is large."""
    share = min(1.0, _LARGEST_SIDE_PX / max(like[:2]))
    size = tuple(max(1, round(side * share)) for side in like[:2])
    return _fitted(brightness(image), size)


def _fitted(plane: Plane, size: tuple[int, ...]) -> Plane:
    height, width = size[:2]
    fitted = cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(fitted, np.float32)


def _blurred(plane: Plane, sigma_px: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), np.float32)


def _structure(plane: Plane) -> Plane:
    """Return what lies between fine and coarse, evened out so that no edge outweighs the rest."""
    band = _blurred(plane, _FINE_PX) - _blurred(plane, _COARSE_PX)
    limit = 3 * float(band.std())
    return band.clip(-limit, limit)


def _correlation(a: Plane, b: Plane) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(1e-9, float(np.sqrt((a * a).sum() * (b * b).sum()))))


def _best_shift(a: Plane, b: Plane) -> tuple[float, tuple[int, int]]:
    """Return the highest correlation near where the photos lie, and the shift there, pixels."""
    a, b = a - a.mean(), b - b.mean()
    shape = tuple(side + _SEARCHED_PX for side in a.shape)
    product = np.fft.rfft2(a, shape) * np.fft.rfft2(b, shape).conj()
    surface = np.fft.irfft2(product, shape) / max(
        1e-9, float(np.sqrt((a * a).sum() * (b * b).sum()))
    )
    reach = min(_SEARCHED_PX, *(side // 4 for side in a.shape))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    near = surface[rows, columns]
    y, x = np.unravel_index(int(near.argmax()), near.shape)
    return float(near.max()), (int(y) - reach, int(x) - reach)
