"""Keeps glibc from handing memory back to the system after every layer of a network.

Large tensors come from fresh pages and go back as soon as they are freed. The system has to clear
each page again for the next layer, which can take longer than the layer's arithmetic. With this
setting freed memory is kept for the next tensor. Other C libraries are left alone.
"""

import contextlib
import ctypes
import platform
import sys
import threading
from collections.abc import Iterator

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -3, -4, -8
_NEVER = 2**31 - 1
_DEFAULT_MMAPS = 65_536
_USUAL_THRESHOLD_BYTES = 32 << 20
"""Where glibc's own adaptive threshold ends up in a process that uses torch."""

_lock = threading.Lock()
_users = 0


def share_one_heap() -> None:
    """Let all threads started from now on allocate from the main heap.

    Only that heap can keep large pieces. Worth calling before the first thread starts; it costs
    nothing else, because allocation is no bottleneck here.
    """
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_ARENA_MAX, 1)


@contextlib.contextmanager
def kept_memory() -> Iterator[None]:
    """Keep freed memory inside the process; give it all back at the end."""
    libc = _glibc()
    if libc is None:
        yield
        return
    global _users  # noqa: PLW0603 - the setting is the process's, so is the count of its users
    with _lock:
        _users += 1
        libc.mallopt(_MMAP_MAX, 0)
        libc.mallopt(_TRIM_THRESHOLD, _NEVER)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                libc.mallopt(_MMAP_MAX, _DEFAULT_MMAPS)
                libc.mallopt(_MMAP_THRESHOLD, _USUAL_THRESHOLD_BYTES)
                libc.mallopt(_TRIM_THRESHOLD, 2 * _USUAL_THRESHOLD_BYTES)
                libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return None
    return ctypes.CDLL(None)
