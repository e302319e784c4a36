"""Says what a file that is not a usable network holds, without executing anything in it."""

import codecs
import pickle
import pickletools
import re
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_HARMLESS_GLOBAL = re.compile(
    r"collections\.OrderedDict"
    r"|torch\.(Size|Tensor|device|\w*Storage|b?float\w+|u?int\w+|bool|half|double|long|short)"
    r"|torch\._utils\._rebuild_\w+"
    r"|torch\._tensor\._rebuild_\w+"
    r"|torch\.nn\.parameter\.Parameter"
    r"|torch\.serialization\._get_layout"
)
_SIGNATURES = (
    (b"version https://git-lfs", "a Git LFS pointer, not the network itself"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89HDF", "an HDF5 (Keras) file"),
    (b"GGUF", "a GGUF file"),
)
# What the unpickler and the tensor rebuilders raise on damaged or hostile input.
READ_ERRORS = (
    RuntimeError,
    pickle.UnpicklingError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    MemoryError,
    struct.error,
)
_LEGACY_PICKLES = 5


def describe_other(head: bytes) -> str | None:
    """Say what kind of file begins with `head`; None if nothing gives it away."""
    for signature, description in _SIGNATURES:
        if head.startswith(signature):
            return description
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # may end inside a character
    except UnicodeDecodeError:
        return None
    if not text or not all(char.isprintable() or char.isspace() for char in text):
        return None
    if text.lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        return "a web page: the download went wrong"
    return f"a text file that begins with “{' '.join(text.split())[:40]}”"


def is_harmless_global(name: str) -> bool:
    """Tell whether a name in a pickle only serves to rebuild tensors."""
    return _HARMLESS_GLOBAL.fullmatch(name) is not None


def forbidden_globals(path: Path) -> list[str]:
    """Return the names a pickle would import besides those that rebuild tensors, unexecuted."""
    names: list[str] = []
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                member = next(name for name in archive.namelist() if name.endswith("data.pkl"))
                with archive.open(member) as file:
                    names += _globals_of(file, pickles=1)
        else:
            with path.open("rb") as file:
                names += _globals_of(file, pickles=_LEGACY_PICKLES)
    except (OSError, zipfile.BadZipFile, *READ_ERRORS):
        return []
    return sorted({name for name in names if not is_harmless_global(name)})


def _globals_of(file: IO[bytes], *, pickles: int) -> list[str]:
    names: list[str] = []
    strings: list[str] = []
    try:
        for _ in range(pickles):
            for opcode, argument, _position in pickletools.genops(file):
                if opcode.name in {"GLOBAL", "INST"}:
                    name = str(argument).replace(" ", ".")
                    names.append(name.replace("__builtin__.", "builtins."))  # Python 2's name
                elif opcode.name == "STACK_GLOBAL" and len(strings) > 1:
                    names.append(".".join(strings[-2:]))
                elif isinstance(argument, str):
                    strings.append(argument)
    except READ_ERRORS:
        return names  # what stands before the damage still tells what it is
    return names


def some(names: Sequence[str]) -> str:
    """List the first three names and count the others."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def one_line(error: BaseException) -> str:
    """Return the start of an error's text, on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}..."
