"""The smallest network of every architecture, with random weights, for tests."""

from typing import Any

import torch

from engine.backbones.backbone import Backbone
from engine.backbones.building import BuildableArchitecture, build_backbone

TINY_OPTIONS: dict[BuildableArchitecture, dict[str, Any]] = {
    "SAFMN": {"dim": 8, "n_blocks": 2},
    "EDSR": {"features": 8, "blocks": 2},
    "SwinIR": {"embed_dim": 12, "depths": [2, 2], "num_heads": [2, 2], "window_size": 4},
    "DRCT": {"embed_dim": 12, "depths": [6], "num_heads": [2], "gc": 4, "window_size": 8},
    "Compact": {"num_feat": 8, "num_conv": 2},
    "ESRGAN": {"num_filters": 8, "num_blocks": 1},
}


def tiny_backbone(
    architecture: BuildableArchitecture, *, scale: int = 2, seed: int = 0
) -> Backbone:
    """Return a tiny randomly initialised backbone."""
    return build_backbone(architecture, scale=scale, seed=seed, **TINY_OPTIONS[architecture])


def faithful_backbone(*, scale: int = 2, seed: int = 0) -> Backbone:
    """Return a tiny network whose results look like their photos, as trained ones' do.

    Compact adds what it computes to the photo enlarged; small weights leave that little to add.
    """
    backbone = tiny_backbone("Compact", scale=scale, seed=seed)
    with torch.no_grad():
        for parameter in backbone.module.parameters():
            parameter.mul_(0.3)
    return backbone
