"""Notices when a network turned part of a photo into nothing: not a number, black, or flat."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Problem = Literal["not a number", "black", "flat"]

_BLOCK_PX = 32
_STRIP_PX = 4 * _BLOCK_PX
_CELL_PX = 4
_NOTHING = 1 / 255
_SOMETHING = 24 / 255
"""Far above what noise in a dark or even area comes to, so that denoising is no alarm."""


def find_problem(lr: Tensor, sr: Tensor, scale: int) -> Problem | None:
    """Return what is wrong with a result, judged block by block.

    Args:
        lr: RGB in [0, 1], shape (1, 3, H, W).
        sr: What the network made of it, shape (1, 3, H * scale, W * scale), same device.
        scale: Integer factor from LR to SR.
    """
    for top in range(0, lr.shape[2], _STRIP_PX):
        part = lr[:, :, top : top + _STRIP_PX]
        problem = _problem(part, sr[:, :, top * scale : (top + _STRIP_PX) * scale], scale)
        if problem is not None:
            return problem
    return None


def _problem(lr: Tensor, sr: Tensor, scale: int) -> Problem | None:
    if not bool(torch.isfinite(torch.stack(torch.aminmax(sr))).all()):
        return "not a number"
    brightest, contrast = _block_extremes(sr.clamp(0, 1), _BLOCK_PX * scale)
    cells = functional.avg_pool2d(lr, _CELL_PX, ceil_mode=True, count_include_pad=False)
    _, lr_contrast = _block_extremes(cells, _BLOCK_PX // _CELL_PX)
    if bool(((brightest < _NOTHING) & (_block_mean(lr) > _SOMETHING)).any()):
        return "black"
    if bool(((contrast < _NOTHING) & (lr_contrast > _SOMETHING)).any()):
        return "flat"
    return None


def _block_extremes(image: Tensor, block_px: int) -> tuple[Tensor, Tensor]:
    """Return the brightest value and the widest range of a channel in each block.

    Returns:
        Two tensors of shape (rows, columns). Blocks at the right and bottom may be smaller.
    """
    high = functional.max_pool2d(image, block_px, ceil_mode=True)
    low = -functional.max_pool2d(-image, block_px, ceil_mode=True)
    return high.amax(dim=1)[0], (high - low).amax(dim=1)[0]


def _block_mean(image: Tensor) -> Tensor:
    mean = functional.avg_pool2d(image, _BLOCK_PX, ceil_mode=True, count_include_pad=False)
    return mean.mean(dim=1)[0]
