"""Keeps the tiles that were looked at last, up to a share of memory."""

from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtGui import QPixmap

BUDGET_BYTES = 192 << 20


class TileKey(NamedTuple):
    """Which tile of which picture."""

    picture: int
    level: int
    row: int
    column: int


class TileCache:
    """Tiles by key; the one not used for longest goes first."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        """Start empty.

        Args:
            budget_bytes: What the tiles may take together. What one frame shows is kept even
                where it takes more.
        """
        self._budget_bytes = budget_bytes
        self._tiles: OrderedDict[TileKey, tuple[QPixmap, int]] = OrderedDict()
        self._frame = 0
        self.size_bytes = 0

    def begin_frame(self) -> None:
        """Say that another frame is being painted."""
        self._frame += 1

    def get(self, key: TileKey) -> QPixmap | None:
        """Return a tile, if it is here, and keep it longer."""
        found = self._tiles.get(key)
        if found is None:
            return None
        self._tiles[key] = (found[0], self._frame)
        self._tiles.move_to_end(key)
        return found[0]

    def put(self, key: TileKey, tile: QPixmap) -> None:
        """Add a tile, and forget what has to go for it."""
        self._remove(key)
        self._tiles[key] = (tile, self._frame)
        self.size_bytes += _bytes_of(tile)
        while self.size_bytes > self._budget_bytes:
            oldest, (_, frame) = next(iter(self._tiles.items()))
            if frame >= self._frame:
                break
            self._remove(oldest)

    def forget(self, picture: int) -> None:
        """Drop all tiles of a picture."""
        for key in [key for key in self._tiles if key.picture == picture]:
            self._remove(key)

    def _remove(self, key: TileKey) -> None:
        found = self._tiles.pop(key, None)
        if found is not None:
            self.size_bytes -= _bytes_of(found[0])


def _bytes_of(tile: QPixmap) -> int:
    return tile.width() * tile.height() * 4
