"""Notices where a result no longer looks like its own photo, and enlarges those places plainly.

A network is undefined on what it never saw. Trained on photographs, it may answer text on pure blue,
neon, stripes or even a smooth ramp with values far outside [0, 1], which become loud wrong colours.
Shrunk again, such a result is not the photo it was made of. That is measured here on every tile:
the mean of each area of 9 × 9 LR pixels, in each channel. On 26 photographs SAFMN x2 stays within 3
of 255 and a profile, which sharpens on purpose, within 24; on drawn and saturated material where it
failed the difference was 30 to 255 (docs/measurements.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.imaging.resampling import upsample_bicubic

NETWORK_LIMIT = 24 / 255
"""How far an area's mean may move by a plain network."""

PROFILE_LIMIT = 36 / 255
"""The same for profiles that were made before it was measured for each."""

_LEAST, _MOST = 12 / 255, 40 / 255
_MARGIN = 1.5
_AREA_PX = 9
_SCREEN_PX = 8
_SCREEN_SHARE = 0.5
"""Areas are first looked at side by side, where one that is bad may be cut in four."""

_LINKED_SHARE = 1 / 3
_LINKED_STEPS = 8
"""What is a third as bad and touches a bad place is bad too: wrong colours fade towards the edge."""


def limit_of(shifts: Iterable[float]) -> float | None:
    """Return a profile's own limit, from what was measured on photos that were kept out of it.

    Args:
        shifts: As `largest_shift` returned them.

    Returns:
        None where nothing was measured.
    """
    worst = max(shifts, default=None)
    return None if worst is None else min(max(worst * _MARGIN, _LEAST), _MOST)


def largest_shift(lr: Tensor, sr: Tensor, scale: int) -> float:
    """Return how far the mean of an area moved at most, on [0, 1].

    Args:
        lr: RGB in [0, 1], shape (1, 3, H, W).
        sr: What the network made of it, shape (1, 3, H * scale, W * scale), same device.
        scale: Integer factor from LR to SR.
    """
    return float(_shift(lr, sr, scale).max())


@dataclass(frozen=True, slots=True)
class Plausible:
    """A tile that looks like its photo.

    Attributes:
        sr: As it came out, the same tensor, where nothing was wrong.
        repaired_px: LR pixels that were enlarged plainly instead.
    """

    sr: Tensor
    repaired_px: int = 0


def make_plausible(lr: Tensor, sr: Tensor, scale: int, limit: float) -> Plausible:
    """Replace what cannot be of this photo by bicubic enlarging, blended into what is around it.

    Args:
        lr: RGB in [0, 1], float32, shape (1, 3, H, W).
        sr: What the network made of it, shape (1, 3, H * scale, W * scale), same device.
        scale: Integer factor from LR to SR.
        limit: How far an area's mean may move, on [0, 1].
    """
    if not _may_be_wrong(lr, sr, scale, limit * _SCREEN_SHARE):
        return Plausible(sr)
    wrong = _wrong_places(_shift(lr, sr, scale), limit)
    if not bool(wrong.any()):
        return Plausible(sr)
    radius = _AREA_PX // 2
    wide = functional.max_pool2d(wrong.float(), _AREA_PX, 1, radius)
    soft = functional.avg_pool2d(wide, _AREA_PX, 1, radius, count_include_pad=False)
    share = functional.interpolate(soft, scale_factor=scale, mode="bilinear")
    plain = upsample_bicubic(lr, scale).clamp_(0, 1)
    mixed = torch.lerp(sr.clamp(0, 1), plain, share)
    return Plausible(torch.where(share > 0, mixed, sr), int((soft > 0).sum()))


def _may_be_wrong(lr: Tensor, sr: Tensor, scale: int, limit: float) -> bool:
    """Return whether any area is worth a closer look; cheap, and right for nearly every tile."""
    small = functional.avg_pool2d(lr, _SCREEN_PX, ceil_mode=True, count_include_pad=False)
    shrunk = functional.avg_pool2d(
        sr.clamp(0, 1), _SCREEN_PX * scale, ceil_mode=True, count_include_pad=False
    )
    return bool(((shrunk - small).abs() > limit).any())


def _shift(lr: Tensor, sr: Tensor, scale: int) -> Tensor:
    """Return how far the mean of the area around each LR pixel moved, shape (1, 1, H, W)."""
    difference = functional.avg_pool2d(sr.clamp(0, 1), scale) - lr
    means = functional.avg_pool2d(
        difference, _AREA_PX, stride=1, padding=_AREA_PX // 2, count_include_pad=False
    )
    return means.abs().amax(dim=1, keepdim=True)


def _wrong_places(shift: Tensor, limit: float) -> Tensor:
    """Return where a result is wrong, with what is linked to that, shape (1, 1, H, W), bool."""
    wrong = shift > limit
    linked = shift > limit * _LINKED_SHARE
    for _ in range(_LINKED_STEPS):
        around = functional.max_pool2d(wrong.float(), _AREA_PX, 1, _AREA_PX // 2) > 0
        wrong = wrong | (around & linked)
    return wrong
