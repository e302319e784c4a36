"""Upscales a photo's opacity by itself, some rows at a time."""

import numpy as np
import torch

from engine.imaging.colour import Pixels
from engine.imaging.resampling import upsample_bicubic

_CONTEXT_PX = 4


def upscale_alpha(alpha: Pixels, rows: slice, scale: int) -> Pixels:
    """Upscale an opacity mask, bicubic, and return some rows; the same however they are cut.

    Args:
        alpha: The whole mask, shape (H, W), uint8 or uint16.
        rows: Wanted rows of the result.
        scale: Integer factor.

    Returns:
        Shape (rows, W * scale), same dtype.
    """
    top = max(0, rows.start // scale - _CONTEXT_PX)
    part = alpha[top : min(len(alpha), -(-rows.stop // scale) + _CONTEXT_PX)]
    if part.min() == part.max():
        shape = (rows.stop - rows.start, alpha.shape[1] * scale)
        return np.full(shape, part[0, 0], alpha.dtype)
    white = float(np.iinfo(alpha.dtype).max)
    large = upsample_bicubic(torch.from_numpy(part.astype(np.float32))[None, None], scale)[0, 0]
    requested = large[rows.start - top * scale : rows.stop - top * scale]
    return requested.add(0.5).clamp(0, white).numpy().astype(alpha.dtype)
