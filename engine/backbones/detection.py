"""Finds out which network a dictionary of weights belongs to, and rebuilds it.

spandrel, which knows the architectures, takes 4 seconds to import: only inside functions, here.
"""

import functools
import math
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.bounded_work import BoundedWork, OutOfProportion
from engine.backbones.forensics import one_line
from engine.backbones.weight_files import describe_tensors
from engine.errors import BackboneError
from engine.formatting import format_size

if TYPE_CHECKING:
    from spandrel import ArchRegistry, ImageModelDescriptor, ModelDescriptor

_REMEDY = "Choose a super-resolution network that turns one colour photo into a larger one."

BUILD_ERRORS = (
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
)
"""What spandrel's architectures raise on options or weights that do not fit them."""

_WINDOWED = frozenset({"SwinIR", "DRCT"})
_PROBE_SIZE_PX = (16, 24)
_MOST_PROBE_PX = 512
MOST_SCALE = 8
"""No published network enlarges more; a file that says so is damaged, or made to fill memory."""


def detect_backbone(weights: dict[str, Tensor], *, name: str, path: Path | None = None) -> Backbone:
    """Rebuild the network that `weights` belong to.

    Args:
        weights: Parameters and buffers by name, finite, on the CPU.
        name: Name of the backbone.
        path: Where the weights came from, for messages.

    Returns:
        The backbone on the CPU, verified to enlarge an image by its scale.

    Raises:
        BackboneError: If no known architecture fits, or it is not an SR network for RGB.
    """
    descriptor = _as_super_resolution(_rebuild(weights, path), path)
    architecture = str(descriptor.architecture.id)
    needs = descriptor.size_requirements
    backbone = Backbone(
        name=name,
        architecture=architecture,
        module=descriptor.model,
        scale=descriptor.scale,
        size_multiple=math.lcm(needs.multiple_of, _window_px(architecture, descriptor.model)),
        size_minimum=needs.minimum,
        square=needs.square,
        path=path,
        run=descriptor._call_fn,  # its own call clamps and detaches
    )
    verify_output(backbone)
    return backbone


def verify_output(backbone: Backbone) -> None:
    """Run the backbone once on a small image.

    Raises:
        BackboneError: If it fails, or its output is not an image `scale` times as large.
    """
    reference = next(backbone.module.parameters(), torch.empty(0))
    height, width = backbone.padded_size(*_PROBE_SIZE_PX)
    if max(height, width) > _MOST_PROBE_PX:
        what = f"This network takes no photos smaller than {width}×{height} pixels."
        raise BackboneError(what, path=backbone.path, remedy=_REMEDY)
    generator = torch.Generator().manual_seed(0)
    lr = torch.rand(1, 3, height, width, generator=generator).to(reference.device)
    try:
        weights_bytes = _bytes_of(backbone.module.state_dict().values())
        with torch.no_grad(), library_quirks(), BoundedWork(weights_bytes, in_all=False):
            sr: object = backbone(lr)
    except OutOfProportion as error:
        raise _too_large(backbone.path, error) from error
    except BUILD_ERRORS as error:
        what = f"This network fails on an image of {width}×{height} pixels: {one_line(error)}."
        raise BackboneError(what, path=backbone.path, remedy=_REMEDY) from error
    if not isinstance(sr, Tensor):
        what = f"This network does not give an image but a {type(sr).__name__}."
        raise BackboneError(what, path=backbone.path, remedy=_REMEDY)
    if sr.shape != (1, 3, height * backbone.scale, width * backbone.scale):
        what = (
            f"This network should enlarge {backbone.scale} times, but it turned an image of shape"
            f" {tuple(lr.shape)} into one of shape {tuple(sr.shape)}."
        )
        raise BackboneError(what, path=backbone.path, remedy="Check its scale.")
    if not bool(torch.isfinite(sr).all()):
        what = "This network gives numbers that are not finite."
        raise BackboneError(what, path=backbone.path, remedy=_REMEDY)


@contextmanager
def library_quirks() -> Iterator[None]:
    """Build and run spandrel's networks without their noise and without a trace.

    torch's random numbers on the CPU go on afterwards as if nothing had been drawn, and the
    warning about `torch.meshgrid` that the transformers give is silenced. Both are settings of the
    whole process: a thread that trains meanwhile must draw from a generator of its own.
    """
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.meshgrid")
        yield


@functools.cache
def _registry() -> "ArchRegistry":
    from spandrel import MAIN_REGISTRY, ArchSupport  # noqa: PLC0415 - takes 4 s

    from engine.backbones.edsr_architecture import EDSRArchitecture  # noqa: PLC0415 - spandrel

    registry = MAIN_REGISTRY.copy()
    registry.add(ArchSupport.from_architecture(EDSRArchitecture()), ignore_duplicates=True)
    return registry


def _rebuild(weights: dict[str, Tensor], path: Path | None) -> "ModelDescriptor":
    from spandrel import UnsupportedModelError  # noqa: PLC0415 - takes 4 s

    found = describe_tensors(weights)
    try:
        with library_quirks(), BoundedWork(_bytes_of(weights.values()), in_all=True):
            return _registry().load(dict(weights))
    except OutOfProportion as error:
        raise _too_large(path, error) from error
    except UnsupportedModelError as error:
        what = f"This network cannot be used: {found}: no known architecture."
        raise BackboneError(what, path=path, remedy=_REMEDY) from error
    except BUILD_ERRORS as error:
        what = (
            f"This network cannot be used: {found}; they resemble a known architecture but do not"
            f" fit it ({one_line(error)})."
        )
        raise BackboneError(what, path=path, remedy=_REMEDY) from error


def _bytes_of(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _too_large(path: Path | None, error: OutOfProportion) -> BackboneError:
    what = (
        "This network cannot be used: it is out of all proportion to its file, and would need "
        f"{format_size(error.needed_bytes)} at once."
    )
    return BackboneError(what, path=path, remedy=_REMEDY)


def _as_super_resolution(
    descriptor: "ModelDescriptor", path: Path | None
) -> "ImageModelDescriptor[nn.Module]":
    from spandrel import ImageModelDescriptor  # noqa: PLC0415 - takes 4 s

    kind = f"it is a {descriptor.architecture.name} network"
    channels = (descriptor.input_channels, descriptor.output_channels)
    if not isinstance(descriptor, ImageModelDescriptor) or descriptor.purpose != "SR":
        what = f"{kind} for {descriptor.purpose.lower()}, not for super-resolution"
    elif descriptor.scale < 2:
        what = f"{kind} that does not enlarge"
    elif descriptor.scale > MOST_SCALE:
        what = f"{kind} that enlarges {descriptor.scale} times, where {MOST_SCALE} are the most"
    elif channels != (3, 3):
        what = f"{kind} from {channels[0]} to {channels[1]} channels, not from colour to colour"
    else:
        return descriptor
    raise BackboneError(f"This network cannot be used: {what}.", path=path, remedy=_REMEDY)


def _window_px(architecture: str, module: nn.Module) -> int:
    """Return the side of the attention window, with which spandrel's requirement is too lax."""
    window_px = getattr(module, "window_size", 1) if architecture in _WINDOWED else 1
    return int(window_px) * int(getattr(module, "start_unshuffle", 1))
