"""Files that are either wholly written or not there at all."""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from engine.errors import ConfigError, StorageError, storage_errors
from engine.formatting import format_size
from engine.unfinished import unfinished_path

_NO_HARD_LINKS = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
)

_PIECE_BYTES = 1 << 20
SMALL_BYTES = 64 << 20
"""More than any text this program writes; a rank map of a large network takes a megabyte."""


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Lend a temporary path beside `path`; what lies there on a clean exit becomes `path`.

    The bytes reach the disk before the name does, so a crash or a pulled plug leaves either the
    old file or the new one. After an exception nothing is left behind.

    Args:
        path: The file to create or replace. Its folder is created.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    temp = unfinished_path(path)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temp
            sync(temp)
            temp.replace(path)
        finally:
            temp.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make sure that a file's bytes are on the disk before anything is said about it.

    Raises:
        OSError: If the disk is full or gone.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def rename_new(temp: Path, path: Path) -> None:
    """Give `temp` the name `path` in one step, which fails if something has that name.

    Raises:
        FileExistsError: If something is there; both are then as they were.
        OSError: If the disk is gone or not writable.
    """
    if os.name == "nt":
        temp.rename(path)  # which there refuses to replace
        return
    try:
        path.hardlink_to(temp)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # The file system leaves no other way: a moment remains between the look and the name.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        temp.rename(path)
        return
    temp.unlink()


def atomic_write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` as a whole, creating its folder.

    Raises:
        StorageError: If the disk is full, gone or not writable; `path` is then as it was.
    """
    with atomic_path(path) as temp:
        temp.write_bytes(data)


def atomic_write_text(path: Path, text: str) -> None:
    r"""Write `text` to `path` as UTF-8 with "\n" line ends, as a whole, creating its folder.

    Raises:
        StorageError: If the disk is full, gone or not writable; `path` is then as it was.
    """
    atomic_write_bytes(path, text.encode("utf-8"))


def refuse_existing(path: Path | None, *, overwrite: bool) -> None:
    """Refuse a file that is there before any work is done for it.

    Args:
        path: Where a document is to go; None for nowhere.
        overwrite: The user said that it may be replaced.

    Raises:
        ConfigError: If it may not, or is a folder.
    """
    if path is None or not os.path.lexists(path):
        return
    if path.is_dir():
        raise ConfigError(
            "There is a folder of this name already.", path=path, remedy="Choose another name."
        )
    if not overwrite:
        raise ConfigError(
            "There is a file of this name already.",
            path=path,
            remedy="Choose another name, or say that it may be replaced (--overwrite).",
        )


def open_ordinary(path: Path) -> BufferedReader:
    """Open an ordinary file to read it; nothing that never ends, and nothing that waits.

    Raises:
        FileNotFoundError, NotADirectoryError, IsADirectoryError: As `open` does.
        StorageError: If it is a pipe, a socket or a device, or may not be read.
    """
    with storage_errors(path):
        status = path.stat()
        kind = status.st_mode
        if stat.S_ISREG(kind) and not status.st_size:
            # The system's own files say that they are empty, and reading some of them never ends.
            return Path(os.devnull).open("rb")
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            raise StorageError(
                "This is a pipe or a device, not an ordinary file.",
                path=path,
                remedy="Choose a file.",
            )
        return path.open("rb")


def read_small(path: Path, *, most_bytes: int = SMALL_BYTES) -> bytes:
    """Return what an ordinary file holds that is known to be small, such as settings or a card.

    Raises:
        FileNotFoundError, NotADirectoryError, IsADirectoryError: As `open` does.
        StorageError: If it is larger, is no ordinary file, or may not be read.
    """
    data = bytearray()
    with open_ordinary(path) as file, storage_errors(path):
        # In pieces: `read` makes room for all it was asked for before it reads anything.
        while len(data) <= most_bytes and (piece := file.read(_PIECE_BYTES)):
            data += piece
    if len(data) > most_bytes:
        raise StorageError(
            f"This file is larger than {format_size(most_bytes)}; it cannot be what it should be.",
            path=path,
            remedy="Choose another file.",
        )
    return bytes(data)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of an ordinary file's bytes as 64 hexadecimal digits.

    Raises:
        StorageError: If the drive is gone or the file may not be read.
    """
    with open_ordinary(path) as file, storage_errors(path):
        return hashlib.file_digest(file, "sha256").hexdigest()
