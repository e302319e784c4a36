"""Decodes a photo file into an array, or says in one sentence why it cannot be read.

Runs wherever it is called. What strangers made is read through `reading`, which has it done in a
process of its own.
"""

import contextlib
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.errors import MemoryExhaustedError, PhotoError, storage_errors
from engine.formatting import format_pixels
from engine.imaging.colour import to_depth
from engine.imaging.decoders.base import Decoder, Empty, Header
from engine.imaging.decoders.heif import AvifDecoder, HeifDecoder
from engine.imaging.decoders.pillow_formats import PillowDecoder
from engine.imaging.decoders.png import PngDecoder
from engine.imaging.decoders.raw import RawDecoder
from engine.imaging.decoders.tiff import TiffDecoder
from engine.imaging.icc import adobe_rgb_profile, profile_space
from engine.imaging.metadata import (
    Metadata,
    camera_facts,
    is_adobe_rgb,
    orientation_of,
    without_damage,
)
from engine.imaging.orientation import UPRIGHT, swaps_sides, turn_upright
from engine.imaging.photo import Photo, PhotoInfo
from engine.imaging.sniffing import HEAD_BYTES, describe_other, kind_of

_READABLE = "JPEG, PNG, WebP, TIFF, HEIC, AVIF, BMP and camera RAW files can be read."
_COPY_AGAIN = "Copy it from the camera or phone again."
_EXIF_NAMES_COLOURS, _RGB = frozenset({"JPEG", "TIFF"}), 3
_PROFILE_DROPPED = "The colour profile is damaged or does not fit the photo and was left out."

# Decoders of damaged files fail in every way the parsers inside them can.
_DECODER_FAILURES = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    SyntaxError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def decode_photo(
    path: Path,
    *,
    max_pixels: int,
    keep_16_bit: bool,
    empty: Empty = np.empty,
    on_header: Callable[[Header], None] | None = None,
) -> Photo:
    """Decode a photo, upright, with everything it says about itself; see `reading.read_photo`.

    Args:
        path: Any photo file.
        max_pixels: Refuse larger photos before decoding them.
        keep_16_bit: Keep more than 8 bits per channel as 16; otherwise everything becomes 8.
        empty: Makes the arrays that decoders fill, where they fill arrays they are given.
        on_header: Called before pixels are decoded.

    Raises:
        PhotoError: If the file is missing, empty, damaged, too large or not a photo.
        StorageError: If the drive is gone or the file may not be read.
        MemoryExhaustedError: If the photo does not fit into memory.
    """
    with _decoder_of(path) as decoder:
        header = decoder.header
        _check_size(path, header.width_px, header.height_px, max_pixels)
        if on_header is not None:
            on_header(header)
        metadata, damage = without_damage(header.metadata)
        orientation = UPRIGHT if header.oriented else orientation_of(metadata)
        decoded = decoder.decode(empty if orientation == UPRIGHT else np.empty)
    pixels, alpha = decoded.pixels, decoded.alpha
    if not keep_16_bit:
        pixels = to_depth(pixels, 8)
        alpha = None if alpha is None else to_depth(alpha, 8)
    pixels = turn_upright(pixels, orientation, empty)
    alpha = None if alpha is None else turn_upright(alpha, orientation, empty)
    notices = [*header.notices, *decoded.notices, *damage]
    icc = decoded.icc or metadata.icc
    if icc is None and header.format in _EXIF_NAMES_COLOURS and pixels.shape[2] == _RGB:
        icc = adobe_rgb_profile() if is_adobe_rgb(metadata) else None
    if icc is not None and profile_space(icc) != ("GRAY" if pixels.shape[2] == 1 else "RGB"):
        icc = None
        notices.append(_PROFILE_DROPPED)
    metadata = replace(metadata, icc=icc)
    return Photo(pixels, alpha, metadata, path, header.format, tuple(notices), decoded.made_up_rows)


def read_header(path: Path) -> PhotoInfo:
    """Read what a photo's header says, without decoding its pixels.

    Raises:
        PhotoError: If the file is missing, empty, damaged or not a photo.
        StorageError: If the drive is gone or the file may not be read.
    """
    with _decoder_of(path) as decoder:
        header = decoder.header
        metadata, _ = without_damage(header.metadata)
    width, height = header.width_px, header.height_px
    if not header.oriented and swaps_sides(orientation_of(metadata)):
        width, height = height, width
    return PhotoInfo(
        width, height, header.format, header.bit_depth, header.has_alpha, camera_facts(metadata)
    )


def jpeg_tables(path: Path) -> tuple[tuple[tuple[int, ...], ...] | None, bool]:
    """Return a JPEG's quantisation tables, luma first, and whether colour has half the pixels.

    Returns:
        None and False where the file is another photo.

    Raises:
        PhotoError: If the file is missing, empty, damaged or not a photo.
        StorageError: If the drive is gone or the file may not be read.
    """
    with _decoder_of(path) as decoder:
        if not isinstance(decoder, PillowDecoder) or decoder.header.format != "JPEG":
            return None, False
        return decoder.jpeg_tables()


@contextlib.contextmanager
def _decoder_of(path: Path) -> Iterator[Decoder]:
    """Open a file with the decoder for what it holds; every failure becomes one error."""
    try:
        with storage_errors(path), _open(path) as file:
            yield _pick_decoder(file, path)
    except MemoryError as error:
        raise MemoryExhaustedError(
            "There is not enough memory to open this photo.",
            path=path,
            remedy="Close other programs, then try again.",
        ) from error
    except _DECODER_FAILURES as error:
        raise PhotoError(
            "The photo is damaged or incomplete and cannot be read.",
            path=path,
            remedy=_COPY_AGAIN,
        ) from error


def _open(path: Path) -> BinaryIO:
    """Open a regular file.

    Raises:
        PhotoError: If there is none, or it is a folder, a pipe or a device.
        StorageError: If the drive is gone or the file may not be read.
    """
    try:
        with storage_errors(path):
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                raise PhotoError("This is a folder, not a photo.", path=path)
            if not stat.S_ISREG(status.st_mode):
                raise PhotoError("This is not an ordinary file.", path=path)
            if status.st_size == 0:
                raise PhotoError("The file is empty.", path=path, remedy=_COPY_AGAIN)
            return path.open("rb")
    except (OSError, ValueError) as error:
        raise PhotoError("There is no such file.", path=path) from error


def _pick_decoder(file: BinaryIO, path: Path) -> Decoder:
    head = file.read(HEAD_BYTES)
    match kind_of(head):
        case "PNG":
            return PngDecoder(file, path)
        case "TIFF":
            tiff = TiffDecoder(file, path)
            return RawDecoder(file, path, tiff.metadata) if tiff.is_raw else tiff
        case "HEIF":
            return HeifDecoder(file, path)
        case "AVIF":
            return AvifDecoder(file, path)
        case "RAW":
            return RawDecoder(file, path, Metadata())
        case ("JPEG" | "WebP" | "BMP") as kind:
            return PillowDecoder(file, path, kind)
        case None:
            other = describe_other(head)
            what = f"This is {other}, not a photo." if other else "This is not a photo."
            raise PhotoError(what, path=path, remedy=_READABLE)


def _check_size(path: Path, width_px: int, height_px: int, max_pixels: int) -> None:
    if width_px * height_px > max_pixels:
        raise PhotoError(
            f"The photo says it has {width_px} × {height_px} pixels; the limit is "
            f"{format_pixels(max_pixels)}.",
            path=path,
            remedy="Raise the limit if you trust this file.",
        )
