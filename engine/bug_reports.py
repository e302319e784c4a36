"""Keeps what is known about a bug in a file the user can send, and keeps few of them."""

import contextlib
import platform
import sys
import traceback
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import platformdirs

from engine import __version__
from engine.errors import StorageError
from engine.files import atomic_write_text
from engine.texts import visible

_KEPT = 20
_PACKAGES = ("torch", "spandrel", "numpy", "pillow")


def log_dir() -> Path:
    """Return the folder for this user's logs."""
    return Path(platformdirs.user_log_dir("adaptsr"))


def write_bug_report(error: BaseException, job: str) -> Path | None:
    """Write an unexpected exception with its traceback and the versions at hand.

    Args:
        error: What was raised.
        job: What was being done.

    Returns:
        The file, or None where none can be written: a bug must not hide behind a full disk.
    """
    now = datetime.now(UTC)
    path = log_dir() / f"bug-{now:%Y%m%d-%H%M%S-%f}-{job}.log"
    versions = [f"adaptsr {__version__}", f"python {platform.python_version()}"]
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{package} {metadata.version(package)}")
    text = (
        f"{now.isoformat()} {job}\n{', '.join(versions)}\n{platform.platform()} {sys.executable}\n\n"
        f"{''.join(traceback.format_exception(error))}"
    )
    try:
        atomic_write_text(path, visible(text, lines=True))
        for old in sorted(log_dir().glob("bug-*.log"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except (StorageError, OSError):
        return None
    return path
