"""What every decoder offers: a header at once, pixels on request."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.errors import PhotoError
from engine.imaging.colour import Pixels
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Decoded, PhotoFormat

Empty = Callable[[tuple[int, ...], npt.DTypeLike], npt.NDArray[Any]]
"""`numpy.empty`, or what does the same in other memory."""

FIRST_FRAME_ONLY = "The file holds more than one picture; only the first was read."
HDR_CURVE = "The photo uses an HDR tone curve, which the result cannot name; it may look flat."
RESAVE = "Open it in the program that made it and save it as 8 or 16-bit RGB."


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says before its pixels are decoded.

    Attributes:
        width_px: As stored, before orientation.
        height_px: As stored, before orientation.
        format: What the file is.
        bit_depth: Bits per channel as stored.
        has_alpha: True where transparency is stored.
        metadata: Blocks as found, possibly damaged.
        oriented: True where decoding itself turns the picture upright.
        notices: Sentences about what will not be read.
    """

    width_px: int
    height_px: int
    format: PhotoFormat
    bit_depth: int
    has_alpha: bool
    metadata: Metadata
    oriented: bool = False
    notices: tuple[str, ...] = ()


class Decoder(Protocol):
    """An open photo file.

    Attributes:
        header: What the file says about itself.
    """

    header: Header

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Return the pixels as they lie in the file; called at most once.

        Args:
            empty: Makes the array to be filled, where decoding fills an array it is given.
        """
        ...


def unsupported(what: str, path: Path) -> PhotoError:
    """Return the error for a sound file of a kind that is not read."""
    return PhotoError(what, path=path, remedy=RESAVE)


def contiguous(values: Pixels, empty: Empty) -> Pixels:
    """Return `values` without gaps, in memory from `empty` if they have to be copied."""
    if values.flags.c_contiguous:
        return values
    whole: Pixels = empty(values.shape, values.dtype)
    np.copyto(whole, values)
    return whole
