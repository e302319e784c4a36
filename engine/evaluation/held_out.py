"""Job: pictures of photos a profile's training never saw, before and after."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.events import Emit, Progress, Stage, ignore_events
from engine.figures.before_after import detailed_region
from engine.imaging.resampling import upsample_bicubic
from engine.metrics.luma import quantise
from engine.profiles.profile import load_profile
from engine.training.training_data import load_training_data
from engine.upscaling.photo.upscaler import upscale_tensor

Pixels = npt.NDArray[np.uint8]

_LR_CROP_PX = 256


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutPictures:
    """The most detailed piece of one photo, by every contender; RGB, all of one shape.

    Attributes:
        name: The pair's name, as in `PhotoQuality`.
        bicubic: LR enlarged by plain resampling.
        backbone: By the network as it was.
        adapted: By the profile.
        hr: The truth.
    """

    name: str
    bicubic: Pixels
    backbone: Pixels
    adapted: Pixels
    hr: Pixels


def held_out_pictures(
    settings: AdaptSettings, profile: Path, emit: Emit, token: CancelToken
) -> tuple[HeldOutPictures, ...]:
    """Return pictures of every photo that was kept out of the training.

    Args:
        settings: Those the profile was trained with; its photos are read again, mostly from what
            the training decoded.
        profile: The profile's folder.
        emit: Receives `Progress`.
        token: Stops between photos.

    Raises:
        Cancelled: If the token says so.
        EngineError: If photos, backbone or profile are gone or cannot be used.
    """
    adapted = load_profile(profile).load_merged()
    backbone = load_backbone(settings.backbone)
    photos = load_training_data(settings, ignore_events, token).split.val
    found = []
    for index, name in enumerate(photos.names):
        token.check()
        emit(Progress(Stage.EVALUATE, index, len(photos), name))
        lr, hr = photos.lr(index), photos.hr(index)
        rows, columns = detailed_region(lr, _LR_CROP_PX)
        crop = photos.lr_tensor(index)[..., rows, columns].contiguous()
        scale = photos.scale
        truth = hr[
            rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale
        ]
        found.append(
            HeldOutPictures(
                name,
                bicubic=_pixels(upsample_bicubic(crop, scale)),
                backbone=_pixels(upscale_tensor(backbone, crop, token=token)),
                adapted=_pixels(upscale_tensor(adapted, crop, token=token)),
                hr=np.ascontiguousarray(truth),
            )
        )
    emit(Progress(Stage.EVALUATE, len(photos), len(photos)))
    return tuple(found)


def _pixels(image: Tensor) -> Pixels:
    levels = (quantise(image)[0] * 255).round().byte()
    return np.ascontiguousarray(levels.permute(1, 2, 0).numpy())
