"""A picture in ever smaller sizes, cut into tiles: small ones in memory, large ones on the disk.

A result of 192 megapixels is 576 MB of pixels. They are written once, tile after tile, to an
unnamed temporary file that the system removes with the last handle, whatever happens to the
program, and only the tiles that are looked at are read back.
"""

import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import numpy as np

from adaptsr_app.widgets.compare_view.picture import Pixels
from engine.cancellation import CancelToken
from engine.errors import storage_errors

TILE_PX = 512
IN_MEMORY_PX = 4_000_000
"""Pictures up to this size stay in memory."""

_TILE_BYTES = TILE_PX * TILE_PX * 3


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture.

    Attributes:
        width_px: Width.
        height_px: Height.
    """

    width_px: int
    height_px: int

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return -(-self.width_px // TILE_PX)

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return -(-self.height_px // TILE_PX)

    def shape_of(self, row: int, column: int) -> tuple[int, int]:
        """Return height and width of a tile; those at the right and bottom edges are smaller."""
        return (
            min(TILE_PX, self.height_px - row * TILE_PX),
            min(TILE_PX, self.width_px - column * TILE_PX),
        )


class _Tiles(Protocol):
    def read(self, level: int, row: int, column: int) -> Pixels: ...


class Pyramid:
    """All sizes of one picture; any thread may read tiles.

    Attributes:
        levels: The whole picture first, then each half of the one before, down to a single tile.
    """

    def __init__(self, levels: tuple[Level, ...], tiles: _Tiles) -> None:
        """Take tiles that are there already; see `build_pyramid`."""
        self.levels = levels
        self._tiles = tiles

    @property
    def width_px(self) -> int:
        """Width of the whole picture."""
        return self.levels[0].width_px

    @property
    def height_px(self) -> int:
        """Height of the whole picture."""
        return self.levels[0].height_px

    def read(self, level: int, row: int, column: int) -> Pixels:
        """Return a tile, RGB as stored, shape (h, w, 3) with h and w up to `TILE_PX`.

        Raises:
            StorageError: If the disk it lies on stopped answering.
        """
        return self._tiles.read(level, row, column)


def build_pyramid(
    pixels: Pixels,
    folder: Path,
    *,
    token: CancelToken | None = None,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> Pyramid:
    """Make the smaller sizes of a picture.

    Args:
        pixels: RGB, shape (H, W, 3). Kept, not copied, if it is small.
        folder: Where the tiles of a large one go; created.
        token: Checked for each row of tiles.
        on_progress: Called with the share done, 0 to 1.

    Raises:
        Cancelled: If the token says so.
        StorageError: If the disk is full or not writable.
    """
    token = token or CancelToken()
    levels = [Level(pixels.shape[1], pixels.shape[0])]
    while max(levels[-1].width_px, levels[-1].height_px) > TILE_PX:
        last = levels[-1]
        levels.append(Level(-(-last.width_px // 2), -(-last.height_px // 2)))
    if levels[0].width_px * levels[0].height_px <= IN_MEMORY_PX:
        arrays = [pixels]
        for level in levels[1:]:
            token.check()
            arrays.append(_smaller(arrays[-1], level))
        on_progress(1.0)
        return Pyramid(tuple(levels), _InMemory(arrays))
    return Pyramid(tuple(levels), _on_disk(pixels, levels, folder, token, on_progress))


def _smaller(pixels: Pixels, level: Level) -> Pixels:
    import cv2  # noqa: PLC0415 - only a worker needs it

    # Over the same area also where a side is odd, so that all levels lie exactly on each other.
    size = (level.width_px, level.height_px)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


class _InMemory:
    def __init__(self, arrays: list[Pixels]) -> None:
        self._arrays = arrays

    def read(self, level: int, row: int, column: int) -> Pixels:
        top, left = row * TILE_PX, column * TILE_PX
        return self._arrays[level][top : top + TILE_PX, left : left + TILE_PX]


class _OnDisk:
    """Tiles of one size one after another, so that reading one is one piece of the file."""

    def __init__(self, file: IO[bytes], levels: list[Level], folder: Path) -> None:
        self._file, self._levels, self._folder = file, levels, folder
        counts = [level.rows * level.columns for level in levels]
        self._starts = [sum(counts[:index]) for index in range(len(counts))]
        self._lock = threading.Lock()
        # With the last reference, and so never under the hands of a thread that reads.
        weakref.finalize(self, file.close)

    def read(self, level: int, row: int, column: int) -> Pixels:
        size = self._levels[level]
        index = self._starts[level] + row * size.columns + column
        height, width = size.shape_of(row, column)
        with self._lock, storage_errors(self._folder):
            self._file.seek(index * _TILE_BYTES)
            data = self._file.read(_TILE_BYTES)
        return np.frombuffer(data, np.uint8).reshape(TILE_PX, TILE_PX, 3)[:height, :width]


def _on_disk(
    pixels: Pixels,
    levels: list[Level],
    folder: Path,
    token: CancelToken,
    on_progress: Callable[[float], None],
) -> _OnDisk:
    rows_in_all = sum(level.rows for level in levels)
    done = 0
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - `_OnDisk` closes it
        tiles = _OnDisk(file, levels, folder)
        tile = np.zeros((TILE_PX, TILE_PX, 3), np.uint8)
        for index, level in enumerate(levels):
            if index:
                pixels = _smaller(pixels, level)
            for row in range(level.rows):
                token.check()
                for column in range(level.columns):
                    height, width = level.shape_of(row, column)
                    top, left = row * TILE_PX, column * TILE_PX
                    tile[:height, :width] = pixels[top : top + height, left : left + width]
                    file.write(tile.data)
                done += 1
                on_progress(done / rows_in_all)
    return tiles
