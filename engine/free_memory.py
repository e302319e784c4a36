"""How much memory this process may still take."""

import sys
from pathlib import Path

import psutil

if sys.platform != "win32":
    import resource

_CGROUP = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")
_NO_LIMIT_BYTES = 1 << 60  # version 1 writes a number of this size where there is no limit


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
