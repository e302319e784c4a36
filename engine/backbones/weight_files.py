"""Reads weight files without running anything that is in them, and says what a bad one holds."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from engine.backbones.forensics import (
    READ_ERRORS,
    describe_other,
    forbidden_globals,
    one_line,
    some,
)
from engine.backbones.pickle_values import ForbiddenGlobal
from engine.backbones.pytorch_files import read_pytorch_legacy, read_pytorch_zip
from engine.errors import BackboneError, storage_errors
from engine.files import open_ordinary
from engine.tensor_files import load_tensors

WEIGHT_SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")

_REMEDY_DOWNLOAD = "Download it again, or choose another network."
_REMEDY_CODE = (
    "Don't use it unless you trust its author; ask for a .safetensors file, which cannot hold code."
)
REMEDY_KIND = "Choose a super-resolution network saved as .safetensors or .pth."

_MOST_LAYERS = 10_000


def unusable(path: Path, found: str, *, remedy: str) -> BackboneError:
    """Return the error for a network file in which only `found` was found."""
    return BackboneError(f"This network cannot be used: it is {found}.", path=path, remedy=remedy)


def read_weight_file(path: Path) -> dict[Any, Any]:
    """Read the dictionary a network file holds; nothing in the file is executed.

    The content decides how it is read, whichever of `WEIGHT_SUFFIXES` the name ends in.

    Args:
        path: A .safetensors, .pth, .pt or .ckpt file.

    Returns:
        The file's own dictionary, tensors on the CPU, wrappers such as "params_ema" still around.

    Raises:
        BackboneError: If it is missing, damaged, of another kind, or wants to run code.
        StorageError: If the drive is gone or the file may not be read.
    """
    with storage_errors(path):
        exists, is_folder = path.exists(), path.is_dir()
    if not exists:
        raise BackboneError(
            "There is no such file.", path=path, remedy="Check the name, or choose another network."
        )
    if is_folder:
        raise unusable(path, "a folder", remedy=REMEDY_KIND)
    if path.suffix.lower() not in WEIGHT_SUFFIXES:
        kind = f"a {path.suffix} file" if path.suffix else "a file without an ending"
        raise unusable(path, kind, remedy=REMEDY_KIND)
    with storage_errors(path):
        size_bytes = path.stat().st_size
        with open_ordinary(path) as file:
            head = file.read(64)
    if not head:
        raise unusable(path, "an empty file", remedy=_REMEDY_DOWNLOAD)
    # Asked first: the length a safetensors file begins with may look like any other signature.
    if head[8:9] == b"{":
        return _read_safetensors(path, head, size_bytes)
    if head.startswith(b"PK\x03\x04"):
        return _read_zip(path, size_bytes)
    if head.startswith(b"\x80"):
        return _read_pickle(path, size_bytes)
    other = describe_other(head)
    if other is not None:
        raise unusable(path, other, remedy=_REMEDY_DOWNLOAD)
    return _read_safetensors(path, head, size_bytes)


def _read_safetensors(path: Path, head: bytes, size_bytes: int) -> dict[Any, Any]:
    claimed_bytes = int.from_bytes(head[:8], "little")
    if size_bytes < 8 or claimed_bytes > size_bytes - 8:
        if path.suffix.lower() != ".safetensors":
            found = f"an unknown kind of file, its first bytes are {head[:8].hex(' ')}"
            raise unusable(path, found, remedy=REMEDY_KIND)
        found = (
            f"a truncated safetensors header, or none at all: it announces {claimed_bytes:,} bytes"
            f" of header in a file of {size_bytes:,}"
        )
        raise unusable(path, found, remedy=_REMEDY_DOWNLOAD)
    try:
        with storage_errors(path):
            return dict(load_tensors(path))
    except (SafetensorError, *READ_ERRORS) as error:
        found = f"a damaged safetensors file ({one_line(error)})"
        raise unusable(path, found, remedy=_REMEDY_DOWNLOAD) from error


def _read_zip(path: Path, size_bytes: int) -> dict[Any, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, *READ_ERRORS) as error:
        found = f"a PyTorch file that breaks off after {size_bytes:,} bytes"
        raise unusable(path, found, remedy=_REMEDY_DOWNLOAD) from error
    names = [member.filename for member in members]
    if not any(name.endswith("data.pkl") for name in names):
        found = f"a zip archive with {some(names)}"
        raise unusable(path, found, remedy=REMEDY_KIND)
    if any(name.endswith("constants.pkl") for name in names):
        raise unusable(path, "a TorchScript program, which is code", remedy=_REMEDY_CODE)
    # PyTorch stores its members uncompressed; anything else may unpack to fill the memory.
    if any(member.compress_type != zipfile.ZIP_STORED for member in members) or (
        sum(member.file_size for member in members) > size_bytes
    ):
        unpacked = sum(member.file_size for member in members)
        found = f"a compressed archive that would unpack {size_bytes:,} bytes to {unpacked:,}"
        raise unusable(path, found, remedy=_REMEDY_DOWNLOAD)
    return _read_pickle(path, size_bytes, read_pytorch_zip)


def _read_pickle(
    path: Path, size_bytes: int, read: Callable[[Path], Any] = read_pytorch_legacy
) -> dict[Any, Any]:
    try:
        with storage_errors(path):
            loaded = read(path)
    except ForbiddenGlobal as error:
        requested = forbidden_globals(path) or [error.name]
        found = f"a pickle that wants to run {some(requested)}"
        raise unusable(path, found, remedy=_REMEDY_CODE) from error
    except (zipfile.BadZipFile, *READ_ERRORS) as error:
        found = f"a damaged PyTorch file of {size_bytes:,} bytes"
        raise unusable(path, found, remedy=_REMEDY_DOWNLOAD) from error
    if not isinstance(loaded, dict):
        found = f"a PyTorch file with a single {type(loaded).__name__} instead of named weights"
        raise unusable(path, found, remedy=REMEDY_KIND)
    return loaded


def check_tensors(path: Path, weights: dict[Any, Any], size_bytes: int) -> dict[str, Tensor]:
    """Return `weights` if it maps names to finite tensors that fit in the file they came from.

    Args:
        path: The file, for the message.
        weights: The innermost dictionary of the file.
        size_bytes: Size of the file.

    Raises:
        BackboneError: If it holds anything else.
    """
    tensors = {
        name: value
        for name, value in weights.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if not tensors or len(tensors) < len(weights):
        found = f"a dictionary of {some(list(map(str, weights)))}, without a network's weights"
        raise unusable(path, found if weights else "an empty dictionary", remedy=REMEDY_KIND)
    odd = [name for name, tensor in tensors.items() if not _is_plain(tensor)]
    if odd:
        found = f"a dictionary in which {some(odd)} is not made of plain numbers"
        raise unusable(path, found, remedy=REMEDY_KIND)
    # A few bytes can describe a tensor of any size by repeating one number.
    described_bytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if described_bytes > 4 * size_bytes:
        found = (
            f"a file of {size_bytes:,} bytes that describes {described_bytes:,} bytes of weights"
        )
        raise unusable(path, found, remedy=_REMEDY_DOWNLOAD)
    for name, tensor in tensors.items():
        if any(part.isdecimal() and int(part) > _MOST_LAYERS for part in name.split(".")):
            raise unusable(
                path, f"not a network: {name} is out of all proportion", remedy=REMEDY_KIND
            )
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor.float()).all()):
            found = f"broken: {name} holds numbers that are not finite"
            raise unusable(path, found, remedy=_REMEDY_DOWNLOAD)
    return tensors


def _is_plain(tensor: Tensor) -> bool:
    return (
        tensor.layout == torch.strided
        and tensor.device.type == "cpu"
        and not tensor.is_complex()
        and not tensor.is_quantized
    )


def describe_tensors(tensors: dict[str, Tensor]) -> str:
    """Say what a dictionary of weights looks like: "412 tensors, the first a, b, c"."""
    names = ", ".join(list(tensors)[:3])
    return f"{len(tensors)} tensors, the first {names}"
