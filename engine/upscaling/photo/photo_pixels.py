"""Gives a network the pixels of a photo: any rectangle as floating RGB, and telling crops."""

import numpy as np
import torch
from torch import Tensor

from engine.imaging.photo import Photo
from engine.imaging.transparent import fill_transparent

_CROP_PX = 96
_SHARE_OF_PHOTO = 0.02
_MAX_CROPS = 4


def read_lr(photo: Photo, rows: slice, columns: slice) -> Tensor:
    """Return part of a photo as a network takes it.

    Colours hidden under full transparency are replaced by visible ones nearby, or they would
    show as a fringe.

    Args:
        photo: Any photo; grey is repeated.
        rows: Wanted rows.
        columns: Wanted columns.

    Returns:
        RGB in [0, 1], float32, shape (1, 3, h, w).
    """
    pixels = photo.pixels[rows, columns]
    if photo.alpha is not None:
        pixels = fill_transparent(pixels, photo.alpha[rows, columns])
    white = float(np.iinfo(pixels.dtype).max)
    values = torch.from_numpy(np.moveaxis(pixels, -1, 0).astype(np.float32, order="C") / white)
    return values[None].expand(1, 3, -1, -1)


def telling_crops(photo: Photo) -> list[Tensor]:
    """Return the crops of a photo with the most fine detail or noise.

    There errors of arithmetic are largest. Together the crops are a small share of the photo, so
    that measuring on them costs little.

    Returns:
        At least one, each of shape (1, 3, h, w).
    """
    height, width = photo.pixels.shape[:2]
    count = int(_SHARE_OF_PHOTO * height * width / _CROP_PX**2)
    count = max(1, min(count, _MAX_CROPS))
    places = [
        (slice(top, top + _CROP_PX), slice(left, left + _CROP_PX))
        for top in _spread(height)
        for left in _spread(width)
    ]
    places.sort(key=lambda place: -_detail(photo, *place))
    return [read_lr(photo, *place) for place in places[:count]]


def _detail(photo: Photo, rows: slice, columns: slice) -> float:
    """Return the mean difference between neighbouring pixels."""
    part = photo.pixels[rows, columns].astype(np.float32)
    return sum(float(np.abs(np.diff(part, axis=axis)).sum()) for axis in (0, 1)) / part.size


def _spread(length: int) -> list[int]:
    """Return starts of up to eight crops along one axis, without overlap."""
    steps = min(8, max(1, length // _CROP_PX))
    if steps == 1:
        return [max(0, (length - _CROP_PX) // 2)]
    return [index * (length - _CROP_PX) // (steps - 1) for index in range(steps)]
