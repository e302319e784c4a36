"""Turns SR values into the pixels of a result: 8 bits, 16 bits or float, grey or colour."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.upscaling.tiles.transfer import to_host

Rows = npt.NDArray[Any]
PIECE_ROWS = 256
"""How many rows are worked on at a time, so that temporary memory is small."""


@dataclass(frozen=True, slots=True)
class PixelKind:
    """What SR values are turned into.

    Attributes:
        dtype: uint8, uint16, or float32 in [0, 1].
        channels: 1 for grey, the mean of RGB, or 3.
        clamp: Clip to [0, 1]; always done for integers.
    """

    dtype: npt.DTypeLike
    channels: int = 3
    clamp: bool = True

    def of(self, sr: Tensor) -> Rows:
        """Return pixels of shape (H, W, channels) for SR of shape (1, 3, H, W)."""
        pixels = np.empty((sr.shape[2], sr.shape[3], self.channels), self.dtype)
        self.write(sr, pixels)
        return pixels

    def write(self, sr: Tensor, pixels: Rows) -> None:
        """Fill `pixels`, as `of` returns them; temporary memory is small."""
        tops = range(0, len(pixels), PIECE_ROWS)
        pieces = (self._rounded(sr[0, :, top : top + PIECE_ROWS]) for top in tops)
        for top, piece in zip(tops, to_host(pieces), strict=True):
            pixels[top : top + PIECE_ROWS] = piece.permute(1, 2, 0).numpy()

    def _rounded(self, values: Tensor) -> Tensor:
        if self.channels == 1:
            values = values.mean(dim=0, keepdim=True)
        if self.clamp:
            values = values.clamp(0, 1)
        dtype = np.dtype(self.dtype)
        if dtype == np.float32:
            return values
        whole = values.mul(float(np.iinfo(dtype).max)).add_(0.5)
        # torch can do little with uint16
        return whole.to(torch.uint8 if dtype == np.uint8 else torch.int32)
