"""Second-order degradation of sharp patches (Real-ESRGAN, section 3.3), each in its own way.

The published code draws one size, one order and one kind of noise for a whole batch, and mixes
batches afterwards through a pool of 180 pairs. Here every sample draws everything for itself, so
that there is nothing to mix, nothing to keep in a checkpoint, and a batch depends on nothing but
the seed and the step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from engine.data.degradation.blur import blur
from engine.data.degradation.jpeg import tables_of_quality, through_jpeg
from engine.data.degradation.kernels import kernel_of
from engine.data.degradation.noise import add_noise
from engine.data.degradation.plans import DegradationPlan, KernelPlan, StagePlan, draw_plan
from engine.data.degradation.randomness import Stream
from engine.data.degradation.settings import DegradationSettings, ResizeMode


class BlindDegradation:
    """Makes LR from HR by randomly drawn degradations.

    Args:
        settings: What is drawn, and how often.
    """

    def __init__(self, settings: DegradationSettings) -> None:
        self._settings = settings

    def __call__(self, hr: Tensor, streams: Sequence[Stream], scale: int) -> tuple[Tensor, Tensor]:
        """Degrade a batch.

        Args:
            hr: RGB in [0, 1], float32, shape (N, 3, H, W), H and W divisible by `scale`.
            streams: One per sample; used up in a fixed order.
            scale: The integer factor by which LR is smaller.

        Returns:
            LR, shape (N, 3, H/scale, W/scale), in whole 8-bit levels, and `hr` as it was.
        """
        samples = [
            degrade(image, draw_plan(self._settings, stream), stream, scale)
            for image, stream in zip(hr, streams, strict=True)
        ]
        return torch.stack(samples), hr


def degrade(image: Tensor, plan: DegradationPlan, stream: Stream, scale: int) -> Tensor:
    """Carry out a plan on one image.

    Args:
        image: RGB in [0, 1], float32, shape (3, H, W).
        plan: What to do.
        stream: For the noise.
        scale: The integer factor.

    Returns:
        Shape (3, H // scale, W // scale), in [0, 1], whole 8-bit levels, same device.
    """
    height, width = image.shape[-2:]
    size = height // scale, width // scale
    image = _stage(image, plan.first, stream, (height, width))
    image = through_jpeg(image, tables_of_quality(plan.first.jpeg_quality))
    image = _stage(image, plan.second, stream, size)
    tables = tables_of_quality(plan.second.jpeg_quality)
    # Other orders of these three make lines look twisted, as the paper found.
    if plan.jpeg_last:
        image = _finish(image, plan, size)
        image = through_jpeg(image.clamp(0, 1), tables)
    else:
        image = through_jpeg(image, tables)
        image = _finish(image, plan, size)
    return (image.clamp(0, 1) * 255).round() / 255


def _stage(image: Tensor, plan: StagePlan, stream: Stream, base: tuple[int, int]) -> Tensor:
    """Blur, resize to `base` times the plan's factor, and add noise."""
    image = _blur(image, plan.kernel)
    size = max(1, int(base[0] * plan.factor)), max(1, int(base[1] * plan.factor))
    image = resize(image, size, plan.mode)
    channels = 1 if plan.noise.grey else 3
    normal = stream.normal((channels, *size)).to(image.device)
    return add_noise(image, plan.noise, normal)


def _finish(image: Tensor, plan: DegradationPlan, size: tuple[int, int]) -> Tensor:
    return _blur(resize(image, size, plan.final_mode), plan.final_sinc)


def _blur(image: Tensor, plan: KernelPlan | None) -> Tensor:
    if plan is None:
        return image
    return blur(image[None], kernel_of(plan)[None].to(image.device))[0]


def resize(image: Tensor, size: tuple[int, int], mode: ResizeMode) -> Tensor:
    """Resize (3, H, W) as torch does without antialiasing, which is part of the degradation."""
    if tuple(image.shape[-2:]) == size:
        return image
    return functional.interpolate(image[None], size=size, mode=mode)[0]
