"""Puts HR onto LR's grid with LR's colours, and makes it small again as training will see it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from engine.imaging.planes import Image, Pixels
from engine.imaging.resampling import downsample_bicubic
from engine.registration.areas import Mask
from engine.registration.colour_match import (
    ColourMatch,
    ColourMode,
    match_colours,
    mean_delta_e,
)
from engine.registration.geometry import PixelBox, Warp, centres
from engine.registration.sampling import HrSampler

_COLOUR_SAMPLES = 64  # across the shorter side
_COLOUR_BLOCKS_PX = (2, 16)
_BAND_ROWS = 256
_BAND_MARGIN = 8


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """HR as seen from a rectangle of LR.

    Attributes:
        hr: The HR photo.
        warp: From LR to HR points.
        box: The rectangle, LR pixels.
    """

    hr: HrSampler
    warp: Warp
    box: PixelBox

    def colours(
        self, lr: Pixels, seen: Mask, cell_px: int, mode: ColourMode
    ) -> tuple[ColourMatch, float, float]:
        """Match HR's colours to LR's.

        Args:
            lr: The whole LR photo.
            seen: Cells of it that HR shows.
            cell_px: Side of a cell.
            mode: How.

        Returns:
            The match, and the mean colour difference (ΔE) before and after it.
        """
        box = self.box
        least, most = _COLOUR_BLOCKS_PX
        block = int(np.clip(min(box.width, box.height) // _COLOUR_SAMPLES, least, most))
        columns, rows = box.width // block, box.height // block
        part = lr[box.top : box.top + rows * block, box.left : box.left + columns * block]
        small = cv2.resize(part.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        ours = np.asarray(small, np.float32)
        xs, ys = centres(box.left, columns, block), centres(box.top, rows, block)
        theirs = self.hr.sample(self.warp, xs, ys, pitch_px=block)
        at_rows = np.minimum(ys.astype(int) // cell_px, seen.shape[0] - 1)
        at_columns = np.minimum(xs.astype(int) // cell_px, seen.shape[1] - 1)
        both = seen[np.ix_(at_rows, at_columns)]
        match = match_colours(ours, theirs, both, xs, ys, mode=mode)
        matched = match.apply(theirs, xs, ys)
        return match, mean_delta_e(ours, theirs, both), mean_delta_e(ours, matched, both)

    def enlarged(self, match: ColourMatch, scale: int, pause: Callable[[], None]) -> Pixels:
        """Return HR on `scale` times the rectangle's grid, shape (h * scale, w * scale, 3)."""
        box = self.box
        xs = centres(box.left, box.width * scale, 1 / scale)
        ys = centres(box.top, box.height * scale, 1 / scale)
        large = np.empty((len(ys), len(xs), 3), np.uint8)
        for rows, columns, values in self.hr.tiles(self.warp, xs, ys, pitch_px=1 / scale):
            pause()
            matched = match.apply(values, xs[columns], ys[rows])
            large[rows, columns] = np.clip(np.rint(matched), 0, 255)
        return large


def made_small(large: Pixels, scale: int) -> Image:
    """Return HR on LR's grid by MATLAB's bicubic, in levels, a band of rows at a time."""
    height, width = large.shape[0] // scale, large.shape[1] // scale
    small = np.empty((height, width, 3), np.float32)
    for top in range(0, height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, height)
        first, last = max(0, top - _BAND_MARGIN), min(height, bottom + _BAND_MARGIN)
        band = np.array(large[first * scale : last * scale].transpose(2, 0, 1), np.float32)
        reduced = downsample_bicubic(torch.from_numpy(band)[None], scale)[0].numpy()
        small[top:bottom] = reduced[:, top - first : bottom - first].transpose(1, 2, 0)
    return small
