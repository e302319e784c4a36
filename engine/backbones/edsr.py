"""EDSR (Lim et al., 2017), whose weights carry the names of the authors' own checkpoints."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

DIV2K_MEAN = (0.4488, 0.4371, 0.4040)
"""Mean colour of DIV2K, RGB in [0, 1]."""

BASELINE_FEATURES = 64
BASELINE_BLOCKS = 16
FULL_FEATURES = 256


class MeanShift(nn.Module):
    """Adds or subtracts the mean colour.

    The authors write it as a frozen 1×1 convolution and so do their checkpoints. Its numbers are
    buffers here: nothing can train or adapt them.

    Args:
        value_range: White, 255 for the authors' checkpoints.
        sign: -1 subtracts the mean, 1 adds it.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, value_range: float, sign: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.eye(3).view(3, 3, 1, 1))
        self.register_buffer("bias", sign * value_range * torch.tensor(DIV2K_MEAN))

    def forward(self, image: Tensor) -> Tensor:
        """Shift an image of shape (N, 3, H, W)."""
        return functional.conv2d(image, self.weight, self.bias)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions around a ReLU, scaled and added to their input."""

    def __init__(self, features: int, residual_scale: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(features, features, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(features, features, 3, padding=1),
        )
        self.residual_scale = residual_scale

    def forward(self, features: Tensor) -> Tensor:
        """Refine features of shape (N, C, H, W)."""
        residual: Tensor = self.body(features)
        if self.residual_scale != 1.0:
            residual = residual * self.residual_scale
        return residual + features


class EDSR(nn.Module):
    """EDSR without its training-time extras; takes and gives RGB in [0, 1].

    Args:
        scale: 3 or a power of two above 1.
        features: 64 in the baseline, 256 in the full model.
        blocks: 16 in the baseline, 32 in the full model.
        residual_scale: 1 in the baseline, 0.1 in the full model. Weights don't tell it, so files
            are taken to follow `residual_scale_for`.
        value_range: White inside the network; 255 in the authors' checkpoints.

    Raises:
        ValueError: If `scale` is neither 3 nor a power of two.
    """

    def __init__(
        self,
        *,
        scale: int = 2,
        features: int = BASELINE_FEATURES,
        blocks: int = BASELINE_BLOCKS,
        residual_scale: float | None = None,
        value_range: float = 255.0,
    ) -> None:
        super().__init__()
        if residual_scale is None:
            residual_scale = residual_scale_for(features)
        self.value_range = value_range
        self.sub_mean = MeanShift(value_range, sign=-1)
        self.head = nn.Sequential(nn.Conv2d(3, features, 3, padding=1))
        self.body = nn.Sequential(
            *(ResidualBlock(features, residual_scale) for _ in range(blocks)),
            nn.Conv2d(features, features, 3, padding=1),
        )
        self.tail = nn.Sequential(_upsampler(scale, features), nn.Conv2d(features, 3, 3, padding=1))
        self.add_mean = MeanShift(value_range, sign=1)

    def forward(self, lr: Tensor) -> Tensor:
        """Upscale RGB in [0, 1] of shape (N, 3, H, W) to (N, 3, H * scale, W * scale)."""
        head = self.head(self.sub_mean(lr * self.value_range))
        sr: Tensor = self.add_mean(self.tail(self.body(head) + head))
        return sr / self.value_range


def residual_scale_for(features: int) -> float:
    """Return the residual scale the authors trained a network of this width with."""
    return 0.1 if features >= FULL_FEATURES else 1.0


def _upsampler(scale: int, features: int) -> nn.Sequential:
    if scale == 3:
        factors = [3]
    elif scale > 1 and scale & (scale - 1) == 0:
        factors = [2] * int(math.log2(scale))
    else:
        raise ValueError(f"EDSR upscales by 3 or a power of two, not by {scale}")
    layers: list[nn.Module] = []
    for factor in factors:
        layers += [
            nn.Conv2d(features, features * factor**2, 3, padding=1),
            nn.PixelShuffle(factor),
        ]
    return nn.Sequential(*layers)
