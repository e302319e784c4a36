"""Paths as text that can be stored, as keys that tell files apart, and names that fit a disk.

A disk keeps names as bytes, and not all of them are UTF-8: old archives, cameras and network drives
leave others. Python carries them as lone surrogates, which no encoder of text takes.
"""

import os
import unicodedata
from pathlib import Path, PurePath
from typing import Annotated
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import PlainSerializer, PlainValidator

_ENCODED = "file:"
NAME_MAX_BYTES = 255
"""What nearly every file system allows for one name."""


def storable(path: PurePath | str) -> str:
    """Return a path as text that every encoder takes; `restored` turns it back.

    Only names that are not UTF-8 look different: percent-encoded behind "file:".
    """
    text = str(path)
    if is_utf8(text) and not text.startswith(_ENCODED):
        return text
    return _ENCODED + quote_from_bytes(os.fsencode(text))


def restored(text: str) -> str:
    """Return the path that `storable` was given."""
    if not text.startswith(_ENCODED):
        return text
    return os.fsdecode(unquote_to_bytes(text.removeprefix(_ENCODED)))


def is_utf8(text: str) -> bool:
    """Return whether text can be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_path(value: object) -> Path:
    if isinstance(value, str):
        return Path(restored(value))
    if isinstance(value, Path):
        return value
    raise ValueError("it is no path")


def _as_pure_path(value: object) -> PurePath:
    return value if isinstance(value, PurePath) else PurePath(_as_path(value))


# Not pydantic's own paths: those refuse what is not UTF-8.
StoredPath = Annotated[
    Path, PlainValidator(_as_path), PlainSerializer(storable, str, when_used="json")
]
"""A path in settings and records, whatever bytes it is made of."""

StoredPurePath = Annotated[
    PurePath, PlainValidator(_as_pure_path), PlainSerializer(storable, str, when_used="json")
]
"""The same, for paths that are relative to something."""


def _as_name(value: object) -> str:
    if isinstance(value, str):
        return restored(value)
    raise ValueError("it is no text")


StoredName = Annotated[
    str, PlainValidator(_as_name), PlainSerializer(storable, str, when_used="json")
]
"""A name that may be a path instead, such as a network's."""


def spelling_key(path: Path) -> str:
    """Return what is the same for all spellings of a file's path.

    File systems differ in whether they tell upper from lower case and composed from decomposed
    letters, and one run may touch several; so none is relied on. Links on the way are followed,
    the last part is not: a name is what is taken or free.
    """
    folder = os.path.realpath(path.parent)
    text = os.path.join(folder, path.name)  # noqa: PTH118 - realpath gives text
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def file_key(path: Path) -> tuple[int, int] | None:
    """Return what is the same for all links to a file; None where there is none to be had."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def photo_key(path: Path) -> object:
    """Return what is the same however one photo is reached: by a link, by another spelling.

    Two hard links are two photos: each has a name of its own, and may get another result.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return spelling_key(path)
    if status.st_nlink == 1:
        return status.st_dev, status.st_ino
    return os.path.realpath(path)


def fitting_name(stem: str, ending: str, *, spare_bytes: int = 0) -> str:
    """Return `stem` + `ending`, the stem cut so that a disk takes the name.

    Args:
        stem: What may be cut; never within a character.
        ending: What stays.
        spare_bytes: To leave free beside what disks allow.
    """
    room = NAME_MAX_BYTES - spare_bytes - len(os.fsencode(ending))
    if len(os.fsencode(stem)) <= room:
        return stem + ending
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem.rstrip() + ending
