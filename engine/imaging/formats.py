"""What is a photo by its name, and the formats a result can be written in, with what each holds."""

import importlib.util
from dataclasses import dataclass
from typing import Literal

from engine.errors import PhotoError
from engine.formatting import format_pixels

OutputFormat = Literal["JPEG", "PNG", "TIFF", "WebP"]


_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib"}
    | {".heic", ".heif", ".hif", ".avif"}
)
_RAW_SUFFIXES = frozenset({".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2"})


def photo_suffixes() -> frozenset[str]:
    """Return what names of photos that can be read here end in, lower case.

    What is collected from folders and what a dialog offers is the same; a file that is named by
    itself may be called anything, because its content tells what it is.
    """
    # A folder of RAW and JPEG side by side should not fail for want of an optional extra.
    has_raw = importlib.util.find_spec("rawpy") is not None
    return _SUFFIXES | _RAW_SUFFIXES if has_raw else _SUFFIXES


@dataclass(frozen=True, slots=True)
class FormatLimits:
    """What a format can hold.

    Attributes:
        max_side_px: Longest side.
        max_pixels: Most pixels, where the side is not the only limit.
        bit_depths: Bits per channel.
        has_alpha: True where transparency can be stored.
        suffixes: What file names end in, the usual one first.
    """

    max_side_px: int
    max_pixels: int | None
    bit_depths: tuple[int, ...]
    has_alpha: bool
    suffixes: tuple[str, ...]


FORMATS: dict[OutputFormat, FormatLimits] = {
    # The format allows 65,535, but libjpeg, which nearly every program reads JPEG with, 65,500.
    "JPEG": FormatLimits(65_500, None, (8,), False, (".jpg", ".jpeg")),
    # The format allows 2^31 - 1, but libpng refuses more than a million unless told otherwise.
    "PNG": FormatLimits(1_000_000, None, (8, 16), True, (".png",)),
    "TIFF": FormatLimits(2**32 - 1, None, (8, 16), True, (".tif", ".tiff")),
    # A part of the file that describes each 16 × 16 block may take 512 KiB. libwebp then describes
    # blocks less finely; with some photos that was not enough at 192 megapixels, and needed more
    # than 2 GiB of memory with others.
    "WebP": FormatLimits(16_383, 100_000_000, (8,), True, (".webp",)),
}


def check_format(format_: OutputFormat, width_px: int, height_px: int, bit_depth: int = 8) -> None:
    """Make sure, before any work starts, that a format can hold the result.

    Raises:
        PhotoError: If it cannot; the remedy names formats that can.
    """
    limits = FORMATS[format_]
    if width_px < 1 or height_px < 1:
        raise PhotoError("The result would have no pixels.", remedy="Choose a larger size.")
    if not _is_within(limits, width_px, height_px):
        able = [
            name
            for name, other in FORMATS.items()
            if _is_within(other, width_px, height_px) and bit_depth in other.bit_depths
        ]
        most = f"{limits.max_side_px} a side"
        if limits.max_pixels is not None:
            most += f" and {format_pixels(limits.max_pixels)}"
        raise PhotoError(
            f"The result would be {width_px} × {height_px} pixels; {format_} holds at most {most}.",
            remedy=f"Save it as {' or '.join(able)}, or make it smaller.",
        )
    if bit_depth not in limits.bit_depths:
        raise PhotoError(
            f"{format_} cannot hold {bit_depth} bits per channel.",
            remedy="Save it as PNG or TIFF, or with 8 bits.",
        )


def _is_within(limits: FormatLimits, width_px: int, height_px: int) -> bool:
    if max(width_px, height_px) > limits.max_side_px:
        return False
    return limits.max_pixels is None or width_px * height_px <= limits.max_pixels


def disk_bytes_at_most(
    format_: OutputFormat, width_px: int, height_px: int, *, channels: int, bit_depth: int
) -> int:
    """Return how much disk space writing may need at its peak, scratch included.

    Args:
        format_: What will be written.
        width_px: Width of the result.
        height_px: Height of the result.
        channels: 1 to 4, transparency included.
        bit_depth: 8 or 16.
    """
    pixels_bytes = width_px * height_px * channels * (bit_depth // 8)
    # What compression cannot shrink grows by a little; JPEG at quality 100 stays below raw size;
    # WebP is encoded from an uncompressed scratch file beside the result.
    share = 2.0 if format_ == "WebP" else 1.02
    return int(pixels_bytes * share) + (1 << 20)
