"""The pictures at hand: which are open, which failed, and their tiles."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from adaptsr_app.widgets.compare_view.loader import Loader
from adaptsr_app.widgets.compare_view.opening import Opened
from adaptsr_app.widgets.compare_view.picture import ShownPicture
from adaptsr_app.widgets.compare_view.tile_cache import TileCache, TileKey


@dataclass(slots=True, eq=False)
class StoredPicture:
    """One picture on the shelf.

    Attributes:
        number: Its own, never used again.
        picture: What it is.
        opened: Its tiles, once it is open.
        share: How much of its tiles is made while it opens, 0 to 1.
        problem: Why it cannot be shown, or "".
    """

    number: int
    picture: ShownPicture
    opened: Opened | None = None
    share: float = 0.0
    problem: str = ""


class PictureStore(QObject):
    """Holds pictures and brings their tiles when they are looked at.

    Signals:
        changed: A picture was opened, failed, or is further on its way.
        tiles_arrived: There is more to paint.
    """

    changed = Signal()
    tiles_arrived = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[StoredPicture] = []
        self.cache = TileCache()
        self.waits_for_tiles = False
        self._numbers = 0
        loader = Loader(self)
        self._loader = loader
        loader.opened.connect(self._opened)
        loader.progressed.connect(self._progressed)
        loader.failed.connect(self._failed)
        loader.tile_loaded.connect(self._tile_loaded)
        # Before the loader itself goes, so that no thread speaks of what is not there any more.
        self.destroyed.connect(loader.close)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the largest picture that is open; (0, 0) if none is."""
        sizes = [
            (entry.opened.pyramid.width_px, entry.opened.pyramid.height_px)
            for entry in self.entries
            if entry.opened is not None
        ]
        return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))

    @property
    def is_opening(self) -> bool:
        """True while a picture is neither open nor known to be unusable."""
        return any(entry.opened is None and not entry.problem for entry in self.entries)

    def put(self, pictures: Sequence[ShownPicture]) -> None:
        """Replace all pictures; those that are there already keep their tiles."""
        old = {id(entry.picture): entry for entry in self.entries}
        entries = []
        for picture in pictures:
            entry = old.pop(id(picture), None) or StoredPicture(self._new_number(), picture)
            entries.append(entry)
        for entry in old.values():
            self.cache.forget(entry.number)
        self.entries = entries
        self._loader.want([])
        self._loader.open(
            (entry.number, entry.picture)
            for entry in entries
            if entry.opened is None and not entry.problem
        )
        self.changed.emit()

    def want(self, missing: Sequence[TileKey]) -> None:
        """Load these tiles, and no others that are not begun."""
        opened = {entry.number: entry.opened for entry in self.entries}
        requested = [(key, found) for key in missing if (found := opened.get(key.picture))]
        self.waits_for_tiles = bool(requested)
        self._loader.want(requested)

    def _new_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _entry(self, number: int) -> StoredPicture | None:
        return next((entry for entry in self.entries if entry.number == number), None)

    def _opened(self, number: int, opened: Opened) -> None:
        entry = self._entry(number)
        if entry is not None:
            entry.opened = opened
            self.changed.emit()

    def _progressed(self, number: int, share: float) -> None:
        entry = self._entry(number)
        if entry is not None and entry.opened is None:
            entry.share = share
            self.changed.emit()

    def _failed(self, number: int, sentence: str) -> None:
        entry = self._entry(number)
        if entry is not None:
            entry.problem, entry.opened = sentence, None
            self.changed.emit()

    def _tile_loaded(self, key: TileKey, tile: QImage) -> None:
        if self._entry(key.picture) is not None:
            self.cache.put(key, QPixmap.fromImage(tile))
            self.tiles_arrived.emit()
