"""Joins tiles that do not agree to the last digit, so that no seam shows.

Two neighbouring tiles are mixed over a few pixels on both sides of their seam. Weights follow a
cosine and always add up to one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.upscaling.tiles.tiling import Span


@dataclass(frozen=True, slots=True)
class Ramp:
    """Over how many LR pixels, on each side of its seams, a tile fades in and out."""

    before: int
    after: int


def ramps(spans: Sequence[Span], feather: int, *, first: int = 0) -> tuple[Ramp, ...]:
    """Return the ramps of the tiles along one axis, none of which overlaps another.

    Args:
        spans: The tiles.
        feather: Half the width of a ramp where there is room, in LR pixels.
        first: Half the width of the ramp that fades in the first tile, given where tiles were
            blended before. At most what the first tile keeps.
    """
    found = []
    before = first
    for index, span in enumerate(spans):
        following = spans[index + 1].keep_px if index + 1 < len(spans) else 0
        after = max(0, min(feather, span.keep_px - before, following // 2))
        found.append(Ramp(before, after))
        before = after
    return tuple(found)


def weights(span: Span, ramp: Ramp, scale: int) -> Tensor:
    """Return the weight of a tile along one axis.

    Args:
        span: The tile.
        ramp: How it fades in and out.
        scale: Integer factor from LR to SR.

    Returns:
        float32, one value per SR pixel from `keep_start - before` to `keep_stop + after`.
    """
    size = (ramp.before + span.keep_px + ramp.after) * scale
    weight = torch.ones(size)
    if ramp.before:
        weight[: 2 * ramp.before * scale] = _rise(2 * ramp.before * scale)
    if ramp.after:
        weight[size - 2 * ramp.after * scale :] = 1 - _rise(2 * ramp.after * scale)
    return weight


def _rise(size: int) -> Tensor:
    position = (torch.arange(size) + 0.5) / size
    return 0.5 - 0.5 * torch.cos(math.pi * position)
