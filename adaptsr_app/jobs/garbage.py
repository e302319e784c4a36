"""Searches for Python's garbage on the window's thread, and on no other.

Python searches on whichever thread happens to make the object that is one too many: while a network
is trained or a photo upscaled, mostly on the job's. What it frees there may be a widget, and Qt's
objects must end on the thread that they live on. So the automatic search is off, and a timer does
what it would do, as often.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class WindowGarbage(QObject):
    """Searches in Python's own proportions; made on the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Switch the automatic search off; `start` begins the other.

        Args:
            parent: Ends the search with itself.
        """
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.search)

    def start(self) -> None:
        """Search from now on: what came before is either needed or exempt."""
        self._timer.start()

    def search(self) -> None:
        """Search the oldest generation that is due, as the automatic search does."""
        due = [
            generation
            for generation, (count, most) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if most and count > most
        ]
        if due:
            gc.collect(max(due))
