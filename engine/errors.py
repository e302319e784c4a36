"""The one family of errors a user may see; every other exception is a bug."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path


class EngineError(Exception):
    """Something the user can understand and act on.

    Args:
        what: What happened, one sentence without the file name.
        path: The file or folder it happened to, if any.
        remedy: What the user can do next, one sentence.
    """

    def __init__(self, what: str, *, path: Path | str | None = None, remedy: str = "") -> None:
        self.what = what
        self.path = None if path is None else Path(path)
        self.remedy = remedy
        super().__init__(what, self.path, remedy)

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}: "
        return f"{where}{self.what}{' ' + self.remedy if self.remedy else ''}"


class BackboneError(EngineError):
    """A network file cannot be used: damaged, unsupported or unsafe."""


class PhotoError(EngineError):
    """A photo cannot be read, or its result cannot be written."""


class PairsError(EngineError):
    """A folder does not hold enough usable LR/HR pairs."""


class BudgetError(EngineError):
    """A parameter budget cannot be met by the chosen ranks."""


class ConfigError(EngineError):
    """A setting is out of range or contradicts another one."""


class MergeMismatchError(EngineError):
    """The merged network does not compute what the adapted one computes."""


class ExportError(EngineError):
    """A network cannot be written in another program's format, or would be wrong there."""


class TrainingDivergedError(EngineError):
    """The loss stayed non-finite although steps were skipped."""


class CheckpointError(EngineError):
    """A checkpoint cannot be read or belongs to another run."""


class ProfileError(EngineError):
    """A camera profile on disk cannot be used."""


class DownloadError(EngineError):
    """A file cannot be fetched: no connection, no such file, or another file than expected."""


class StorageError(EngineError):
    """A disk is full, gone or not writable."""


class MemoryExhaustedError(EngineError):
    """The machine or the graphics card ran out of memory."""


_STORAGE_REMEDIES = {
    errno.ENOSPC: (
        "The disk is full.",
        "Free some space or choose another folder, then try again.",
    ),
    errno.EDQUOT: ("Your disk quota is used up.", "Free some space or choose another folder."),
    errno.EFBIG: (
        "The file grew larger than this disk allows.",
        "Choose a disk with another file system, or a smaller result.",
    ),
    errno.EIO: (
        "The drive stopped answering.",
        "Check that it is still plugged in, then try again.",
    ),
    errno.ENODEV: ("The drive is gone.", "Plug it in again, then try again."),
    errno.EROFS: ("The drive is read-only.", "Choose another folder."),
    errno.EACCES: ("No permission to use this file or folder.", "Choose another folder."),
    errno.EPERM: ("No permission to use this file or folder.", "Choose another folder."),
}


@contextlib.contextmanager
def storage_errors(path: Path | str) -> Iterator[None]:
    """Turn a full, pulled or read-only drive into a `StorageError` that names `path`.

    An `OSError` of any other kind passes through unchanged.
    """
    try:
        yield
    except OSError as error:
        known = _STORAGE_REMEDIES.get(error.errno or 0)
        if known is None:
            raise
        what, remedy = known
        raise StorageError(what, path=path, remedy=remedy) from error
