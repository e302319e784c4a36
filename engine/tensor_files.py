"""Reads safetensors files, whatever their path is made of."""

from pathlib import Path

from safetensors.torch import load, load_file
from torch import Tensor

from engine.paths import is_utf8


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, on the CPU.

    Raises:
        SafetensorError: If it is damaged.
        OSError: If it may not be read.
    """
    if is_utf8(str(path)):
        return load_file(path)
    return load(path.read_bytes())  # the library maps files by names that are UTF-8 only
