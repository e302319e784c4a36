"""Remembers what photos' headers say, so that each is read once from the drop to the result.

A window asks when a photo is dropped, its thumbnail asks, and the run that upscales it asks again.
"""

import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from engine.imaging.photo import PhotoInfo

_MOST = 20_000


class FileState(NamedTuple):
    """Which state of which file: every write to it changes one of these."""

    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int


def state_of(path: Path) -> FileState | None:
    """Return the state of a file, None where there is none to be had."""
    try:
        status = os.stat(path)  # noqa: PTH116 - the same, without another object per photo
    except OSError:
        return None
    return FileState(
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    )


class KnownHeaders:
    """What was read of files that are still as they were; from any thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[FileState, PhotoInfo] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, state: FileState | None) -> PhotoInfo | None:
        """Return what a file's header says, None where it was not read in this state."""
        with self._lock:
            return None if state is None else self._known.get(state)

    def add(self, state: FileState | None, info: PhotoInfo) -> None:
        """Remember what a header says; of too many the oldest is forgotten."""
        if state is None:
            return
        with self._lock:
            self._known[state] = info
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
