"""Quick PSNR on held-out pairs while training goes on."""

from collections.abc import Callable

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
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

    def psnr_y_db(self, backbone: Backbone) -> float:
        """Return the mean PSNR on Y, in dB, of a network on the crops.

        Args:
            backbone: On the device of the crops.
        """
        with torch.no_grad():
            return self._mean(lambda lr: backbone(lr.to(self._device)).float().cpu())

    def bicubic_psnr_y_db(self) -> float:
        """Return the mean PSNR on Y, in dB, of bicubic resampling on the crops."""
        return self._mean(lambda lr: upsample_bicubic(lr, self._scale))

    def _mean(self, upscale: Callable[[Tensor], Tensor]) -> float:
        values = [
            psnr_y(quantise(upscale(lr)), hr, border_px=self._scale).item()
            for lr, hr in self._crops
        ]
        return sum(values) / len(values)


def _crop(image: Tensor, top: int, left: int, size: tuple[int, int], scale: int) -> Tensor:
    rows = slice(top * scale, (top + size[0]) * scale)
    return image[..., rows, left * scale : (left + size[1]) * scale].clone()
