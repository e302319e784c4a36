"""How much of a photo lies at which frequency, whatever the direction."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

WINDOW_PX = 64
FREQUENCIES = np.arange(1, WINDOW_PX // 2 + 1) / WINDOW_PX
"""Cycles per pixel of the bins, up to the highest a photo can hold."""

_LUMA = np.array([0.299, 0.587, 0.114])
_HANN = np.hanning(WINDOW_PX)[:, None] * np.hanning(WINDOW_PX)[None]
_MOST_WINDOWS = 400  # per photo: more change nothing


def luma_of(photo: Pixels) -> Floats:
    """Return brightness in 8-bit levels, shape (H, W), of RGB (H, W, 3)."""
    luma: Floats = photo @ _LUMA
    return luma


def mean_power(photos: Iterable[Pixels]) -> Floats:
    """Return the mean power of photos per frequency, in squared 8-bit levels.

    Every photo counts the same. White noise of variance v has the power v everywhere.

    Args:
        photos: RGB, none smaller than the window.

    Returns:
        Shape (32,), at `FREQUENCIES`.

    Raises:
        ValueError: If there are no photos.
    """
    powers = [photo_power(luma_of(photo)) for photo in photos]
    return np.asarray(np.mean(powers, axis=0), dtype=np.float64)


def photo_power(luma: Floats) -> Floats:
    """Return the same of one photo's brightness."""
    return _radial(np.mean(_windows_power(luma), axis=0))


def _windows_power(luma: Floats) -> Floats:
    windows = np.lib.stride_tricks.sliding_window_view(luma, (WINDOW_PX, WINDOW_PX))
    step = WINDOW_PX // 2
    rows, columns = windows.shape[0] // step + 1, windows.shape[1] // step + 1
    step *= max(1, int(np.ceil(np.sqrt(rows * columns / _MOST_WINDOWS))))
    chosen = windows[::step, ::step].reshape(-1, WINDOW_PX, WINDOW_PX)
    flat = chosen - chosen.mean(axis=(1, 2), keepdims=True)
    spectra = np.fft.rfft2(flat * _HANN)
    return np.asarray(np.abs(spectra) ** 2 / (_HANN**2).sum(), dtype=np.float64)


def _radial(power: Floats) -> Floats:
    """Average over rings; the two halves of a real picture's spectrum are the same."""
    return np.asarray(
        (np.bincount(_BINS, weights=(power * _WEIGHTS).ravel()) / _COUNTS)[1 : len(FREQUENCIES) + 1]
    )


_DISTANCE = np.hypot(
    np.fft.fftfreq(WINDOW_PX)[:, None] * WINDOW_PX, np.fft.rfftfreq(WINDOW_PX)[None] * WINDOW_PX
)
_BINS = np.rint(_DISTANCE).astype(np.int64).ravel()
_WEIGHTS = np.full(_DISTANCE.shape, 2.0)
_WEIGHTS[:, [0, -1]] = 1.0
_COUNTS = np.bincount(_BINS, weights=_WEIGHTS.ravel())
