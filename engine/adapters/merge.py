"""Checks that a merged network is the adapted one, before anybody relies on it."""

import math

import torch
from torch import Tensor

from engine.adapters.methods import Adaptation
from engine.backbones.backbone import Backbone
from engine.errors import MergeMismatchError

MERGE_TOLERANCE = 1e-5
"""Largest difference allowed between two float32 outputs on [0, 1]."""


def probe_image(backbone: Backbone) -> Tensor:
    """Return a fixed (1, 3, H, W) input in [0, 1]: half noise, half a smooth ramp."""
    side = max(48, backbone.size_minimum, backbone.size_multiple)
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(1, 3, side, side, generator=generator)
    ramp = torch.linspace(0, 1, side)
    return torch.where(torch.arange(side)[:, None] < side // 2, noise, ramp)


def largest_difference(one: Backbone, other: Backbone) -> float:
    """Return the largest absolute difference of two backbones' float32 outputs on one input."""
    image = probe_image(one)
    with torch.no_grad():
        first, second = (
            backbone(image.to(next(backbone.module.parameters()).device)).cpu()
            for backbone in (one, other)
        )
    difference = (first - second).abs().max().item()
    return math.inf if math.isnan(difference) else difference


def merge_and_verify(adaptation: Adaptation, backbone: Backbone) -> tuple[Backbone, float]:
    """Merge an adaptation and prove the result (paper, section 3.3: same inference cost).

    Args:
        adaptation: What was trained.
        backbone: The backbone it started from.

    Returns:
        The merged backbone and the largest output difference to the adapted one, on [0, 1].

    Raises:
        MergeMismatchError: If the outputs differ by more than rounding, a weight is not finite,
            or the parameter names and shapes are not the backbone's.
    """
    merged = adaptation.merged()
    state, original = merged.module.state_dict(), backbone.module.state_dict()
    shapes = {key: tensor.shape for key, tensor in state.items()}
    if shapes != {key: tensor.shape for key, tensor in original.items()}:
        raise MergeMismatchError("The merged network has other weights than the backbone.")
    for key, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise MergeMismatchError(
                f"The weight {key} is not a finite number.",
                remedy="Train again with a lower learning rate.",
            )
    difference = largest_difference(adaptation.backbone, merged)
    if difference > MERGE_TOLERANCE:
        raise MergeMismatchError(
            f"The merged network differs from the adapted one by {difference:.1e}; nothing was "
            "saved."
        )
    return merged, difference
