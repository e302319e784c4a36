"""A photo in memory: encoded pixels, transparency, and what it says about itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from engine.imaging.colour import Pixels
from engine.imaging.metadata import CameraFacts, Metadata

PhotoFormat = Literal["JPEG", "PNG", "WebP", "TIFF", "HEIF", "AVIF", "BMP", "RAW"]


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded, upright photo.

    Attributes:
        pixels: Values as encoded in the photo's own profile, shape (H, W, C) with C = 1 for grey
            or 3 for RGB, uint8 or uint16, full range.
        alpha: Opacity, shape (H, W), same dtype; colour is not multiplied by it. None: opaque.
        metadata: Blocks as read. The orientation they may name is already applied to `pixels`.
        path: The file it came from.
        format: What the file is, whatever its name ends in.
        notices: One sentence for each thing in the file that could not be kept.
        made_up_rows: How many rows of the stored picture are not all in the file.
    """

    pixels: Pixels
    alpha: Pixels | None
    metadata: Metadata
    path: Path
    format: PhotoFormat
    notices: tuple[str, ...] = ()
    made_up_rows: int = 0

    @property
    def width_px(self) -> int:
        """Width as seen."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Height as seen."""
        return int(self.pixels.shape[0])

    @property
    def bit_depth(self) -> int:
        """Bits per channel of `pixels`: 8 or 16."""
        return 8 if self.pixels.dtype == np.uint8 else 16

    @property
    def is_grey(self) -> bool:
        """True where the photo has one channel."""
        return int(self.pixels.shape[2]) == 1

    def rgb(self) -> Pixels:
        """Return the pixels with three channels, grey repeated, shape (H, W, 3)."""
        return np.repeat(self.pixels, 3, axis=2) if self.is_grey else self.pixels


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """What a photo's header says, read without decoding its pixels.

    Attributes:
        width_px: Width as seen, orientation applied.
        height_px: Height as seen.
        format: What the file is, whatever its name ends in.
        bit_depth: Bits per channel as stored: 1, 8, 10, 12, 14, 16 or 32.
        has_alpha: True where transparency is stored.
        camera: Make, model, lens, ISO and time from EXIF.
    """

    width_px: int
    height_px: int
    format: PhotoFormat
    bit_depth: int
    has_alpha: bool
    camera: CameraFacts


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Pixels as they lie in the file, before orientation.

    Attributes:
        pixels: Shape (H, W, C) with C = 1 or 3, uint8 or uint16, full range.
        alpha: Shape (H, W), same dtype, or None.
        icc: A profile that replaces the file's, where decoding converted the colours.
        notices: Sentences about what decoding could not keep.
        made_up_rows: How many rows at the bottom are not all in the file.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    notices: tuple[str, ...] = ()
    made_up_rows: int = 0
