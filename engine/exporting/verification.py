"""Runs a file that was written for another program against the network it was written from."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from skimage import data
from torch import Tensor

from engine.backbones.backbone import Backbone

Runner = Callable[[Tensor], Tensor]
"""Upscales RGB in [0, 1] of shape (1, 3, H, W) to (1, 3, H * scale, W * scale)."""

SIZES_PX = ((96, 64), (61, 79), (20, 33))
"""Heights and widths a file is tried at: what other programs feed, multiples of nothing."""


def photo_pieces(sizes_px: Sequence[tuple[int, int]] = SIZES_PX) -> list[Tensor]:
    """Return pieces of one photograph, which comes with scikit-image (a cat, CC0).

    Args:
        sizes_px: Heights and widths, at most 300 and 451.

    Returns:
        RGB in [0, 1], float32, each of shape (1, 3, H, W), from different places of the photo.
    """
    photo = torch.from_numpy(np.asarray(data.chelsea()).transpose(2, 0, 1).copy()) / 255
    height, width = photo.shape[-2:]
    pieces = []
    for index, (rows, columns) in enumerate(sizes_px):
        top, left = (height - rows) * (index + 1) // 4, (width - columns) * (index + 1) // 4
        pieces.append(photo[None, :, top : top + rows, left : left + columns].contiguous())
    return pieces


def largest_photo_difference(
    backbone: Backbone, run: Runner, sizes_px: Sequence[tuple[int, int]] = SIZES_PX
) -> float:
    """Return the largest absolute difference of a file's results to the network's, on [0, 1].

    Infinite where the file gives another size or numbers that are not finite.
    """
    largest = 0.0
    for lr in photo_pieces(sizes_px):
        with torch.no_grad():
            expected = backbone(lr)
            found = run(lr)
        if found.shape != expected.shape or not found.isfinite().all():
            return math.inf
        largest = max(largest, (found - expected).abs().max().item())
    return largest
