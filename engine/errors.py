"""The one family of errors a user may see; every other exception is a bug."""

import contextlib
import errno
import os
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
    """A disk is full, gone or not writable, or a name is none that it takes."""


class DiskFullError(StorageError):
    """A disk is full, or a quota used up: nothing else that goes there will fit either."""


class BusyError(EngineError):
    """Another process is making this file or folder."""


class MemoryExhaustedError(EngineError):
    """The machine or the graphics card ran out of memory."""


_FREE_SOME = "Free some space or choose another folder, then try again."
_PLUGGED_IN = "Check that it is still plugged in or connected, then try again."
_OTHER_NAME = "Choose another folder, or a shorter and plainer name."

_FULL = {
    errno.ENOSPC: ("The disk is full.", _FREE_SOME),
    errno.EDQUOT: ("Your disk quota is used up.", _FREE_SOME),
}
_KNOWN = _FULL | {
    errno.EFBIG: (
        "The file grew larger than this disk allows.",
        "Choose a disk with another file system, or a smaller result.",
    ),
    errno.EROFS: ("The drive is read-only.", "Choose another folder."),
    errno.ENAMETOOLONG: ("This name or path is longer than the disk allows.", _OTHER_NAME),
    errno.ELOOP: ("Links lead in a circle here.", "Choose the file or folder itself."),
    errno.EBUSY: ("Another program is using this.", "Close that program, then try again."),
    errno.ETXTBSY: ("Another program is using this.", "Close that program, then try again."),
    errno.ENOTEMPTY: ("The folder is not empty.", "Choose another folder."),
}
_KNOWN |= dict.fromkeys(
    (errno.EACCES, errno.EPERM),
    ("No permission to use this file or folder.", "Choose another folder."),
)
_KNOWN |= dict.fromkeys(
    (errno.EINVAL, errno.EILSEQ), ("The disk does not take this name.", _OTHER_NAME)
)
_KNOWN |= dict.fromkeys(
    (errno.EMFILE, errno.ENFILE),
    ("Too many files are open on this computer.", "Close other programs, then try again."),
)
_KNOWN |= dict.fromkeys(
    (
        *(errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT),
        *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH),
        *(errno.ECONNRESET, errno.ECONNABORTED),
    ),
    ("The drive stopped answering.", _PLUGGED_IN),
)
_LEFT_TO_CALLERS = {
    errno.ENOENT: ("There is no such file or folder.", "It may have been moved or renamed."),
    errno.EEXIST: ("Something of this name is there already.", "Choose another name."),
    errno.ENOTDIR: ("A file is where a folder should be.", "Choose another folder."),
    errno.EISDIR: ("A folder is where a file should be.", "Choose another name."),
}
"""What often means something particular where it happens."""


@contextlib.contextmanager
def storage_errors(path: Path | str) -> Iterator[None]:
    """Turn what a disk or a system refuses into a `StorageError` that names `path`.

    What is missing or in the way passes through unchanged, and so does an `OSError` without a
    number, which libraries raise for files they cannot make sense of.
    """
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno is None or error.errno in _LEFT_TO_CALLERS:
            raise
        raise _storage_error(error, path) from error


def outside_error(error: OSError) -> StorageError:
    """Return what to tell the user of an `OSError` that nobody expected where it happened.

    Whatever the system refuses is a condition of the outside, never a bug of this program.
    """
    return _storage_error(error, error.filename)


def as_engine_error(error: EngineError | OSError) -> EngineError:
    """Return what to tell the user of either."""
    return error if isinstance(error, EngineError) else outside_error(error)


def _storage_error(error: OSError, path: Path | str | bytes | int | None) -> StorageError:
    number = error.errno or 0
    words = (_KNOWN | _LEFT_TO_CALLERS).get(number)
    if words is None:
        said = error.strerror or str(error) or type(error).__name__
        words = (f"The system refused this: {said}.", "Choose another folder, or try again.")
    kind = DiskFullError if number in _FULL else StorageError
    named = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else None
    return kind(words[0], path=named, remedy=words[1])
