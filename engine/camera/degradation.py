"""Does to sharp photographs what an estimated camera does to its pictures."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from engine.camera.estimate import Brightness, CameraEstimate
from engine.camera.noise import FlatNoise
from engine.camera.response import Response
from engine.data.degradation.blur import pad_mirrored
from engine.data.degradation.jpeg import through_jpeg
from engine.data.degradation.noise import GREY_WEIGHTS
from engine.data.degradation.randomness import Stream
from engine.imaging.resampling import downsample_bicubic

_PAD_PX = 16
_FINE = np.linspace(0, math.sqrt(0.5), 513)


class CameraDegradation:
    """Makes LR that look like a camera's own photos.

    Blur and sharpening are one response, applied to the bicubic LR; noise follows as the finished
    photos show it, then JPEG by the camera's own tables.

    The HR is drawn with the camera's sharpening too, at its own pixels: what is wanted is the
    picture the same camera would have given with a longer lens. Otherwise a network would learn
    to take away sharpening that the real HR has as well.

    Args:
        estimate: The camera.
    """

    def __init__(self, estimate: CameraEstimate) -> None:
        response = Response(estimate.blur_px, estimate.sharpening, estimate.sharpening_px)
        fine = response.at(_FINE)
        self._response = torch.from_numpy(fine).float()
        self._rendition = torch.from_numpy(np.maximum(fine, 1.0)).float()
        frequencies = np.array(estimate.frequencies)
        texture = np.interp(_FINE, frequencies, estimate.texture_noise_levels) / 255
        self._texture = torch.from_numpy(texture).float()
        flat = FlatNoise(estimate.noise, estimate.noise_correlation, 1.0)
        grain = np.interp(_FINE, frequencies, np.sqrt(flat.power()))
        self._grain = torch.from_numpy(grain).float()
        self._noise = estimate.noise
        self._tables: Tensor | None = None
        if estimate.jpeg is not None:
            both = [estimate.jpeg.luma_table, estimate.jpeg.chroma_table]
            self._tables = torch.tensor(both, dtype=torch.float32).reshape(2, 8, 8)
            self._halves_colour = estimate.jpeg.halves_colour

    def __call__(self, hr: Tensor, streams: Sequence[Stream], scale: int) -> tuple[Tensor, Tensor]:
        """Degrade a batch, as `Degradation` says."""
        lr = _filter(downsample_bicubic(hr, scale), self._response)
        lr = lr + self._draw_noise(lr, streams)
        if self._tables is not None:
            tables, halves = self._tables, self._halves_colour
            lr = torch.stack(
                [through_jpeg(image, tables, halve_colour=halves) for image in lr.clamp(0, 1)]
            )
        return _in_levels(lr), _in_levels(_filter(hr, self._rendition))

    def _draw_noise(self, lr: Tensor, streams: Sequence[Stream]) -> Tensor:
        shape = (5, *lr.shape[-2:])  # texture, grain in brightness, and in each colour
        normal = torch.stack([stream.normal(shape) for stream in streams]).to(lr.device)
        noise = _filter_periodic(normal[:, :1], self._texture).expand_as(lr)
        if not self._noise:
            return noise
        grain = _filter_periodic(normal[:, 1:], self._grain)
        weights = torch.tensor(GREY_WEIGHTS, device=lr.device)[:, None, None]
        luma = (lr * weights).sum(dim=1, keepdim=True)
        colour = grain[:, 1:] - (grain[:, 1:] * weights).sum(dim=1, keepdim=True)
        return (
            noise
            + grain[:, :1] * _by_brightness(luma, self._noise, chroma=False)
            + colour * _by_brightness(luma, self._noise, chroma=True)
        )


def _by_brightness(luma: Tensor, noise: tuple[Brightness, ...], *, chroma: bool) -> Tensor:
    """Return σ on [0, 1] at each brightness, in between straight lines."""
    levels = np.array([entry.level for entry in noise])
    sigmas = np.array([entry.chroma_levels if chroma else entry.luma_levels for entry in noise])
    table = torch.from_numpy(np.interp(np.arange(256), levels, sigmas) / 255).float()
    levels_of_pixels = (luma.clamp(0, 1) * 255).round().long()
    return table.to(luma.device)[levels_of_pixels]


def _filter(images: Tensor, radial: Tensor) -> Tensor:
    """Filter (N, C, H, W) by a response of frequency, mirrored at the border."""
    height, width = images.shape[-2:]
    filtered = _filter_periodic(pad_mirrored(images, _PAD_PX), radial)
    return filtered[..., _PAD_PX : _PAD_PX + height, _PAD_PX : _PAD_PX + width]


def _filter_periodic(images: Tensor, radial: Tensor) -> Tensor:
    size = (images.shape[-2], images.shape[-1])
    places = _places(*size)
    below = places.long().clamp(max=len(radial) - 2)
    response = torch.lerp(radial[below], radial[below + 1], places - below)
    spectrum = torch.fft.rfft2(images) * response.to(images.device)
    filtered: Tensor = torch.fft.irfft2(spectrum, s=size)
    return filtered


@lru_cache(maxsize=8)
def _places(height: int, width: int) -> Tensor:
    """Return where in a table over `_FINE` the frequencies of a transform lie."""
    frequency = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    return frequency * float((len(_FINE) - 1) / _FINE[-1])


def _in_levels(images: Tensor) -> Tensor:
    return (images.clamp(0, 1) * 255).round() / 255
