"""Turns stored pixels, and places in them, upright, following the EXIF orientation 1 to 8."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

UPRIGHT = 1
T = TypeVar("T", bound=np.generic)


def swaps_sides(orientation: int) -> bool:
    """Return whether this orientation exchanges width and height."""
    return orientation in {5, 6, 7, 8}


def turn_upright(
    stored: npt.NDArray[T], orientation: int, empty: Callable[..., npt.NDArray[T]] = np.empty
) -> npt.NDArray[T]:
    """Return the picture as it is meant to be seen.

    Args:
        stored: Pixels as they lie in the file, shape (H, W) or (H, W, C).
        orientation: EXIF orientation; any value outside 1 to 8 means upright.
        empty: Makes the array that is returned, where a new one is needed.

    Returns:
        Shape (H, W, ...) or (W, H, ...), contiguous; `stored` itself if nothing is to be done.
    """
    if swaps_sides(orientation):
        stored = stored.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        stored = stored[::-1]
    if orientation in {2, 3, 6, 7}:
        stored = stored[:, ::-1]
    if stored.flags.c_contiguous:
        return stored
    upright = empty(stored.shape, stored.dtype)
    np.copyto(upright, stored)
    return upright


def upright_point(x: float, y: float, orientation: int) -> tuple[float, float]:
    """Return where a point of the stored picture is once that is turned upright.

    Args:
        x: Share of the stored width, 0 at the left to 1.
        y: Share of the stored height, 0 at the top to 1.
        orientation: As for `turn_upright`.

    Returns:
        Shares of the upright picture's width and height.
    """
    if swaps_sides(orientation):
        x, y = y, x
    if orientation in {3, 4, 7, 8}:
        y = 1 - y
    if orientation in {2, 3, 6, 7}:
        x = 1 - x
    return x, y
