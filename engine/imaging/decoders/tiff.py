"""Decodes TIFF and BigTIFF: strips or tiles, 1 to 32 bits or floating, any common compression."""

import logging
import math
import mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import tifffile

from engine.imaging.colour import Pixels, from_bits, from_float, to_depth, unpremultiply
from engine.imaging.decoders.base import FIRST_FRAME_ONLY, Empty, Header, contiguous, unsupported
from engine.imaging.decoders.companions import left_out, of_tiff
from engine.imaging.decoders.pillow_formats import NO_CMYK_PROFILE, open_image, to_array
from engine.imaging.decoders.tiff_pages import TiffPage, find_pages, integers
from engine.imaging.decoders.tiff_segments import mend_segments
from engine.imaging.exif import Directory, ExifTree, TiffReader, parse
from engine.imaging.exif_layout import build
from engine.imaging.icc import srgb_profile, to_srgb
from engine.imaging.iptc import iptc_of
from engine.imaging.lab import lab_to_srgb
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Decoded

DESCRIPTIVE_TAGS = frozenset(
    {0x010E, 0x010F, 0x0110, 0x0112, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749, 0x8298}
    | set(range(0x9C9B, 0x9CA0))
)
"""Fields of a TIFF's first directory that describe the photo rather than the file's layout."""

XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG, ICC_TAG = 0x02BC, 0x83BB, 0x8649, 0x8773
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_SAMPLES, _X_DPI, _Y_DPI, _DPI_UNIT = 277, 282, 283, 296
_TILE_WIDTH, _TILE_HEIGHT, _MAX_TILE_MARGIN_PX = 322, 323, 4096
_ROWS_PER_STRIP, _PLANAR, _STRIP_SIZES, _TILE_SIZES, _MOST_SEGMENTS = 278, 284, 279, 325, 200_000
_SUB_DIRECTORIES, _INK_SET, _EXTRA_SAMPLES, _SAMPLE_FORMAT, _DNG_VERSION = 330, 332, 338, 339, 50706
_STRUCTURE = frozenset(
    {_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _X_DPI, _Y_DPI, _DPI_UNIT}
    | {_SUB_DIRECTORIES, _INK_SET, _EXTRA_SAMPLES, _SAMPLE_FORMAT, _DNG_VERSION}
    | {
        _TILE_WIDTH,
        _TILE_HEIGHT,
        _ROWS_PER_STRIP,
        _PLANAR,
        _STRIP_SIZES,
        _TILE_SIZES,
        XMP_TAG,
        IPTC_TAG,
        PHOTOSHOP_TAG,
        ICC_TAG,
    }
)
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB, _ICC_LAB = (
    0,
    1,
    2,
    3,
    5,
    6,
    8,
    9,
)
_CHANNELS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3}
_CHANNELS |= {_LAB: 3, _ICC_LAB: 3}
_SENSOR_DATA = frozenset({32803, 34892})
_JPEG, _SEPARATE = 7, 2
_PREMULTIPLIED, _STRAIGHT = 1, 2
_UNSIGNED, _FLOAT = 1, 3
_OUT_OF_RANGE = "Values outside 0 to 1 in this floating-point photo were clipped."
_EXTRA_DROPPED = "An extra channel that is not transparency was left out."

# tifffile reports oddities of a file through logging; without a handler they reach the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


class TiffDecoder:
    """An open TIFF file."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """Read the first directory and metadata.

        Raises:
            ValueError: If the directory is damaged.
            PhotoError: If the file stores its pixels in a way that is not read.
        """
        self._file = file
        self._path = path
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            reader = TiffReader(data)
            pages = find_pages(reader, _STRUCTURE | DESCRIPTIVE_TAGS)
            self.is_raw = _holds_sensor_data(reader, pages.first.fields)
            self._page = pages.first if self.is_raw else pages.photo
            fields = self._page.fields
            self.metadata = _metadata(data, reader, pages.first, self._page)
        if self.is_raw:
            return
        tree = ExifTree(order=reader.order, image=fields)
        self._photometric = int(_number(tree, _PHOTOMETRIC, -1))
        self._compression = int(_number(tree, _COMPRESSION, 1))
        self._sample_format = int(_number(tree, _SAMPLE_FORMAT, _UNSIGNED))
        self._bits = int(_number(tree, _BITS, 1))
        samples = int(_number(tree, _SAMPLES, 1))
        width, height = int(_number(tree, _WIDTH, 0)), int(_number(tree, _HEIGHT, 0))
        if not width or not height:
            raise ValueError("no pixels")
        self._check_layout(tree, samples)
        if (
            _number(tree, _TILE_WIDTH, 0) > width + _MAX_TILE_MARGIN_PX
            or _number(tree, _TILE_HEIGHT, 0) > height + _MAX_TILE_MARGIN_PX
        ):
            raise ValueError("tiles far larger than the picture")
        _check_count(tree, samples)
        self._extra = integers(tree, _EXTRA_SAMPLES)
        has_alpha = bool({_PREMULTIPLIED, _STRAIGHT} & set(self._extra))
        notices = [FIRST_FRAME_ONLY] if pages.has_others else []
        notices += left_out(of_tiff(has_layers=pages.has_layers))
        self.header = Header(
            width, height, "TIFF", self._bits, has_alpha, self.metadata, notices=tuple(notices)
        )

    def _check_layout(self, tree: ExifTree, samples: int) -> None:
        channels = _CHANNELS.get(self._photometric)
        if channels is None or not channels <= samples <= channels + 4:
            raise unsupported("This kind of TIFF is not read.", self._path)
        if self._sample_format not in {_UNSIGNED, _FLOAT} or self._bits > 64:
            raise unsupported(
                "The TIFF holds measurements, not the colours of a photo.", self._path
            )
        if len(set(integers(tree, _BITS))) > 1 or _number(tree, _INK_SET, 1) != 1:
            raise unsupported("This kind of TIFF is not read.", self._path)

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Return the pixels.

        Raises:
            ValueError, RuntimeError, struct.error: If the file ends early or is damaged.
        """
        if self._photometric == _YCBCR and self._compression != _JPEG:
            if self._page.index is None:
                raise unsupported("This kind of TIFF is not read.", self._path)
            with open_image(self._file, ["TIFF"]) as image:
                image.seek(self._page.index)
                return Decoded(to_array(image.convert("RGB")))
        self._file.seek(0)
        with tifffile.TiffFile(self._file) as tiff:
            tiff.filehandle.seek(self._page.offset)
            page: Any = tifffile.TiffPage(tiff, index=0)
            mend_segments(page, self._file)
            stored = _rows_columns_samples(page)
            table = page.colormap if self._photometric == _PALETTE else None
        if stored is None or stored.shape[:2] != (self.header.height_px, self.header.width_px):
            raise unsupported("This kind of TIFF is not read.", self._path)
        channels = _CHANNELS[self._photometric]
        if table is not None:
            colours = table if int(table.max()) < 256 else to_depth(table, 8)
            palette = np.ascontiguousarray(colours.astype(np.uint8).T)
            return Decoded(palette[stored[..., 0]])
        values, notices = self._full_range(stored)
        del stored
        alpha = None
        for index, meaning in enumerate(self._extra, start=channels):
            if meaning in {_PREMULTIPLIED, _STRAIGHT} and alpha is None:
                alpha = values[..., index].copy()
        if values.shape[2] > channels + (alpha is not None):
            notices.append(_EXTRA_DROPPED)
        colour: Pixels = contiguous(values[..., :channels], empty)
        if alpha is not None and _PREMULTIPLIED in self._extra:
            colour = unpremultiply(colour, alpha)
        return self._in_rgb(colour, alpha, notices)

    def _full_range(self, stored: npt.NDArray[np.generic]) -> tuple[Pixels, list[str]]:
        values: Pixels
        notices: list[str] = []
        if np.issubdtype(stored.dtype, np.floating):
            values, clipped = from_float(stored.astype(stored.dtype, copy=False))
            notices += [_OUT_OF_RANGE] if clipped else []
        elif stored.dtype == np.bool_:
            values = stored.astype(np.uint8) * np.uint8(255)
        else:
            values = from_bits(stored.astype(f"u{stored.dtype.itemsize}", copy=False), self._bits)
        if self._photometric == _WHITE_IS_ZERO:
            values[..., :1] = np.iinfo(values.dtype).max - values[..., :1]
        return values, notices

    def _in_rgb(self, colour: Pixels, alpha: Pixels | None, notices: list[str]) -> Decoded:
        icc = self.metadata.icc
        if self._photometric not in {_CMYK, _LAB, _ICC_LAB}:
            return Decoded(colour, alpha, notices=tuple(notices))
        if self._photometric != _CMYK:
            converted = lab_to_srgb(colour, "CIELab" if self._photometric == _LAB else "ICCLab")
            return Decoded(converted, alpha, icc=srgb_profile(), notices=tuple(notices))
        notices += [] if icc else [NO_CMYK_PROFILE]
        converted = to_srgb(to_depth(colour, 8).astype(np.uint8, copy=False), "CMYK", icc)
        alpha = None if alpha is None else to_depth(alpha, 8)
        return Decoded(converted, alpha, icc=srgb_profile(), notices=tuple(notices))


def _rows_columns_samples(page: Any) -> npt.NDArray[np.generic] | None:
    """Return a page's values in native byte order, shape (H, W, S); None for odd layouts."""
    values = page.asarray()
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if page.axes == "YX":
        return np.asarray(values[..., None])
    if page.axes == "SYX":
        return np.ascontiguousarray(np.moveaxis(values, 0, -1))
    return np.asarray(values) if page.axes == "YXS" else None


def _check_count(tree: ExifTree, samples: int) -> None:
    """Refuse files that claim more strips or tiles than they list; all would be set up in memory.

    Raises:
        ValueError: If so.
    """
    width, height = _number(tree, _WIDTH, 0), _number(tree, _HEIGHT, 0)
    tiled = _TILE_WIDTH in tree.image
    across, down = 1.0, height / max(_number(tree, _ROWS_PER_STRIP, 2**32), 1)
    if tiled:
        across = width / max(_number(tree, _TILE_WIDTH, 0), 1)
        down = height / max(_number(tree, _TILE_HEIGHT, 0), 1)
    planes = samples if _number(tree, _PLANAR, 1) == _SEPARATE else 1
    needed = math.ceil(across) * math.ceil(down) * planes
    listed = tree.image.get(_TILE_SIZES if tiled else _STRIP_SIZES)
    if needed > _MOST_SEGMENTS or (listed is not None and listed.count < needed):
        raise ValueError("more strips or tiles than the file lists")


def _holds_sensor_data(reader: TiffReader, fields: Directory) -> bool:
    """Return whether this is a camera RAW file; its first picture is then only a preview."""
    if _DNG_VERSION in fields or bytes(reader.data[8:10]) == b"CR":
        return True
    tree = ExifTree(order=reader.order, image=fields)
    if tree.number(fields, _PHOTOMETRIC) in _SENSOR_DATA:
        return True
    for offset in integers(tree, _SUB_DIRECTORIES)[:16]:
        try:
            sub, _, _ = reader.directory(offset, {_PHOTOMETRIC})
        except ValueError:
            continue
        if tree.number(sub, _PHOTOMETRIC) in _SENSOR_DATA:
            return True
    return False


def _metadata(data: mmap.mmap, reader: TiffReader, first: TiffPage, photo: TiffPage) -> Metadata:
    """Return what the photo's page says, and where that says nothing, what the first one says."""
    tree = parse(data, image_tags=DESCRIPTIVE_TAGS)
    tree.image |= {tag: e for tag, e in photo.fields.items() if tag in DESCRIPTIVE_TAGS}
    fields = first.fields | photo.fields
    structure = ExifTree(order=reader.order, image=fields)
    blocks = {
        tag: fields[tag].value
        for tag in (XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG, ICC_TAG)
        if tag in fields
    }
    iptc = iptc_of(blocks.get(IPTC_TAG, b"")) or iptc_of(blocks.get(PHOTOSHOP_TAG, b""))
    per_inch = {2: 1.0, 3: 2.54}.get(int(_number(structure, _DPI_UNIT, 2)))
    across, down = _number(structure, _X_DPI, 0), _number(structure, _Y_DPI, 0)
    return Metadata(
        exif=build(tree) if tree.image or tree.exif or tree.gps else None,
        xmp=blocks.get(XMP_TAG),
        iptc=iptc,
        icc=blocks.get(ICC_TAG),
        dpi=(across * per_inch, down * per_inch) if per_inch and across and down else None,
    )


def _number(tree: ExifTree, tag: int, default: float) -> float:
    value = tree.number(tree.image, tag)
    return default if value is None else value
