"""Brings pictures and their tiles from workers to the window's thread."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from adaptsr_app.messages import message_for, tr
from adaptsr_app.widgets.compare_view.opening import Opened, open_picture
from adaptsr_app.widgets.compare_view.picture import ShownPicture
from adaptsr_app.widgets.compare_view.tile_cache import TileKey
from adaptsr_app.widgets.compare_view.workers import Workers
from engine.cancellation import Cancelled, CancelToken
from engine.errors import EngineError

_TILE_THREADS = 2


class Loader(QObject):
    """Opens pictures one after another, and reads the tiles that are in sight.

    Signals:
        opened: The picture's number and an `Opened`.
        progressed: The picture's number and the share of its tiles that were made.
        failed: The picture's number and a sentence.
        tile_loaded: A `TileKey` and the tile as `QImage`.
    """

    opened = Signal(int, object)
    progressed = Signal(int, float)
    failed = Signal(int, str)
    tile_loaded = Signal(object, QImage)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._opening = Workers("open pictures", 1)
        self._tiles = Workers("load tiles", _TILE_THREADS)
        self._tokens: list[CancelToken] = []

    def open(self, pictures: Iterable[tuple[int, ShownPicture]]) -> None:
        """Open these pictures; those that are still being opened are given up."""
        self._give_up()
        works = []
        for number, picture in pictures:
            token = CancelToken()
            self._tokens.append(token)
            works.append(partial(self._open, number, picture, token))
        self._opening.replace(works)

    def want(self, tiles: Iterable[tuple[TileKey, Opened]]) -> None:
        """Load these tiles next; others that were wanted and not begun are left."""
        self._tiles.replace(partial(self._load, key, opened) for key, opened in tiles)

    def close(self) -> None:
        """Stop, and wait for the threads."""
        self._give_up()
        self._opening.close()
        self._tiles.close()

    def _give_up(self) -> None:
        for token in self._tokens:
            token.cancel()
        self._tokens.clear()

    def _open(self, number: int, picture: ShownPicture, token: CancelToken) -> None:
        sentence = tr("This picture cannot be shown. This is a bug, not your fault.")
        try:
            opened = open_picture(picture, token, lambda share: self.progressed.emit(number, share))
        except Cancelled:
            sentence = ""
        except EngineError as error:
            message = message_for(error)
            sentence = " ".join(part for part in (message.text, message.remedy) if part)
        else:
            sentence = ""
            # The whole picture in one tile first, so that no pane is ever empty.
            smallest = TileKey(number, len(opened.pyramid.levels) - 1, 0, 0)
            self._load(smallest, opened)
            self.opened.emit(number, opened)
        finally:
            if sentence:
                self.failed.emit(number, sentence)

    def _load(self, key: TileKey, opened: Opened) -> None:
        try:
            tile = opened.tile(key.level, key.row, key.column)
        except EngineError as error:
            self.failed.emit(key.picture, error.what)
        else:
            self.tile_loaded.emit(key, tile)
