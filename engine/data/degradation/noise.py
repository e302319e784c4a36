"""Gaussian and Poisson noise on tensors, from normal numbers that are given."""

import math

import torch
from torch import Tensor

from engine.data.degradation.plans import NoisePlan

GREY_WEIGHTS = (0.299, 0.587, 0.114)

_EXACT_BELOW = 6.0  # expected counts; above, an expansion around the normal distribution
_MOST_COUNTS = 28  # of an expectation below that, once in 10^10


def add_noise(image: Tensor, plan: NoisePlan, normal: Tensor) -> Tensor:
    """Return an image with noise, clamped to [0, 1].

    Args:
        image: RGB in [0, 1], float32, shape (3, H, W).
        plan: Which noise.
        normal: Standard normal numbers, shape (1, H, W) for grey noise, otherwise (3, H, W).
    """
    if plan.kind == "gaussian":
        return (image + plan.strength * normal).clamp_(0, 1)
    levels = (image.clamp(0, 1) * 255).round()
    if plan.grey:
        weights = torch.tensor(GREY_WEIGHTS, device=image.device)
        levels = torch.einsum("chw,c->hw", levels, weights)[None].round()
    # As published, the light that makes the noise is as many counts as the image has levels.
    distinct = int((torch.bincount(levels.long().flatten(), minlength=256) > 0).sum())
    full_counts = 2.0 ** math.ceil(math.log2(distinct)) if distinct > 1 else 1.0
    expected = levels * (full_counts / 255)
    noise = (poisson(expected, normal) - expected) / full_counts
    return (image + plan.strength * noise).clamp_(0, 1)


def poisson(expected: Tensor, normal: Tensor) -> Tensor:
    """Turn standard normal numbers into Poisson counts of given expectations, one for one.

    Small expectations by the exact inverse of the distribution, larger ones by Cornish and Fisher's
    expansion, which is not rounded to whole counts: mean and variance are within a percent.

    Args:
        expected: Expectations from 0 on, float32.
        normal: The same shape.

    Returns:
        The same shape, not below 0.
    """
    root = expected.sqrt()
    counts = expected + root * normal + (normal.square() - 1) / 6
    counts -= (normal**3 + 2 * normal) / (72 * root.clamp_min(1))
    few = expected < _EXACT_BELOW
    if bool(few.any()):
        mean = expected[few].double()
        place = torch.special.ndtr(normal[few].double())
        probability = torch.exp(-mean)
        below = probability.clone()
        count = torch.zeros_like(mean)
        for number in range(1, _MOST_COUNTS):
            count += place > below
            probability = probability * mean / number
            below += probability
        counts[few] = count.to(counts.dtype)
    return counts.clamp_min_(0)
