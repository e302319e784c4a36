"""Decoded pairs on disk: one memory-mapped file of pixels and a JSON index beside it.

A cache is a folder named by a key. It is built under another name and renamed when complete, so
that a half-built one is never taken for a whole one and two processes may build the same one.
"""

import contextlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import platformdirs

from engine.data.pairs import SkippedFile
from engine.errors import StorageError, storage_errors
from engine.files import atomic_write_text
from engine.unfinished import unfinished_path

FORMAT_VERSION = 3
"""Of the files, and of what is refused: a cache of earlier rules holds pairs that are not used now."""
DEFAULT_LIMIT_BYTES = 20 * 10**9

_PIXELS = "pixels.bin"
_INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class StoredPair:
    """Where one pair lies in the pixel file: LR at `offset`, HR right behind it.

    `source` is a hash of what the pixels were made from.
    """

    name: str
    scene: str
    source: str
    offset: int
    lr_height: int
    lr_width: int

    def lr_bytes(self) -> int:
        """Size of the LR image; the HR image takes scale² times as much."""
        return self.lr_height * self.lr_width * 3


@dataclass(frozen=True, slots=True)
class PairStore:
    """An opened cache. `pixels` is a read-only, flat uint8 array mapped from the disk."""

    scale: int
    pairs: tuple[StoredPair, ...]
    skipped: tuple[SkippedFile, ...]
    pixels: npt.NDArray[np.uint8]


def default_cache_dir() -> Path:
    """Return the folder for caches of this user."""
    return Path(platformdirs.user_cache_dir("adaptsr")) / "pairs"


def open_store(cache_dir: Path, key: str) -> PairStore | None:
    """Open the cache called `key`, or return None if there is none that can be used."""
    folder = cache_dir / key
    try:
        index: dict[str, Any] = json.loads((folder / _INDEX).read_text("utf-8"))
        if index["format"] != FORMAT_VERSION:
            return None
        scale = int(index["scale"])
        pairs = tuple(StoredPair(**entry) for entry in index["pairs"])
        skipped = tuple(SkippedFile(Path(s["path"]), s["reason"]) for s in index["skipped"])
        if (folder / _PIXELS).stat().st_size != _end_of(pairs, scale):
            return None
        mapped = np.memmap(folder / _PIXELS, dtype=np.uint8, mode="r")
        os.utime(folder / _INDEX)  # "used last", for `prune`
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    # Slices of a plain array are cheaper than slices of a memmap, and look the same.
    return PairStore(scale, pairs, skipped, np.asarray(mapped))


def _end_of(pairs: tuple[StoredPair, ...], scale: int) -> int:
    return max((p.offset + p.lr_bytes() * (1 + scale**2) for p in pairs), default=0)


class StoreWriter:
    """Builds a cache pair by pair; use as a context manager.

    What was written vanishes on exit unless `commit` was called.

    Args:
        cache_dir: The folder of all caches; created.
        scale: The integer factor between LR and HR.

    Raises:
        StorageError: On entry and from every method, if the disk is full, gone or not writable.
    """

    def __init__(self, cache_dir: Path, scale: int) -> None:
        self._cache_dir = cache_dir
        self._scale = scale
        self._folder = unfinished_path(cache_dir / "pairs", "")
        self._pairs: list[StoredPair] = []
        self._offset = 0

    def __enter__(self) -> Self:
        with storage_errors(self._cache_dir):
            self._folder.mkdir(parents=True)
            try:
                self._file = (self._folder / _PIXELS).open("wb")
            except OSError:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # bytes that do not fit are not wanted any more
            self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pairs(self) -> tuple[StoredPair, ...]:
        """What was added so far."""
        return tuple(self._pairs)

    def add(
        self,
        name: str,
        scene: str,
        source: str,
        lr: npt.NDArray[np.uint8],
        hr: npt.NDArray[np.uint8],
    ) -> None:
        """Append one pair of RGB images, shapes (h, w, 3) and (h*scale, w*scale, 3)."""
        height, width = lr.shape[:2]
        expected = (height * self._scale, width * self._scale, 3)
        if hr.shape != expected or lr.dtype != np.uint8 or hr.dtype != np.uint8:
            raise ValueError(f"{name}: expected uint8 HR of shape {expected}, got {hr.shape}")
        with storage_errors(self._cache_dir):
            self._file.write(np.ascontiguousarray(lr).data)
            self._file.write(np.ascontiguousarray(hr).data)
        self._pairs.append(StoredPair(name, scene, source, self._offset, height, width))
        self._offset += lr.nbytes + hr.nbytes

    def commit(self, key: str, skipped: tuple[SkippedFile, ...]) -> PairStore:
        """Give the finished cache its name and open it; the one already there wins if whole."""
        index = {
            "format": FORMAT_VERSION,
            "scale": self._scale,
            "pairs": [asdict(pair) for pair in self._pairs],
            "skipped": [{"path": str(s.path), "reason": s.reason} for s in skipped],
        }
        final = self._cache_dir / key
        with storage_errors(self._cache_dir):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            atomic_write_text(self._folder / _INDEX, json.dumps(index))
            for _attempt in range(3):
                try:
                    self._folder.rename(final)
                except OSError:
                    if not final.exists():
                        raise
                # Where a folder was in the way, another process was faster, or it is damaged.
                store = open_store(self._cache_dir, key)
                if store is not None:
                    return store
                if not self._folder.exists():
                    break
                shutil.rmtree(final, ignore_errors=True)
        raise StorageError(
            "The decoded photos cannot be stored.",
            path=final,
            remedy="Delete this folder, or choose another folder for temporary files.",
        )


def prune(cache_dir: Path, *, keep: str, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
    """Delete the caches not used for longest until the rest fits.

    Args:
        cache_dir: The folder of all caches.
        keep: The key of the cache in use, which stays whatever its size.
        limit_bytes: What all caches together may take.
    """
    caches: list[tuple[float, int, Path]] = []
    for folder in cache_dir.iterdir() if cache_dir.is_dir() else ():
        used_at_s, size_bytes = _last_use_and_size(folder)
        if not folder.name.startswith(".") and (folder / _INDEX).is_file():
            caches.append((used_at_s, size_bytes, folder))
    total_bytes = sum(size for _, size, _ in caches)
    for _, size_bytes, folder in sorted(caches):
        if total_bytes <= limit_bytes:
            return
        if folder.name != keep:
            # A process that still reads it goes on: its mapping outlives the name, and where it
            # does not (Windows), the deletion fails and the cache stays.
            shutil.rmtree(folder, ignore_errors=True)
            total_bytes -= size_bytes


def _last_use_and_size(folder: Path) -> tuple[float, int]:
    """Return the latest modification in seconds since the epoch, and the files' size in bytes."""
    try:
        used_at_s, size_bytes = folder.stat().st_mtime, 0
        for path in folder.iterdir():
            status = path.stat()
            used_at_s = max(used_at_s, status.st_mtime)
            size_bytes += status.st_size
    except OSError:
        return time.time(), 0  # vanishing under our eyes: another process is at it
    return used_at_s, size_bytes
