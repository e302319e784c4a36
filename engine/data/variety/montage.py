"""Draws a patch of LR as no camera gives it: four small drawings side by side."""

import numpy as np
import torch
from torch import Tensor

from engine.data.degradation.randomness import Stream
from engine.data.variety.colours import draw_colour_change
from engine.data.variety.drawings import Picture, draw_picture

_RECOLOURED = 0.3


def draw_montage(stream: Stream, photo: Tensor) -> Tensor:
    """Return a patch of four drawings, or of photographs in other colours.

    Args:
        stream: Everything random.
        photo: LR patch, shape (3, p, p), float32 in [0, 1]; some of it is recoloured or drawn upon.

    Returns:
        Same shape, in whole 8-bit levels.
    """
    whole = photo.clone()
    middle = (photo.shape[-1] + 1) // 2
    for place in range(4):
        rows, columns = (
            slice(middle) if half == 0 else slice(middle, None) for half in divmod(place, 2)
        )
        part = whole[:, rows, columns]
        part.copy_(_anything(stream, part))
    return (whole.clamp_(0, 1) * 255).round_() / 255


def _anything(stream: Stream, part: Tensor) -> Tensor:
    if stream.chance(_RECOLOURED):
        return draw_colour_change(stream)(part)
    height, width = part.shape[-2:]
    side_px = max(height, width)
    levels = np.zeros((side_px, side_px, 3), np.uint8)
    levels[:height, :width] = (part * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    return _tensor(draw_picture(stream, side_px, 1, levels)[:height, :width], part)


def _tensor(picture: Picture, like: Tensor) -> Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1).to(like) / 255
