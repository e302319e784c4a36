"""Noise by brightness, and how it hangs together, from the flat places of photos."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from engine.camera.estimate import Brightness
from engine.camera.spectrum import FREQUENCIES, Floats, Pixels, luma_of

_PATCH_PX = 8
_BINS = 8
_FLATTEST = 0.05  # share of the places of one brightness
_LEAST_PATCHES = 12
_OUTLIER = 3.0  # times the median variance: an edge in a place whose surroundings are flat
_CLIPPED = (2.0, 253.0)  # levels beyond which noise is cut off
_GRID_PX = 128


@dataclass(frozen=True, slots=True)
class FlatNoise:
    """Noise of flat places.

    Attributes:
        by_brightness: From dark to bright; empty where photos have no flat places.
        correlation: Of neighbouring pixels' brightness.
        variance: Of brightness, squared levels, mean over what was measured.
    """

    by_brightness: tuple[Brightness, ...]
    correlation: float
    variance: float

    def power(self) -> Floats:
        """Return its power at `FREQUENCIES`: white noise smoothed until neighbours correlate so."""
        if self.correlation <= 0.01:
            return np.full(FREQUENCIES.shape, self.variance)
        smooth_px2 = -1 / (4 * np.log(min(self.correlation, 0.95)))
        grid = np.fft.fftfreq(_GRID_PX)
        everywhere = np.exp(-4 * np.pi**2 * smooth_px2 * (grid[:, None] ** 2 + grid[None] ** 2))
        shape = np.exp(-4 * np.pi**2 * smooth_px2 * FREQUENCIES**2)
        return np.asarray(self.variance * shape / everywhere.mean())


def flat_noise(photos: Sequence[Pixels]) -> FlatNoise:
    """Measure noise where photos are flat.

    A place counts as flat where the places around it vary least, so that the choice says nothing
    about its own noise, which would look smaller than it is.

    Args:
        photos: RGB of one camera.
    """
    rows = np.concatenate([_places(photo) for photo in photos])
    level, around = rows[:, 0], rows[:, 1]
    usable = (level > _CLIPPED[0] + 1) & (level < _CLIPPED[1] - 1)
    found: list[Brightness] = []
    flat_rows: list[npt.NDArray[np.float64]] = []
    borders = np.linspace(0, 255, _BINS + 1)
    for low, high in itertools.pairwise(borders):
        inside = np.flatnonzero(usable & (level >= low) & (level < high))
        count = int(len(inside) * _FLATTEST)
        if count < _LEAST_PATCHES:
            continue
        flat = rows[inside[np.argsort(around[inside])[:count]]]
        flat = flat[flat[:, 2] <= _OUTLIER * np.median(flat[:, 2])]
        flat_rows.append(flat)
        found.append(
            Brightness(
                level=float(flat[:, 0].mean()),
                luma_levels=float(np.sqrt(flat[:, 2].mean())),
                chroma_levels=float(np.sqrt(flat[:, 3].mean())),
                patches=len(flat),
            )
        )
    if not flat_rows:
        return FlatNoise((), 0.0, 0.0)
    flat = np.concatenate(flat_rows)
    # Variance and product of neighbours are summed first: a ratio of small numbers is noise itself.
    ratio = float(flat[:, 4].mean() / max(flat[:, 2].mean(), 1e-9))
    correlation, kept = _without_planes(ratio)
    full = [
        entry.model_copy(update={"luma_levels": entry.luma_levels / float(np.sqrt(kept))})
        for entry in found
    ]
    variance = float(np.mean([entry.luma_levels**2 for entry in full]))
    return FlatNoise(tuple(full), correlation, variance)


def _places(photo: Pixels) -> Floats:
    """Return brightness, unrest around, variance of luma and chroma, and product of neighbours."""
    luma = luma_of(photo)
    patches = _cut(luma)
    residual = patches - _plane(patches)
    dof = _PATCH_PX**2 / (_PATCH_PX**2 - 3)
    variance = residual.var(axis=(2, 3)) * dof
    product = (residual[..., :-1] * residual[..., 1:]).mean(axis=(2, 3)) * dof
    chroma = np.zeros_like(variance)
    for channel in (0, 2):
        difference = _cut(photo[..., channel] - luma)
        chroma += (difference - _plane(difference)).var(axis=(2, 3)) * dof / 2
    neighbours = sliding_window_view(np.pad(variance, 1, mode="reflect"), (3, 3))
    ring = np.delete(neighbours.reshape(*variance.shape, 9), 4, axis=-1)
    columns = (patches.mean(axis=(2, 3)), ring.max(axis=-1), variance, chroma, product)
    return np.stack([column.ravel() for column in columns], axis=-1)


def _without_planes(ratio: float) -> tuple[float, float]:
    """Undo what taking a plane off each place does to noise that hangs together.

    Args:
        ratio: Of the product of neighbours to the variance, as measured.

    Returns:
        The correlation before, and the share of the variance that was measured.
    """
    correlations = np.linspace(0, 0.9, 46)
    y, x = (place.ravel() for place in np.indices((_PATCH_PX, _PATCH_PX)))
    distance2 = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2
    planes = np.stack([np.ones(len(y)), y - y.mean(), x - x.mean()], axis=1)
    planes /= np.linalg.norm(planes, axis=0)
    off = np.eye(len(y)) - planes @ planes.T
    neighbours = (y[:, None] == y) & (x - x[:, None] == 1)
    dof = _PATCH_PX**2 / (_PATCH_PX**2 - 3)
    kept, ratios = [], []
    for correlation in correlations:
        left = off @ (max(correlation, 1e-12) ** distance2) @ off * dof
        kept.append(np.diag(left).mean())
        ratios.append(left[neighbours].mean() / kept[-1])
    place = float(np.interp(ratio, ratios, correlations))
    return place, float(np.interp(place, correlations, kept))


def _cut(plane: Floats) -> Floats:
    rows, columns = (side // _PATCH_PX for side in plane.shape)
    whole = plane[: rows * _PATCH_PX, : columns * _PATCH_PX]
    return whole.reshape(rows, _PATCH_PX, columns, _PATCH_PX).transpose(0, 2, 1, 3)


def _plane(patches: Floats) -> Floats:
    """Return the plane that fits each patch best: light falls off in the flattest sky."""
    place = np.arange(_PATCH_PX) - (_PATCH_PX - 1) / 2
    weight = place / (place**2).sum() / _PATCH_PX
    down = (patches * weight[:, None]).sum(axis=(2, 3), keepdims=True)
    across = (patches * weight).sum(axis=(2, 3), keepdims=True)
    mean = patches.mean(axis=(2, 3), keepdims=True)
    return np.asarray(mean + down * place[:, None] + across * place)
