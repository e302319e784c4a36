"""One picture for the before/after viewer: a file or pixels, and what it is called."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ShownPicture:
    """A contender.

    Attributes:
        title: What it is called, such as "Bicubic".
        source: A photo's file, or RGB pixels of shape (H, W, 3). Pixels are not copied.
        note: Something short said after the title, such as "26.41 dB".
        icc: The ICC profile of pixels; sRGB if None. A file brings its own.
    """

    title: str
    source: Path | Pixels
    note: str = ""
    icc: bytes | None = None

    @property
    def caption(self) -> str:
        """Title and note."""
        return f"{self.title} · {self.note}" if self.note else self.title
