"""Says how much more fine detail HR holds than LR enlarged."""

import numpy as np
import torch

from engine.imaging.planes import Image, Pixels, blurred, brightness
from engine.imaging.resampling import upsample_bicubic

_FINE_PX = 1.0
_SAMPLE_PX = 512  # the middle of LR of this side is enough


def sharpness_ratio(lr: Pixels, hr: Pixels, scale: int) -> float:
    """Return the strength of HR's fine detail over that of LR enlarged by MATLAB's bicubic.

    Args:
        lr: Shape (h, w, 3).
        hr: Shape (h * scale, w * scale, 3).
        scale: The integer factor.

    Returns:
        Above 1 where HR is sharper; infinite where LR is blank.
    """
    rows, columns = (
        slice(max(0, (side - _SAMPLE_PX) // 2), min(side, (side + _SAMPLE_PX) // 2))
        for side in lr.shape[:2]
    )
    small = brightness(lr[rows, columns])
    enlarged = upsample_bicubic(torch.from_numpy(small)[None, None], scale)[0, 0].numpy()
    large = brightness(
        hr[rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale]
    )
    ours, theirs = _detail(enlarged), _detail(large)
    return theirs / ours if ours > 0 else float("inf")


def _detail(plane: Image) -> float:
    return float(np.sqrt(np.mean((plane - blurred(plane, _FINE_PX)) ** 2)))
