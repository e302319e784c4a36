"""How much memory this process may still take, and what running out of it looks like."""

import contextlib
import errno
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from engine.errors import MemoryExhaustedError

if sys.platform != "win32":
    import resource

_CGROUP = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")
_NO_LIMIT_BYTES = 1 << 60  # version 1 writes a number of this size where there is no limit
_SIGNS = (
    "can't allocate memory",
    "cannot allocate memory",
    "bad allocation",
    "bad_alloc",
    "out of memory",
    "could not create a primitive",
    "could not create a memory object",
    "could not execute a primitive",
    "failed to map segment",
    "can't start new thread",
    "insufficient memory",
    "not enough memory",
    "std::length_error",
)
"""What libraries say in a `RuntimeError`, an `ImportError` or an error of their own. A new thread
needs room for its stack; a system that refuses one is at its end in one way or another."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an exception, or one that led to it, means that memory ran out."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError | MemoryExhaustedError):
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        if type(error).__name__ == "OutOfMemoryError":  # torch's, which this module does not load
            return True
        text = str(error).lower()
        libraries = isinstance(error, RuntimeError | ImportError | SystemError)
        if (libraries or type(error).__module__ == "cv2") and any(sign in text for sign in _SIGNS):
            return True
        error = error.__cause__
    return False


@contextlib.contextmanager
def memory_errors(remedy: str) -> Iterator[None]:
    """Turn running out of memory, on any device, into a `MemoryExhaustedError`.

    Args:
        remedy: What to change to need less.
    """
    try:
        yield
    except MemoryExhaustedError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise MemoryExhaustedError("The memory is not enough for this.", remedy=remedy) from error


def free_memory_bytes() -> int:
    """Return what can still be taken: of the machine, a container and this process's own limits."""
    return max(0, min(_of_machine(), _of_container(), _of_process()))


def _of_machine() -> int:
    return int(psutil.virtual_memory().available)


def _of_process() -> int:
    """Return what limits such as `ulimit -v` leave."""
    if sys.platform == "win32":
        return _NO_LIMIT_BYTES
    left = _NO_LIMIT_BYTES
    used = psutil.Process().memory_info()
    limits = [(resource.RLIMIT_AS, used.vms)]
    if sys.platform == "linux":
        limits.append((resource.RLIMIT_DATA, used.data))
    for limit, used_bytes in limits:
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY:
            left = min(left, soft - int(used_bytes))
    return left


def _of_container() -> int:
    """Return what the control groups this process is in leave; Linux only."""
    left = _NO_LIMIT_BYTES
    try:
        rows = _CGROUP.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return left
    for row in rows:
        _, _, rest = row.partition(":")
        controllers, _, place = rest.partition(":")
        if not controllers:
            left = min(left, _left_in(_CGROUPS, place, "memory.max", "memory.current"))
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            left = min(left, _left_in(_CGROUPS / "memory", place, *names))
    return left


def _left_in(root: Path, place: str, limit: str, used: str) -> int:
    """Return the least that a group and those around it leave."""
    left = _NO_LIMIT_BYTES
    inner = root / place.lstrip("/")
    # Inside a container the group's own path may not be visible; its root then is the group.
    for folder in (inner, *inner.parents):
        most = _number(folder / limit)
        taken = _number(folder / used)
        if most is not None and taken is not None and most < _NO_LIMIT_BYTES:
            left = min(left, most - taken + _reclaimable(folder))
        if folder == root:
            break
    return left


def _reclaimable(folder: Path) -> int:
    """Return what of a group's memory is only a copy of files that nobody has open."""
    try:
        rows = (folder / "memory.stat").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    facts = dict(row.split(" ", 1) for row in rows if " " in row)
    value = facts.get("total_inactive_file") or facts.get("inactive_file") or "0"
    return int(value) if value.isdecimal() else 0


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None
