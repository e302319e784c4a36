"""Measures how far inside a tile the cut at its edge can be noticed.

At a tile edge a network pads with zeros where the whole photo has content, in every layer. How
deep that reaches is measured by cutting: a strip is upscaled whole and with one end cut off, and
the two results are compared. Unlike the theoretical receptive field, this tells a far pixel that
could matter from one that does.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.upscaling.tiles.tiling import Grid, round_up

EXACT_TOLERANCE = 1e-5
"""What convolutional networks may differ by after tiling, on [0, 1]: rounding in float32."""

VISIBLE_TOLERANCE = 0.5 / 255
"""What others may differ by before blending: half a grey level."""

FEATHER_PX = 8
"""Half the width over which the tiles of networks that are not convolutional are blended."""

_CONTEXTS_PX = (64, 128, 256)
_LOOSE_CONTEXTS_PX = (64,)
_STRIP_PX = 32


def measure_grid(backbone: Backbone, run: Callable[[Tensor], Tensor]) -> Grid:
    """Return how the tiles of `backbone` may lie.

    Args:
        backbone: The network.
        run: Runs it in float32 on LR of shape (1, 3, H, W), on the CPU.
    """
    feather = feather_px(backbone)
    if feather:
        overlap = feather + _reach_px(backbone, run, VISIBLE_TOLERANCE, _LOOSE_CONTEXTS_PX)
        step = 4 * feather + 2 * backbone.size_multiple  # room for two ramps in any tile
    else:
        overlap = _reach_px(backbone, run, EXACT_TOLERANCE, _CONTEXTS_PX)
        step = 1
    return replace(size_grid(backbone), overlap=overlap, step=step)


def feather_px(backbone: Backbone) -> int:
    """Return half the width over which its tiles are blended, 0 where they simply agree."""
    return 0 if backbone.is_convolutional else FEATHER_PX


def size_grid(backbone: Backbone) -> Grid:
    """Return what LR sizes the backbone takes, as a grid without overlap."""
    return Grid(
        overlap=0,
        multiple=backbone.size_multiple,
        minimum=backbone.size_minimum,
        square=backbone.square,
    )


def _reach_px(
    backbone: Backbone,
    run: Callable[[Tensor], Tensor],
    tolerance: float,
    contexts_px: tuple[int, ...],
) -> int:
    """Return the depth below which a cut changes nothing by more than `tolerance`.

    The context beyond the cut is doubled until it is larger than what reaches in; the largest
    context is returned where it never is, as for networks that look at everything.
    """
    context = 0
    for requested in contexts_px:
        context = round_up(max(requested, backbone.size_minimum), backbone.size_multiple)
        reach = max(
            _depth_px(backbone.scale, run, strip, context, tolerance)
            for strip in _strips(backbone, context)
        )
        if reach <= context:
            return reach
    return context


def _strips(backbone: Backbone, context: int) -> list[Tensor]:
    """Return what to look at: noise, and the nearly even areas normalising layers amplify."""
    high = round_up(max(_STRIP_PX, backbone.size_minimum), backbone.size_multiple)
    random = torch.Generator().manual_seed(0)
    noise = torch.rand((1, 3, high, 4 * context), generator=random)
    even = 0.5 + 0.02 * (torch.rand((1, 3, high, 4 * context), generator=random) - 0.5)
    strips = [noise, even] if backbone.is_convolutional else [noise]
    return [*strips, *(strip.transpose(2, 3).contiguous() for strip in strips)]


def _depth_px(
    scale: int, run: Callable[[Tensor], Tensor], strip: Tensor, context: int, tolerance: float
) -> int:
    """Return how deep cutting off `context` pixels at either end of a strip is noticed."""
    axis = 3 if strip.shape[3] > strip.shape[2] else 2
    kept = strip.shape[axis] - context
    whole = run(strip)
    after = run(strip.narrow(axis, context, kept).contiguous())
    before = run(strip.narrow(axis, 0, kept).contiguous())
    depth = 0
    for cut, start, is_mirrored in ((after, context, False), (before, 0, True)):
        difference = (cut - whole.narrow(axis, start * scale, kept * scale)).abs()
        profile = difference.amax(dim=(0, 1, 5 - axis)).view(kept, scale).amax(dim=1)
        noticed = ((profile > tolerance) | profile.isnan()).nonzero()
        if is_mirrored:
            noticed = kept - 1 - noticed
        if len(noticed):
            depth = max(depth, int(noticed.max()) + 1)
    return depth
