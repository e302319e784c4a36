"""Quick PSNR on held-out pairs while training goes on."""

from collections.abc import Callable

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.data.decoding import Pixels
from engine.data.pair_set import PairSet
from engine.imaging.resampling import upsample_bicubic
from engine.metrics.luma import quantise
from engine.metrics.psnr import psnr_y

CROP_PX = 160
"""Side of the LR crop each held-out pair is judged on during training."""


class HeldOutCrops:
    """The middle of every held-out pair, small enough to be upscaled every few seconds.

    The verdict after training is measured on the whole photos, not here.

    Args:
        pairs: Held-out pairs.
        device: Where the network is.
        crop_px: Largest side of a crop, in LR pixels.
    """

    def __init__(self, pairs: PairSet, *, device: torch.device, crop_px: int = CROP_PX) -> None:
        self._scale = pairs.scale
        self._device = device
        self._crops: list[tuple[Tensor, Tensor]] = []
        for index in range(len(pairs)):
            height, width = pairs.lr_size_px(index)
            size = min(height, crop_px), min(width, crop_px)
            top, left = (height - size[0]) // 2, (width - size[1]) // 2
            self._crops.append(
                (
                    _crop(pairs.lr_tensor(index), top, left, size, 1),
                    _crop(pairs.hr_tensor(index), top, left, size, pairs.scale),
                )
            )

    @property
    def lr_pixels(self) -> int:
        """How many LR pixels the crops hold together."""
        return sum(lr.shape[-2] * lr.shape[-1] for lr, _ in self._crops)

    def psnr_y_db(self, backbone: Backbone, seen: Callable[[Pixels], None] | None = None) -> float:
        """Return the mean PSNR on Y, in dB, of a network on the crops.

        Args:
            backbone: On the device of the crops.
            seen: Receives what it made of the first crop.
        """
        with torch.no_grad():
            return self._mean(lambda lr: backbone(lr.to(self._device)).float().cpu(), seen)

    def first(self) -> tuple[Pixels, Pixels]:
        """Return LR and HR of the first crop, RGB, shapes (h, w, 3) and (h*scale, w*scale, 3)."""
        lr, hr = self._crops[0]
        return _pixels(lr), _pixels(hr)

    def bicubic_psnr_y_db(self) -> float:
        """Return the mean PSNR on Y, in dB, of bicubic resampling on the crops."""
        return self._mean(lambda lr: upsample_bicubic(lr, self._scale))

    def _mean(
        self, upscale: Callable[[Tensor], Tensor], seen: Callable[[Pixels], None] | None = None
    ) -> float:
        values: list[float] = []
        for lr, hr in self._crops:
            sr = quantise(upscale(lr))
            if seen is not None and not values:
                seen(_pixels(sr))
            values.append(psnr_y(sr, hr, border_px=self._scale).item())
        return sum(values) / len(values)


def _pixels(image: Tensor) -> Pixels:
    """Return an image on the grid of 1/255 as its 8-bit values, copied."""
    levels = (image[0] * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).contiguous().numpy()


def _crop(image: Tensor, top: int, left: int, size: tuple[int, int], scale: int) -> Tensor:
    rows = slice(top * scale, (top + size[0]) * scale)
    return image[..., rows, left * scale : (left + size[1]) * scale].clone()
