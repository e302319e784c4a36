"""Keeps a file of the window's own up to date, off the window's thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal

from engine.errors import EngineError, outside_error
from engine.files import atomic_write_text


class KeptFile(QObject):
    """Writes a file again and again, whole or not at all; nothing is worth stopping the user for that.

    Signals:
        not_kept: It could not be written: an `EngineError`.
    """

    not_kept = Signal(object)

    def __init__(self, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self.path = path
        self._writer = QThreadPool(self)
        self._writer.setMaxThreadCount(1)  # one after another, so that the last state wins

    def write(self, text: Callable[[], str]) -> None:
        """Write soon; `text` is called on another thread, on what does not change meanwhile."""
        self._writer.start(lambda: self._write(text()))

    def flush(self) -> None:
        """Wait until the last text is on disk; for leaving."""
        self._writer.waitForDone()

    def _write(self, text: str) -> None:
        try:
            atomic_write_text(self.path, text)
        except EngineError as error:
            self.not_kept.emit(error)
        except OSError as error:
            self.not_kept.emit(outside_error(error))
