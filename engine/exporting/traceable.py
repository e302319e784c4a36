"""Makes of a backbone one module that holds its padding and range, in forms a tracer can follow.

A file for another program has nobody beside it who would pad a photo or scale its values, and the
program chooses the size. So everything that depends on the size is spelled out here in operations
on the size itself.
"""

import functools
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.backbones.backbone import Backbone


def traceable_module(backbone: Backbone) -> nn.Module:
    """Return a copy of the backbone's module whose every operation works for any LR size.

    The copy computes the same, and takes only the sizes the module itself takes.

    Args:
        backbone: Is not changed.
    """
    module = backbone.clone().module
    for child in module.modules():
        if type(child).__name__ == "SAFM" and isinstance(
            getattr(child, "mfr", None), nn.ModuleList
        ):
            # Target sizes that are the size divided by 2, 4 and 8: plain strided pooling, as long
            # as the size is a multiple of 8, which it is.
            child.__dict__["forward"] = functools.partial(_safm, child)
        if callable(getattr(child, "calculate_mask", None)) and hasattr(child, "shift_size"):
            child.__dict__["calculate_mask"] = functools.partial(_shifted_window_mask, child)
    return module


class TraceableNetwork(nn.Module):
    """A backbone as one module: RGB in [0, 1] in, SR of `scale` times the size out.

    Computes what `Backbone.__call__` does.

    Args:
        backbone: Is not changed.
        any_size: Pad at the right and bottom as the backbone does; else LR must already have a
            size the network takes.
    """

    def __init__(self, backbone: Backbone, *, any_size: bool) -> None:
        super().__init__()
        self.network = traceable_module(backbone)
        self._backbone = backbone
        self._pads = any_size and (backbone.size_multiple > 1 or backbone.size_minimum > 1)
        self.eval()

    def forward(self, lr: Tensor) -> Tensor:
        """Upscale `lr`.

        Args:
            lr: RGB in [0, 1], float32, shape (N, 3, H, W).

        Returns:
            Float32, shape (N, 3, H * scale, W * scale), not clamped.
        """
        backbone = self._backbone
        height, width = lr.shape[-2:]
        padded = lr
        if self._pads:
            rows, columns = (self._shown(size_px) for size_px in (height, width))
            padded = lr[:, :, rows][:, :, :, columns]
        if backbone.value_range != 1.0:
            padded = padded * backbone.value_range
        sr = backbone.run(self.network, padded)
        if self._pads:
            sr = sr[..., : height * backbone.scale, : width * backbone.scale]
        return sr / backbone.value_range if backbone.value_range != 1.0 else sr

    def _shown(self, size_px: int | Tensor) -> Tensor:
        """Return which row to show at each row of the padded LR: reflection, then the edge."""
        least, multiple = self._backbone.size_minimum, self._backbone.size_multiple
        # While a graph is recorded, sizes are tensors: max() would make a constant of them.
        if isinstance(size_px, Tensor):
            enough: int | Tensor = size_px.clamp(min=least)
        else:
            enough = max(size_px, least)
        padded_px = (enough + multiple - 1) // multiple * multiple
        last = size_px - 1
        distance = (torch.arange(cast("int", padded_px)) - last).abs()
        return (last - distance).clamp(min=0)


def _safm(safm: nn.Module, x: Tensor) -> Tensor:
    convolutions = cast("nn.ModuleList", safm.mfr)
    pieces = []
    for level, (piece, convolution) in enumerate(
        zip(x.chunk(len(convolutions), dim=1), convolutions, strict=True)
    ):
        step = 2**level
        pooled = functional.max_pool2d(piece, step, step) if level else piece
        mixed = convolution(pooled)
        pieces.append(
            functional.interpolate(mixed, scale_factor=float(step), mode="nearest")
            if level
            else mixed
        )
    aggregated = cast("nn.Module", safm.aggr)(torch.cat(pieces, dim=1))
    weighted: Tensor = cast("nn.Module", safm.act)(aggregated) * x
    return weighted


def _shifted_window_mask(block: nn.Module, size_px: tuple[int, int]) -> Tensor:
    """Return which pairs of pixels in a window of a shifted image were never neighbours.

    Args:
        block: A Swin block, of which `window_size` and `shift_size` are used.
        size_px: Height and width, multiples of the window's side.

    Returns:
        0 or -100, shape (windows, pixels of a window, pixels of a window).
    """
    window, shift = (
        int(cast("int", getattr(block, name))) for name in ("window_size", "shift_size")
    )
    height, width = size_px
    rows, columns = (
        (torch.arange(size) >= size - window).long() + (torch.arange(size) >= size - shift).long()
        for size in (height, width)
    )
    regions = 3 * rows[:, None] + columns[None, :]
    windows = regions.view(height // window, window, width // window, window)
    flat = windows.permute(0, 2, 1, 3).reshape(-1, window * window)
    return torch.where(flat[:, None] != flat[:, :, None], -100.0, 0.0)
