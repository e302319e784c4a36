"""Which piece of which held-out photo somebody who watches a training wants to see."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CropPlace:
    """A piece of a held-out photo.

    Attributes:
        photo: Its place among the held-out photos, counted from 0.
        across: Where the piece's middle lies, as a share of the photo's width.
        down: The same of its height.
    """

    photo: int = 0
    across: float = 0.5
    down: float = 0.5


class CropChoice:
    """Carries a wish from the one who watches a training to the training, across threads."""

    def __init__(self) -> None:
        """Begin with the middle of the first photo."""
        self._lock = threading.Lock()
        self._place = CropPlace()

    @property
    def place(self) -> CropPlace:
        """What was wished for last."""
        with self._lock:
            return self._place

    def want(self, place: CropPlace) -> None:
        """Wish for another piece; it is shown after the step at hand."""
        with self._lock:
            self._place = place
