"""Draws training patches whose LR is made from the HR at that moment, differently each time."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from engine.data.degradation.randomness import Stream
from engine.data.pair_set import PairSet
from engine.data.sampling import PatchSampler

MARGIN_PX = 16
"""LR pixels around a patch that are degraded with it and cut away, for what borders do to blur."""

_JITTER_PX = 8  # so that a JPEG's blocks lie anywhere in a patch


class Degradation(Protocol):
    """Makes LR from HR."""

    def __call__(self, hr: Tensor, streams: Sequence[Stream], scale: int) -> tuple[Tensor, Tensor]:
        """Degrade a batch.

        Args:
            hr: RGB in [0, 1], float32, shape (N, 3, H, W), H and W divisible by `scale`.
            streams: Random numbers, one stream per sample.
            scale: The integer factor by which LR is smaller.

        Returns:
            LR of shape (N, 3, H/scale, W/scale), and the HR that belongs to it, same shape as
            `hr`; both in [0, 1], on the device of `hr`.
        """


class DegradingSampler:
    """Random patches of sharp photos, flipped and turned, and a degradation of each.

    Step `n` gives the same batch whatever came before, as with `PatchSampler`.

    Args:
        photos: Sharp photos; their LR side is not looked at.
        patch: Side of an LR patch in pixels; the HR patch is scale times as large.
        batch: Patches per step.
        seed: Any integer from 0 on.
        degradation: What makes LR.

    Raises:
        ConfigError: If a number is out of range or no photo is as large as a patch.
    """

    def __init__(
        self, photos: PairSet, *, patch: int, batch: int, seed: int, degradation: Degradation
    ) -> None:
        smallest = min((min(photos.lr_size_px(i)) for i in range(len(photos))), default=0)
        self._margin = max(0, min(MARGIN_PX, (smallest - patch) // 2))
        self._sampler = PatchSampler(photos, patch=patch + 2 * self._margin, batch=batch, seed=seed)
        self._degradation = degradation
        self._patch, self._seed, self._scale = patch, seed, photos.scale

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the batch of a step, as `PatchSampler.batch_at` does."""
        _, wide = self._sampler.batch_at(step)
        streams = [Stream(self._seed, step, sample) for sample in range(len(wide))]
        jitter = min(_JITTER_PX, self._margin)
        offsets = [
            [self._margin - int(stream.unit() * jitter) for _ in range(2)] for stream in streams
        ]
        lr, hr = self._degradation(wide, streams, self._scale)
        return (
            torch.stack([self._cut(i, at, 1) for i, at in zip(lr, offsets, strict=True)]),
            torch.stack([self._cut(i, at, self._scale) for i, at in zip(hr, offsets, strict=True)]),
        )

    def _cut(self, image: Tensor, offset: Sequence[int], scale: int) -> Tensor:
        top, left = offset[0] * scale, offset[1] * scale
        side = self._patch * scale
        return image[:, top : top + side, left : left + side]
