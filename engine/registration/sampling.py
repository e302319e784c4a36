"""Puts HR pixels onto a grid that is aligned with LR: one resampling, no aliasing.

Where the grid is coarser than the HR photo, the photo is first low-passed on its own grid by
MATLAB's bicubic stretched to the grid's pitch, as `imresize` does, so that every grid pixel
averages the area it covers. Values between pixels then come from a cubic B-spline at exact
coordinates: `cv2.remap` rounds coordinates to 1/32 pixel, and its cubic is softer. A reduction by
eight or more is begun with exact averages of whole blocks.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.imaging.planes import Image
from engine.registration.geometry import Floats, Warp, grid

_TILE = 256
_KERNEL_PITCH = 4  # pixels of the kernel's half width that are left after averaging blocks
_SPLINE_REACH_PX = 12  # beyond which a cubic spline's pixel counts less than 1e-6
_KERNEL_RADIUS = 2


class HrSampler:
    """Reads one HR photo on any grid.

    Args:
        image: Shape (H, W, C), uint8 or float32.
        zoom: HR pixels per LR pixel, about the middle of what both photos show.
    """

    def __init__(self, image: npt.NDArray[np.uint8] | Image, zoom: float) -> None:
        self._image = image
        self._zoom = zoom
        self._reduced: dict[int, npt.NDArray[np.uint8] | Image] = {1: image}

    def sample(self, warp: Warp, xs: Floats, ys: Floats, *, pitch_px: float) -> Image:
        """Return the HR photo on a grid.

        Args:
            warp: From LR to HR points.
            xs: LR coordinates of the grid's columns.
            ys: LR coordinates of its rows.
            pitch_px: Distance of the grid's points in LR pixels.

        Returns:
            float32, shape (len(ys), len(xs), C), in the photo's levels; not clipped. Outside the
            photo it is mirrored.
        """
        result = np.empty((len(ys), len(xs), self._image.shape[2]), np.float32)
        for rows, columns, values in self.tiles(warp, xs, ys, pitch_px=pitch_px):
            result[rows, columns] = values
        return result

    def tiles(
        self, warp: Warp, xs: Floats, ys: Floats, *, pitch_px: float
    ) -> Iterator[tuple[slice, slice, Image]]:
        """Yield the same in tiles: their rows, their columns and their values."""
        factor = self._zoom * pitch_px
        block = max(1, int(factor / _KERNEL_PITCH))
        source = self._reduce(block)
        for top in range(0, len(ys), _TILE):
            rows = slice(top, min(top + _TILE, len(ys)))
            for left in range(0, len(xs), _TILE):
                columns = slice(left, min(left + _TILE, len(xs)))
                at = (warp(grid(xs[columns], ys[rows])) + 0.5) / block - 0.5
                shape = (rows.stop - rows.start, columns.stop - columns.start)
                yield rows, columns, _interpolate(source, at, shape, factor / block)

    def _reduce(self, block: int) -> npt.NDArray[np.uint8] | Image:
        if block not in self._reduced:
            height, width = (side // block * block for side in self._image.shape[:2])
            size = (width // block, height // block)
            reduced = np.empty((height // block, width // block, self._image.shape[2]), np.float32)
            for channel in range(self._image.shape[2]):
                plane = np.ascontiguousarray(self._image[:height, :width, channel], np.float32)
                reduced[..., channel] = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
            self._reduced[block] = reduced
        return self._reduced[block]


def _interpolate(
    source: npt.NDArray[np.uint8] | Image, at: Floats, shape: tuple[int, int], factor: float
) -> Image:
    """Return values of `source` at points (N, 2), low-passed for a reduction by `factor`."""
    kernel = _low_pass(factor)
    margin = _SPLINE_REACH_PX + len(kernel) // 2
    limit = np.array(source.shape[1::-1]) - 1
    low = np.clip(np.floor(at.min(axis=0)) - margin, 0, limit).astype(int)
    high = np.clip(np.ceil(at.max(axis=0)) + margin, low, limit).astype(int) + 1
    part = source[low[1] : high[1], low[0] : high[0]]
    positions = np.ascontiguousarray((at - low).T[::-1])
    values = np.empty((*shape, source.shape[2]), np.float32)
    for channel in range(source.shape[2]):
        plane = np.ascontiguousarray(part[..., channel], np.float32)
        if len(kernel) > 1:
            passed = cv2.sepFilter2D(plane, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
            plane = np.asarray(passed, np.float32)
        spline = ndimage.spline_filter(plane, order=3, output=np.float32, mode="mirror")
        between = ndimage.map_coordinates(
            spline, positions, output=np.float32, order=3, mode="mirror", prefilter=False
        )
        values[..., channel] = between.reshape(shape)
    return values


def _low_pass(factor: float) -> npt.NDArray[np.float64]:
    """Return the bicubic (a = -0.5) stretched by `factor`, at whole pixels, its sum 1."""
    if factor <= 1:
        return np.ones(1)
    radius = int(np.ceil(_KERNEL_RADIUS * factor))
    x = np.abs(np.arange(-radius, radius + 1) / factor)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    kernel = np.where(x <= 1, near, np.where(x < _KERNEL_RADIUS, far, 0))
    return np.asarray(kernel / kernel.sum())
