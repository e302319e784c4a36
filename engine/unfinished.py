"""Names of what is not finished yet; they tell later whether the process that made it still runs.

Every such name holds a mark: which user on which computer, which process, and a number of its own.
What bears this user's mark and a dead process's is junk, and is deleted at the next start. Nothing
else is: another user's or another computer's unfinished file may well be at work.
"""

import contextlib
import functools
import hashlib
import os
import platform
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from engine.locks import alive_lock, is_alive, locks_folder

_NAME_CHARACTERS = 45
"""Of the final name: with four bytes each and the mark it stays below a file system's 255."""
_MARK = re.compile(r"^\..*\.([0-9a-f]{6})-([0-9a-f]{10})-[0-9a-f]{8}(\.\w+)?$", re.DOTALL)


def unfinished_path(path: Path, suffix: str = ".tmp") -> Path:
    """Return a hidden path beside `path` that nobody else has, to be renamed to it when whole.

    The first one in a folder deletes what killed processes left there.

    Args:
        path: What is made; need not exist.
        suffix: What the name ends in, for programs that go by it.
    """
    remove_unfinished_once(path.parent)
    name = f".{path.name[:_NAME_CHARACTERS]}.{_process_mark()}-{uuid.uuid4().hex[:8]}{suffix}"
    return path.with_name(name)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Lend a folder in the system's own folder for such, and delete it afterwards.

    Raises:
        OSError: If it cannot be made.
    """
    folder = new_scratch_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_scratch_folder() -> Path:
    """Make a folder in the system's own folder for such; the caller deletes it.

    Raises:
        OSError: If it cannot be made.
    """
    folder = unfinished_path(Path(tempfile.gettempdir()) / "adaptsr", "")
    folder.mkdir(mode=0o700)
    return folder


def remove_unfinished(folder: Path) -> int:
    """Delete what this user's killed processes left in `folder`, and return how many there were.

    Args:
        folder: Need not exist; folders in it are not looked through.
    """
    removed = 0
    with contextlib.suppress(OSError):
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(".")]
        for name in names:
            if _is_left_over(name):
                _remove(folder / name)
                removed += 1
    return removed


def is_unfinished(path: Path) -> bool:
    """Tell whether somebody may still be making what lies there."""
    return _MARK.match(path.name) is not None and not _is_left_over(path.name)


@functools.lru_cache(maxsize=4096)
def remove_unfinished_once(folder: Path) -> None:
    """Do `remove_unfinished` for the first write of this process to a folder, and not again."""
    remove_unfinished(folder)


def _is_left_over(name: str) -> bool:
    found = _MARK.match(name)
    if found is None or found[1] != _user_mark():
        return False
    mark = f"{found[1]}-{found[2]}"
    return mark != _process_mark() and not is_alive(mark)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _user_mark() -> str:
    """Return what tells this user on this computer: whose locks can be asked for here."""
    return hashlib.sha256(f"{platform.node()}\n{locks_folder()}".encode()).hexdigest()[:6]


@functools.cache
def _process_mark() -> str:
    mark = f"{_user_mark()}-{uuid.uuid4().hex[:10]}"
    # Without a lock nobody could tell that it is alive, so nobody must take it for dead.
    return mark if alive_lock(mark) else f"zzzzzz-{uuid.uuid4().hex[:10]}"
