"""Separates blur and sharpening from noise in the spectrum of a camera's photos.

Sharp photographs made small have a spectrum that hardly depends on what they show. What a camera's
photos have more or less of is the camera's doing: less at high frequencies for blur, more at middle
ones for sharpening. A smooth model of both is fitted where the signal is strong; what lies above
its continuation to the highest frequencies cannot have come through the lens and is noise, or the
artefacts of denoising and enlarging. Taking that for detail would teach a network to amplify it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from engine.camera.spectrum import FREQUENCIES

Floats = npt.NDArray[np.float64]

_LOWEST = 0.03  # below, content and exposure vary too much between photos
_LEVELLED_BELOW = 0.07
_TRUSTED_RESPONSE = 0.75  # of the contrast: where less is left, noise may be a part of it
_LEAST_TRUSTED, _MOST_TRUSTED = 0.2, 0.4


@dataclass(frozen=True, slots=True)
class Response:
    """Blur and sharpening: exp(-2π²σ²f²) · (1 + a·(1 - exp(-2π²τ²f²))).

    Attributes:
        blur_px: σ.
        sharpening: a.
        sharpening_px: τ.
    """

    blur_px: float
    sharpening: float
    sharpening_px: float

    def at(self, frequencies: Floats) -> Floats:
        """Return the amplitude left at frequencies in cycles per pixel."""
        square = 2 * np.pi**2 * np.square(frequencies)
        halo = 1 + self.sharpening * (1 - np.exp(-square * self.sharpening_px**2))
        return np.asarray(np.exp(-square * self.blur_px**2) * halo)


@dataclass(frozen=True, slots=True)
class Separated:
    """A camera's response, and the power no response explains, at `FREQUENCIES`."""

    response: Response
    noise_power: Floats
    sharp_power: Floats


def separate(power: Floats, sharp_power: Floats, floor_power: Floats) -> Separated:
    """Fit the response to the ratio of two spectra.

    Args:
        power: Of the camera's photos, at `FREQUENCIES`.
        sharp_power: Of sharp photographs, up to a factor.
        floor_power: Of the noise in flat places, at `FREQUENCIES`.

    Returns:
        With `sharp_power` brought to the camera's photos' level.
    """
    # Where nothing is flat, texture passes for noise: no more is taken off than half of what is
    # finest, and as much everywhere.
    signal = power - min(float(floor_power.mean()), 0.5 * float(power.min()))
    low = (FREQUENCIES > _LOWEST) & (FREQUENCIES < _LEVELLED_BELOW)
    sharp_power = sharp_power * (signal[low].mean() / sharp_power[low].mean())
    ratio = np.sqrt(signal / sharp_power)
    limit = _trusted_up_to(ratio)
    trusted = (FREQUENCIES > _LOWEST) & (limit >= FREQUENCIES)
    response, level = _fit(FREQUENCIES[trusted], ratio[trusted])
    explained = response.at(FREQUENCIES) ** 2 * sharp_power * level**2
    noise_power = np.where(limit * 0.8 < FREQUENCIES, np.maximum(power - explained, 0.0), 0.0)
    return Separated(response, np.maximum(noise_power, floor_power), sharp_power * level**2)


def _trusted_up_to(ratio: Floats) -> float:
    """Return the frequency above which too little contrast is left to be sure it is signal."""
    weak = np.flatnonzero((ratio < _TRUSTED_RESPONSE) & (FREQUENCIES > _LEAST_TRUSTED))
    first = FREQUENCIES[weak[0]] if weak.size else _MOST_TRUSTED
    return float(min(first, _MOST_TRUSTED))


def _fit(frequencies: Floats, ratio: Floats) -> tuple[Response, float]:
    def residual(values: Floats) -> Floats:
        modelled = Response(values[0], values[1], values[2]).at(frequencies)
        return np.asarray(np.log(modelled) + values[3] - np.log(ratio))

    # The level is free within little: content decides it, where blur and sharpening are 1.
    bounds = ([0.0, 0.0, 0.3, -0.15], [3.0, 20.0, 4.0, 0.15])
    starts = ((0.5, 0.5, 1.0, 0.0), (0.9, 3.0, 0.6, 0.0), (0.2, 0.05, 1.0, 0.0))
    fits = [least_squares(residual, start, bounds=bounds) for start in starts]
    best = min(fits, key=lambda fit: float(fit.cost))
    return Response(float(best.x[0]), float(best.x[1]), float(best.x[2])), float(np.exp(best.x[3]))
