"""Where this user's programs meet: a socket that no other user can take the place of."""

import getpass
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

_LONGEST_BYTES = 90
"""Systems take 104 or 108 bytes for a socket's path; Qt makes it under a longer name first."""


def socket_path(name: str) -> str | None:
    """Return the full name of a socket, whose folder only this user can enter.

    Args:
        name: Of the socket, short.

    Returns:
        None where there is no such folder; then the program does without.
    """
    if sys.platform == "win32":  # pipes have no folder, but belong to who made them
        return f"{name}-{getpass.getuser()}"
    for folder in _folders():
        path = folder / name
        if len(os.fsencode(path)) <= _LONGEST_BYTES and _is_private(folder):
            return str(path)
    return None


def _folders() -> Iterator[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")  # only systems with a session have one
    if runtime:
        yield Path(runtime) / "adaptsr"
    yield Path(platformdirs.user_state_dir("adaptsr")) / "run"
    yield Path(tempfile.gettempdir()) / f"adaptsr-{os.getuid()}"  # where both are too long


def _is_private(folder: Path) -> bool:
    """Make a folder, and tell whether it is this user's own and closed to all others."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()  # a link may lead to where others are at home
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            return False
        if status.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError:
        return False
    return True
