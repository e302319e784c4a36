"""Memory that both processes see, and that is gone with the last of them, whatever ended them.

Nothing of it has a name in a file system (Windows: the name lives as long as a handle): on Linux
it is a memory file, elsewhere a temporary file deleted while open, of which only the descriptor
travels. What a photo no longer uses is lent to the next one, on both sides with its mapping, because
fresh pages cost as much as decoding a third of a JPEG.
"""

import errno
import mmap
import os
import secrets
import shutil
import sys
import tempfile
import weakref
from collections import deque

import numpy as np
import numpy.typing as npt
import psutil

from engine.imaging.decoding_process.protocol import Room

if sys.platform == "linux":
    import fcntl

_KEPT_BYTES = 128 << 20
"""Most memory that waits for the next photo."""

_MAX_OVERSIZE = 2


def open_segment(size: int, descriptor: int | None, name: str) -> mmap.mmap:
    """Map a segment; the mapping holds it as long as it lives."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size, tagname=name)
    if descriptor is None:
        raise ValueError("a segment comes with its descriptor")
    return mmap.mmap(descriptor, size)


class _Lease:
    """Lends memory to an array and all views of it; when the last is gone, so is this."""

    def __init__(self, mapping: mmap.mmap) -> None:
        self._mapping = mapping
        flat = np.frombuffer(mapping, np.uint8)
        self.__array_interface__ = flat.__array_interface__


class _Segment:
    """Shared memory as its owner holds it."""

    def __init__(self, index: int, size: int) -> None:
        """Make it.

        Raises:
            OSError: If there is not enough memory or disk.
        """
        # It is only taken when it is written to, where it can no longer be refused.
        if psutil.virtual_memory().available + psutil.swap_memory().free < size:
            raise OSError(errno.ENOMEM, "no room for a photo")
        self.index, self.size = index, size
        self.descriptor: int | None = None
        self.name = ""
        self._mapping: mmap.mmap | None = None
        if sys.platform == "win32":
            self.name = f"Local\\adaptsr-{secrets.token_hex(16)}"
            self._mapping = mmap.mmap(-1, size, tagname=self.name)
        elif sys.platform == "linux":
            flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
            self.descriptor = os.memfd_create("adaptsr-photo", flags)
            os.ftruncate(self.descriptor, size)
            # Cut off by a decoder, it would end the program at its next look.
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)
        else:
            if shutil.disk_usage(tempfile.gettempdir()).free < size:
                raise OSError(errno.ENOSPC, "no room for a photo")
            with tempfile.TemporaryFile() as file:
                self.descriptor = os.dup(file.fileno())
            os.ftruncate(self.descriptor, size)

    def mapped(self) -> mmap.mmap:
        """Return a mapping, which outlives the segment for as long as it is referred to."""
        if self._mapping is None:
            self._mapping = open_segment(self.size, self.descriptor, self.name)
        return self._mapping

    def close(self) -> None:
        """Give up the owner's hold."""
        self._mapping = None
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class Segments:
    """The program's side: lends memory to one decoder and knows what is in use."""

    def __init__(self) -> None:
        self._all: dict[int, _Segment] = {}
        self._free: list[int] = []
        # Filled by whichever thread lets go of a photo; appending needs no lock.
        self._returned: deque[int] = deque()
        self._next = 0

    def lend(self, size: int) -> tuple[Room, int | None]:
        """Return room for `size` bytes, and the descriptor to send along if it is new.

        Raises:
            OSError: If there is not enough memory or disk.
        """
        self._take_back()
        fitting = [
            index
            for index in self._free
            if size <= self._all[index].size <= max(size, mmap.PAGESIZE) * _MAX_OVERSIZE
        ]
        if fitting:
            index = min(fitting, key=lambda free: self._all[free].size)
            self._free.remove(index)
            return Room(index, self._all[index].size, "", is_new=False), None
        segment = _Segment(self._next, -(-size // mmap.PAGESIZE) * mmap.PAGESIZE)
        self._next += 1
        self._all[segment.index] = segment
        return Room(segment.index, segment.size, segment.name, is_new=True), segment.descriptor

    def hand_out(self, index: int) -> npt.NDArray[np.uint8]:
        """Return all bytes of a segment; it comes back when nobody refers to them or to a part."""
        lease = _Lease(self._all[index].mapped())
        weakref.finalize(lease, self._returned.append, index).atexit = False
        return np.asarray(lease)

    def give_back(self, index: int) -> None:
        """Take a segment back that was not handed out."""
        self._returned.append(index)

    def trim(self) -> tuple[int, ...]:
        """Let go of what is more than is worth keeping; return what the decoder shall forget."""
        self._take_back()
        gone: list[int] = []
        while self._free and sum(self._all[index].size for index in self._free) > _KEPT_BYTES:
            largest = max(self._free, key=lambda free: self._all[free].size)
            self._free.remove(largest)
            self._all.pop(largest).close()
            gone.append(largest)
        return tuple(gone)

    def size_of(self, index: int) -> int:
        """Return how many bytes a segment has.

        Raises:
            KeyError: If there is none of this number.
        """
        return self._all[index].size

    def close(self) -> None:
        """Give up everything; what is handed out lives on by itself."""
        while self._all:
            self._all.popitem()[1].close()
        self._free.clear()

    def _take_back(self) -> None:
        while self._returned:
            self._free.append(self._returned.popleft())
