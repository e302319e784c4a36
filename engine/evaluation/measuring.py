"""Measures contenders on whole held-out photos."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.data.pair_set import PairSet
from engine.events import Emit, Progress, Stage, ignore_events
from engine.imaging.resampling import upsample_bicubic
from engine.metrics.luma import quantise
from engine.metrics.psnr import psnr_y
from engine.metrics.quality import PhotoQuality
from engine.metrics.ssim import ssim_y
from engine.upscaling.inference.plausibility import largest_shift
from engine.upscaling.photo.upscaler import upscale_tensor


def measure(
    pairs: PairSet,
    backbones: Mapping[str, Backbone],
    *,
    emit: Emit = ignore_events,
    token: CancelToken | None = None,
) -> tuple[PhotoQuality, ...]:
    """Return PSNR and SSIM on Y (border = scale) of every photo, for bicubic and each network.

    Results are rounded to 8 bits first, as a saved file would be.

    Args:
        pairs: Photos that no contender was trained on.
        backbones: Networks by the name they are reported under, on any device.
        emit: Receives `Progress`.
        token: Stops the work between photos.

    Raises:
        Cancelled: If the token says so.
    """
    token = token or CancelToken()
    contenders: dict[str, Callable[[Tensor], Tensor]] = {
        "bicubic": lambda lr: upsample_bicubic(lr, pairs.scale)
    }
    for name, backbone in backbones.items():
        contenders[name] = _upscaler(backbone, token)
    photos = []
    for index, name in enumerate(pairs.names):
        emit(Progress(Stage.EVALUATE, index, len(pairs), name))
        lr, hr = pairs.lr_tensor(index), pairs.hr_tensor(index)
        psnr_y_db: dict[str, float] = {}
        ssim: dict[str, float] = {}
        shift: dict[str, float] = {}
        for key, upscale in contenders.items():
            token.check()
            raw = upscale(lr)
            if key in backbones:
                shift[key] = largest_shift(lr, raw, pairs.scale)
            sr = quantise(raw)
            psnr_y_db[key] = psnr_y(sr, hr, border_px=pairs.scale).item()
            ssim[key] = ssim_y(sr, hr, border_px=pairs.scale).item()
        photos.append(PhotoQuality(name, psnr_y_db, ssim, shift))
    emit(Progress(Stage.EVALUATE, len(pairs), len(pairs)))
    return tuple(photos)


def _upscaler(backbone: Backbone, token: CancelToken) -> Callable[[Tensor], Tensor]:
    def upscale(lr: Tensor) -> Tensor:
        with torch.no_grad():
            return upscale_tensor(backbone, lr, token=token)

    return upscale
