"""A frozen SR network together with what a caller must know to run it."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import BackboneError

LOCAL_ARCHITECTURES = frozenset(
    {"SAFMN", "EDSR", "Compact", "ESRGAN", "SPAN", "SwiftSRGAN", "custom"}
)
"""Architectures known to look only at a neighbourhood; see `Backbone.is_convolutional`."""

_UNADAPTABLE = {
    "SPAN": "it recomputes weights from others on every photo, which undoes the adaptation",
    "PLKSR": "it overwrites intermediate results that training needs",
}
_MIXING_MODULES = (
    nn.Linear,
    nn.MultiheadAttention,
    nn.RNNBase,
    nn.GroupNorm,
    nn.InstanceNorm1d,
    nn.InstanceNorm2d,
    nn.InstanceNorm3d,
    nn.AdaptiveAvgPool1d,
    nn.AdaptiveAvgPool2d,
    nn.AdaptiveAvgPool3d,
    nn.AdaptiveMaxPool1d,
    nn.AdaptiveMaxPool2d,
    nn.AdaptiveMaxPool3d,
)


def call_module(module: nn.Module, lr: Tensor) -> Tensor:
    """Run `module` on `lr`, as almost every SR network is run."""
    sr: Tensor = module(lr)
    return sr


@dataclass(eq=False)
class Backbone:
    """A pretrained SR network, frozen: in eval mode, float32, no parameter wants a gradient.

    The module stays in eval mode for good, in training too: that keeps dropout and drop path off
    and batch statistics fixed, so that an update starts exactly at the backbone.

    Attributes:
        name: Shipped name, or the stem of the file it came from.
        architecture: spandrel's architecture id ("SAFMN", "SwinIR", "EDSR", ...) or "custom".
        module: The network itself.
        scale: Integer factor from LR to SR.
        value_range: What the module expects for white.
        size_multiple: LR height and width must be multiples of this, in pixels.
        size_minimum: Smallest LR height and width, in pixels.
        square: The module takes square LR only.
        path: The file it was read from.
        sha256: Hexadecimal SHA-256 of that file.
        run: How the module is called where plain `module(lr)` does not give the SR image.
        channels_last: Activations are laid out NHWC in memory.
        largest_shift: How far the mean of a small area of a result may be from the LR's, on
            [0, 1]; None for what holds for every network.
    """

    name: str
    architecture: str
    module: nn.Module
    scale: int
    value_range: float = 1.0
    size_multiple: int = 1
    size_minimum: int = 0
    square: bool = False
    path: Path | None = None
    sha256: str | None = None
    run: Callable[[nn.Module, Tensor], Tensor] = call_module
    channels_last: bool = False
    largest_shift: float | None = None

    def __post_init__(self) -> None:
        self.module.float().eval().requires_grad_(False)

    @property
    def parameter_count(self) -> int:
        """How many numbers the network's parameters hold."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    @property
    def is_convolutional(self) -> bool:
        """True if each SR pixel depends on a bounded LR neighbourhood that moves along with it.

        Then a tile with enough overlap gives what the whole photo would have given, and NHWC
        memory is worth trying. It holds for networks on a short list that was read line by line,
        and for custom modules, and only if they contain nothing that mixes all positions: linear
        layers (the mark of attention), global pooling, normalisation over the whole image.
        A custom module that pools globally through a function, not a module, goes unnoticed.

        SAFMN counts although it calls adaptive max pooling: its target sizes are the LR size
        divided by 2, 4 and 8, and LR is padded to multiples of 8, so each is a plain strided
        pooling. The neighbourhood then moves in steps of `size_multiple`: tiles must start at
        multiples of it.
        """
        return self.architecture in LOCAL_ARCHITECTURES and not any(
            isinstance(module, _MIXING_MODULES) for module in self.module.modules()
        )

    def __call__(self, lr: Tensor) -> Tensor:
        """Upscale `lr`. Differentiable in `lr` and in every parameter that wants a gradient.

        LR is padded at the right and bottom to the size the module needs (by reflection as far as
        the image reaches, then by repeating the edge), and the SR image is cropped accordingly.

        Args:
            lr: RGB in [0, 1], the module's floating dtype and device, shape (N, 3, H, W).

        Returns:
            Same dtype and device, shape (N, 3, H * scale, W * scale), not clamped to [0, 1].

        Raises:
            ValueError: If `lr` has another shape.
        """
        if lr.ndim != 4 or lr.shape[1] != 3 or 0 in lr.shape:
            raise ValueError(f"LR must have shape (N, 3, H, W), not {tuple(lr.shape)}")
        if self.module.training:
            self.module.eval()
        height, width = lr.shape[-2:]
        padded = self._pad(lr)
        if padded is lr:
            padded = lr.clone()  # RCAN and others write into what they are given
        if self.value_range != 1.0:
            padded = padded * self.value_range
        if self.channels_last:
            padded = padded.contiguous(memory_format=torch.channels_last)
        sr = self.run(self.module, padded)
        if padded.shape[-2:] != lr.shape[-2:]:
            sr = sr[..., : height * self.scale, : width * self.scale]
        return sr / self.value_range if self.value_range != 1.0 else sr

    def padded_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the smallest LR size, (height, width) in pixels, the module takes for this one."""

        def grown(size_px: int) -> int:
            size_px = max(size_px, self.size_minimum)
            return -(-size_px // self.size_multiple) * self.size_multiple

        height, width = grown(height), grown(width)
        if self.square:
            height = width = max(height, width)
        return height, width

    def to(self, device: torch.device | str, *, channels_last: bool = False) -> "Backbone":
        """Move the module to `device` and choose its memory layout; in place.

        Args:
            device: Where to.
            channels_last: Lay out convolution weights and activations NHWC.

        Returns:
            This backbone.
        """
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.module.to(device=torch.device(device))
        self.module.to(memory_format=layout)
        self.channels_last = channels_last
        return self

    def clone(self) -> "Backbone":
        """Return a backbone with its own copy of the module, the same in every respect.

        Adapters, dtype and what wants a gradient are copied too.
        """
        other = copy.copy(self)
        other.module = copy.deepcopy(self.module)
        return other

    def check_adaptable(self) -> None:
        """Refuse the few networks that can upscale but not be trained in eval mode.

        Raises:
            BackboneError: If this is one of them.
        """
        why = _UNADAPTABLE.get(self.architecture)
        if why is not None:
            raise BackboneError(
                f"A {self.architecture} network can upscale photos but not be adapted: {why}.",
                path=self.path,
                remedy="Choose another network to adapt.",
            )

    def _pad(self, lr: Tensor) -> Tensor:
        height, width = lr.shape[-2:]
        padded_height, padded_width = self.padded_size(height, width)
        below, right = padded_height - height, padded_width - width
        if not below and not right:
            return lr
        reflected = (0, min(right, width - 1), 0, min(below, height - 1))
        lr = functional.pad(lr, reflected, mode="reflect")
        repeated = (0, right - reflected[1], 0, below - reflected[3])
        return functional.pad(lr, repeated, mode="replicate") if any(repeated) else lr
