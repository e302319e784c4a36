"""Upscales an image of any size with any backbone, tile by tile, in bounded memory."""

import weakref
from functools import cached_property

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.upscaling.inference.receptive_field import feather_px, measure_grid, size_grid
from engine.upscaling.tiles.bands import BandUpscaler, Image
from engine.upscaling.tiles.memory import TileBudget, live_bytes_per_px
from engine.upscaling.tiles.pixel_kind import PixelKind
from engine.upscaling.tiles.tiling import Grid

_bytes_per_px: weakref.WeakKeyDictionary[nn.Module, float] = weakref.WeakKeyDictionary()


class PlainNetwork:
    """A backbone as it is, in float32, for the tile loop."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self.scale = backbone.scale
        self.device = next(backbone.module.parameters()).device
        self.feather = feather_px(backbone)
        self.size = size_grid(backbone)

    @cached_property
    def grid(self) -> Grid:
        """How tiles may lie."""
        return measure_grid(self._backbone, lambda lr: self.run(lr).to("cpu"))

    @property
    def bytes_per_px(self) -> float:
        """What the network takes per LR pixel."""
        module = self._backbone.module
        if module not in _bytes_per_px:
            _bytes_per_px[module] = live_bytes_per_px(self.run, self.size)
        return _bytes_per_px[module]

    def run(self, lr: Tensor) -> Tensor:
        """Upscale LR of shape (1, 3, H, W)."""
        with torch.inference_mode():
            return self._backbone(lr.to(self.device)).float()

    def to_cpu(self) -> "PlainNetwork":
        """Return a copy on the CPU; the caller's backbone stays where it is."""
        return PlainNetwork(self._backbone.clone().to("cpu"))


def upscale_tensor(
    backbone: Backbone,
    lr: Tensor,
    *,
    tile: int | None = None,
    token: CancelToken | None = None,
) -> Tensor:
    """Upscale one image on the backbone's device, tile by tile.

    Args:
        backbone: Any backbone, on the device it is to run on. It is run as it is, in float32.
        lr: RGB in [0, 1], float32, shape (1, 3, H, W), on any device.
        tile: Largest tile side in LR pixels, raised to the smallest that works; None chooses
            from free memory.
        token: Checked before every tile.

    Returns:
        RGB, float32, on the CPU, shape (1, 3, H * scale, W * scale), not clamped.

    Raises:
        Cancelled: If the token was cancelled.
        MemoryExhaustedError: If even the smallest tile does not fit into memory.
    """
    if lr.ndim != 4 or lr.shape[:2] != (1, 3) or 0 in lr.shape:
        raise ValueError(f"LR must have shape (1, 3, H, W), not {tuple(lr.shape)}")
    network = PlainNetwork(backbone)
    height, width = lr.shape[-2:]
    budget = None
    if tile is not None:
        side_px = tile if max(height, width) <= tile else max(tile, network.grid.smallest_tile)
        budget = TileBudget(side_px=side_px)
    sr = torch.empty((1, 3, height * backbone.scale, width * backbone.scale))
    image = Image(height, width, lambda rows, columns: lr[..., rows, columns])
    top = 0
    kind = PixelKind("float32", clamp=False)
    for band in BandUpscaler(network, budget).bands(image, kind, token=token):
        sr[0, :, top : top + len(band)] = torch.from_numpy(band).permute(2, 0, 1)
        top += len(band)
    return sr
