"""Turns a name, a file or any module into a `Backbone`, and a backbone into a file."""

import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.catalogue import find_backbone, unknown_backbone
from engine.backbones.detection import detect_backbone, verify_output
from engine.backbones.forensics import one_line
from engine.backbones.weight_files import (
    REMEDY_KIND,
    WEIGHT_SUFFIXES,
    check_tensors,
    read_weight_file,
    unusable,
)
from engine.errors import storage_errors
from engine.files import atomic_write_bytes, sha256_of
from engine.texts import visible


def load_backbone(name_or_path: str | Path, *, device: torch.device | str = "cpu") -> Backbone:
    """Load a backbone by name, or any SR network spandrel or we know from a file.

    Nothing in the file is executed.

    Args:
        name_or_path: The name of a shipped, downloaded or added backbone, or a .safetensors, .pth,
            .pt or .ckpt file. A `str` that is such a name means that; a `Path` is always a file.
        device: Where the module goes.

    Returns:
        The backbone with `path` and `sha256` set.

    Raises:
        BackboneError: If there is no such name or file, or the file is damaged, unsafe or not an
            RGB SR network. It names the file and what was found in it.
        StorageError: If the drive is gone or the file may not be read.
    """
    path = _resolve(name_or_path)
    weights = _unwrap(path, read_weight_file(path))
    with storage_errors(path):
        size_bytes = path.stat().st_size
    backbone = detect_backbone(
        check_tensors(path, weights, size_bytes), name=visible(path.stem), path=path
    )
    backbone.sha256 = sha256_of(path)
    return backbone.to(device)


def backbone_from_module(
    module: nn.Module,
    *,
    scale: int,
    value_range: float = 1.0,
    name: str = "custom",
    size_multiple: int = 1,
    size_minimum: int = 0,
) -> Backbone:
    """Make a backbone of any network that turns RGB into RGB `scale` times as large.

    The module is taken over, not copied: it is frozen in float32 and eval mode. It is run once on
    a small image.

    Args:
        module: Takes (N, 3, H, W) and gives (N, 3, H * scale, W * scale).
        scale: Integer factor from LR to SR.
        value_range: What the module expects and gives for white, such as 255.
        name: Name of the backbone.
        size_multiple: LR height and width must be multiples of this, in pixels.
        size_minimum: Smallest LR height and width, in pixels.

    Raises:
        ValueError: If `scale` or `value_range` is not positive.
        BackboneError: If the module fails, or gives another size or numbers that are not finite.
    """
    if scale < 1 or not value_range > 0:
        raise ValueError(f"scale {scale} and value range {value_range} must be positive")
    backbone = Backbone(
        name=name,
        architecture="custom",
        module=module,
        scale=scale,
        value_range=value_range,
        size_multiple=size_multiple,
        size_minimum=size_minimum,
    )
    verify_output(backbone)
    return backbone


def save_backbone(backbone: Backbone, path: Path) -> None:
    """Write the backbone's weights to a .safetensors file that plain spandrel loads, atomically.

    An EDSR needs `register_edsr()` before spandrel's own loader knows it.

    Args:
        backbone: Without adapters: merge them first.
        path: The file to create or replace.

    Raises:
        ValueError: If adapters are still attached to the module.
        StorageError: If the disk is full, gone or not writable.
    """
    weights = backbone.module.state_dict()
    if any("parametrizations." in name for name in weights):
        raise ValueError("merge the adapters before saving the backbone")
    # Cloned one by one, because the format refuses tensors that share memory.
    copies: dict[str, Tensor] = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in weights.items()
    }
    metadata = {"architecture": backbone.architecture, "scale": str(backbone.scale)}
    atomic_write_bytes(path, save(copies, metadata=metadata))


def _resolve(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path):
        return name_or_path
    known = find_backbone(name_or_path)
    if known is not None:
        return known
    path = Path(name_or_path).expanduser()
    separators = {os.sep, os.altsep or os.sep}
    looks_like_path = path.suffix.lower() in WEIGHT_SUFFIXES or bool(separators & {*name_or_path})
    if looks_like_path or path.exists():
        return path
    raise unknown_backbone(name_or_path)


def _unwrap(path: Path, content: dict[Any, Any]) -> dict[Any, Any]:
    """Return the innermost weights, without the wrappers and prefixes training tools add."""
    from spandrel import canonicalize_state_dict  # noqa: PLC0415 - takes 4 s

    try:
        return dict(canonicalize_state_dict(content))
    except (AttributeError, TypeError) as error:  # names that are not text
        found = f"a dictionary without a network's weights ({one_line(error)})"
        raise unusable(path, found, remedy=REMEDY_KIND) from error
