"""Keeps two processes from making the same file or folder at once, and says who is at it.

Whoever makes a folder or a name holds its lock from before the work to its end; the second is
refused with who is there. Locks hold for one user on one computer: they lie in the user's state
folder, not beside what is made. Two users, or two computers on one network drive, are not kept
apart.
On a drive that several users or computers share they keep nobody out: there only unique names and
renames that replace nothing keep works apart, and both are done.
"""

import atexit
import contextlib
import hashlib
import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from engine.errors import BusyError

_LOCK = ".lock"
_ABOUT = ".json"
_ASKED_AGAIN_AFTER_S = 0.05


class _Held(threading.local):
    """What this thread holds, so that a job may call another one that works on the same place."""

    def __init__(self) -> None:
        self.keys: set[str] = set()


_held = _Held()


def locks_folder() -> Path:
    """Return the folder of this user's locks.

    Not beside what is being made: there they would be junk in the photographer's folders, and
    a network drive need not know locks. So they hold between programs of one user on one computer.
    Against all others, everything is written under names nobody else has and renamed when whole.
    """
    return Path(platformdirs.user_state_dir("adaptsr")) / "locks"


@contextlib.contextmanager
def held(place: Path, doing: str, *, patience_s: float = 0.0) -> Iterator[None]:
    """Be the only one who makes `place`; the same thread may ask for it again.

    The system gives a lock back with the process that held it, however that ended. Where no lock
    can be had at all, because the user's own folder is read-only or its file system knows none,
    the work goes on without.

    Args:
        place: A file or folder that is about to be made or changed; need not exist.
        doing: What is being done, for whoever comes second, such as "adapting a network".
        patience_s: How long to wait for another one; 0 where the other may take minutes.

    Raises:
        BusyError: If another process, or another thread of this one, is at it.
    """
    key = _key(place)
    if key in _held.keys:
        yield
        return
    lock = _acquired(key, place, doing, patience_s)
    _held.keys.add(key)
    try:
        yield
    finally:
        _held.keys.discard(key)
        if lock is not None:
            with contextlib.suppress(OSError):
                _about(key).unlink(missing_ok=True)
            _give_up(lock)


def is_held(place: Path) -> bool:
    """Tell whether another process or thread makes `place` right now."""
    key = _key(place)
    if key in _held.keys or not _file(key).exists():
        return False
    lock = _try(_file(key))
    if isinstance(lock, FileLock):
        _give_up(lock)
    return lock is _TAKEN


def alive_lock(mark: str) -> bool:
    """Hold a lock called `mark` for as long as this process lives.

    Returns:
        False where no lock can be had.
    """
    lock = _try(_file(mark))
    if not isinstance(lock, FileLock):
        return False
    _for_life.append(lock)
    atexit.register(_give_up, lock)
    return True


def is_alive(mark: str) -> bool:
    """Tell whether a process holds the lock that it took by `alive_lock`."""
    path = _file(mark)
    if not path.exists():
        return False
    lock = _try(path)
    if isinstance(lock, FileLock):
        _give_up(lock)
    return lock is _TAKEN


def remove_dead_locks() -> None:
    """Delete the locks that nobody holds: what killed processes left."""
    with contextlib.suppress(OSError):
        for path in locks_folder().iterdir():
            if path.suffix == _LOCK:
                lock = _try(path)
                if isinstance(lock, FileLock):
                    path.with_suffix(_ABOUT).unlink(missing_ok=True)
                    _give_up(lock)


_TAKEN = object()
_for_life: list[FileLock] = []


def _key(place: Path) -> str:
    # One folder reached by two ways is one place.
    real = os.path.normcase(os.path.realpath(place))
    return hashlib.sha256(os.fsencode(real)).hexdigest()[:32]


def _file(key: str) -> Path:
    return locks_folder() / f"{key}{_LOCK}"


def _about(key: str) -> Path:
    return locks_folder() / f"{key}{_ABOUT}"


def _try(path: Path) -> FileLock | object | None:
    """Return the lock, `_TAKEN` if another holds it, or None where no lock can be had."""
    # Never the library's soft kind: that one outlives its process.
    lock = FileLock(path, thread_local=False, fallback_to_soft=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        return _TAKEN
    except (OSError, NotImplementedError):
        return None
    return lock


def _acquired(key: str, place: Path, doing: str, patience_s: float) -> FileLock | None:
    give_up_s = time.monotonic() + patience_s
    while (lock := _try(_file(key))) is _TAKEN:
        if time.monotonic() >= give_up_s:
            raise _busy(key, place)
        time.sleep(_ASKED_AGAIN_AFTER_S)
    if not isinstance(lock, FileLock):
        return None
    about = {
        "doing": doing,
        "process": os.getpid(),
        "computer": platform.node(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        _about(key).write_text(json.dumps(about), "utf-8")
    return lock


def _give_up(lock: FileLock) -> None:
    # Deleted while it is held: whoever opened it before finds that it has no name any more, and
    # asks anew. Windows refuses, and deletes nothing that is open; `remove_dead_locks` comes later.
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def _busy(key: str, place: Path) -> BusyError:
    try:
        about = json.loads(_about(key).read_text("utf-8"))
        began = datetime.fromisoformat(about["since"])
        who = (
            f"{about['doing']} (process {about['process']} on {about['computer']}, since "
            f"{began:%H:%M})"
        )
    except (OSError, ValueError, LookupError, TypeError):
        who = "at work"  # it has only just begun, or is about to end
    return BusyError(
        f"Another AdaptSR is {who} here already.",
        path=place,
        remedy="Wait until it is done, or stop it, or choose another name.",
    )
