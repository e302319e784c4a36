"""Reads the weights of PyTorch's own two kinds of file, without torch's reader of pickles."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from engine.backbones.forensics import is_harmless_global
from engine.backbones.pickle_values import PickleValues, TensorRecord, TensorStorage

_MOST_PICKLE_BYTES = 32 << 20
_DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
}
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001


def read_pytorch_zip(path: Path) -> Any:
    """Return what a file written by `torch.save` holds; tensors are views of its own bytes.

    Args:
        path: A zip archive whose members are stored as they are.

    Raises:
        ForbiddenGlobal: If it wants to run code.
        ValueError, TypeError, LookupError, AttributeError, zipfile.BadZipFile: If it is damaged.
        OSError: If the drive is gone.
    """
    with zipfile.ZipFile(path) as archive:
        pickled = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        root = pickled.removesuffix("data.pkl")
        if f"{root}byteorder" in archive.namelist():
            _check(archive.read(f"{root}byteorder") == b"little", "numbers are the other way round")
        _check(archive.getinfo(pickled).file_size <= _MOST_PICKLE_BYTES, "too long a description")
        values = PickleValues(io.BytesIO(archive.read(pickled)), is_harmless_global)
        return _with_tensors(values, lambda storage: archive.read(f"{root}data/{storage.key}"))


def check_pytorch_zip(file: IO[bytes]) -> None:
    """Make sure that torch's own reader will not be led to run or to make anything odd.

    Args:
        file: What `torch.save` wrote.

    Raises:
        ForbiddenGlobal: If it wants to run code.
        ValueError, TypeError, LookupError, AttributeError, zipfile.BadZipFile: If it is damaged.
    """
    size_bytes = file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
        unpacked_bytes = sum(member.file_size for member in members)
        _check(stored and unpacked_bytes <= size_bytes, "it unpacks to more than it is")
        pickled = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        PickleValues(io.BytesIO(archive.read(pickled)), is_harmless_global)


def read_pytorch_legacy(path: Path) -> Any:
    """Return what a file written by `torch.save` before version 1.6 holds, or a plain pickle does.

    Raises:
        ForbiddenGlobal: If it wants to run code.
        ValueError, TypeError, LookupError, AttributeError: If it is damaged.
        OSError: If the drive is gone.
    """
    with path.open("rb") as file:
        first = _pickle(file)
        if first.value != _LEGACY_MAGIC:
            return _with_tensors(first, _nowhere)
        _check(_pickle(file).value == _LEGACY_PROTOCOL, "an unknown version")
        _check(_pickle(file).value.get("little_endian") is True, "numbers are the other way round")
        values = _pickle(file)
        kinds = {
            record.storage.key: record.storage.kind
            for record in values.tensors
            if record.storage is not None
        }
        found = {}
        for key in _pickle(file).value:
            numel = int.from_bytes(_exactly(file, 8), "little")
            dtype = _DTYPES[kinds[str(key)]]
            found[str(key)] = _exactly(file, numel * dtype.itemsize)
        return _with_tensors(values, lambda storage: found[storage.key])


def _pickle(file: IO[bytes]) -> PickleValues:
    return PickleValues(file, is_harmless_global)


def _nowhere(_storage: TensorStorage) -> bytes:
    raise ValueError("numbers that are not in the file")


def _exactly(file: IO[bytes], count: int) -> bytes:
    # Asked first: a file that claims to go on for ever must not have memory laid out for that.
    here = file.tell()
    end = file.seek(0, io.SEEK_END)
    file.seek(here)
    _check(count <= end - here, "it breaks off")
    return file.read(count)


def _with_tensors(values: PickleValues, read: Callable[[TensorStorage], bytes]) -> Any:
    """Put tensors in the places of their descriptions, and return what the pickle holds."""
    read_already: dict[str, Tensor] = {}
    made: dict[int, Tensor] = {}
    for record in values.tensors:
        made[id(record)] = _tensor(record, read, read_already)
    # Every container once, however often it is held by others, and by itself.
    for container in values.containers:
        places = container.items() if isinstance(container, dict) else enumerate(container)
        for place, value in list(places):
            if isinstance(value, TensorRecord):
                container[place] = made[id(value)]
    value = values.value
    return made[id(value)] if isinstance(value, TensorRecord) else value


def _tensor(
    record: TensorRecord, read: Callable[[TensorStorage], bytes], read_already: dict[str, Tensor]
) -> Tensor:
    storage = record.storage
    if storage is None or storage.kind not in _DTYPES:
        return torch.empty(0, device="meta")  # of a kind that no network is made of
    dtype = _DTYPES[storage.kind]
    if storage.key not in read_already:
        data = bytearray(read(storage))
        _check(len(data) == storage.numel * dtype.itemsize, "numbers are missing")
        read_already[storage.key] = (
            torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        )
    numbers = read_already[storage.key]
    _check(numbers.dtype == dtype, "numbers of two kinds in one place")
    last = record.offset + sum(
        (side - 1) * step for side, step in zip(record.shape, record.stride, strict=True)
    )
    _check(0 in record.shape or last < numbers.numel(), "a tensor beyond its numbers")
    offset = 0 if 0 in record.shape else record.offset
    return numbers.as_strided(record.shape, record.stride, offset)


def _check(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(what)
