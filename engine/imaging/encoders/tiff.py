"""Writes TIFF and BigTIFF strip by strip, with all metadata and maker notes in their old place.

The EXIF block's own directories come first in the file, at the offsets they had in the photo, so
that the offsets inside maker notes still hold. Libraries write them elsewhere, which breaks them.
"""

import struct
from collections.abc import Callable
from typing import BinaryIO

import imagecodecs

from engine.imaging.colour import Pixels
from engine.imaging.decoders.tiff import ICC_TAG, IPTC_TAG, XMP_TAG
from engine.imaging.encoders.base import Output, StripEncoder
from engine.imaging.exif import BYTE, LONG, LONG8, SHORT, UNDEFINED, Directory, ExifField, rational
from engine.imaging.exif_layout import build_tiff_head, pack_directory
from engine.imaging.metadata import tree_of

_STRIP_BYTES = 1 << 20
_LEVEL = 6
_CLASSIC_LIMIT_BYTES = (1 << 32) - (1 << 26)
_BITS, _COMPRESSION, _PHOTOMETRIC, _OFFSETS, _SAMPLES, _ROWS, _BYTE_COUNTS = (
    258,
    259,
    262,
    273,
    277,
    278,
    279,
)
_WIDTH, _HEIGHT, _X_DPI, _Y_DPI, _PLANAR, _DPI_UNIT, _PREDICTOR = 256, 257, 282, 283, 284, 296, 317
_EXTRA_SAMPLES, _SAMPLE_FORMAT = 338, 339
_FOREIGN_LAYOUT = frozenset(
    {254, 255, 266, 288, 289, 290, 291, 301, 317, 320, 330, 338, 347, 512, 513, 514}
    | set(range(322, 326))
    | set(range(332, 346))
    | set(range(529, 533))
    | set(range(50706, 50833))
)
"""Fields of another file's layout that must not come along from its EXIF."""

_NONE, _DEFLATE = 1, 8
_HORIZONTAL_DIFFERENCES, _STRAIGHT_ALPHA = 2, 2


class TiffEncoder(StripEncoder):
    """Writes one TIFF of 8 or 16 bits; BigTIFF where 4 GiB may not be enough."""

    def __init__(self, file: BinaryIO, output: Output) -> None:
        super().__init__(file, output, _STRIP_BYTES // output.row_bytes)
        self._tree = tree_of(output.metadata.exif)
        blocks = (output.metadata.exif, output.metadata.xmp, output.metadata.icc)
        blocks_bytes = sum(len(block) for block in blocks if block is not None)
        expected_bytes = output.row_bytes * output.height_px * 1.01 + blocks_bytes
        self._big = expected_bytes > _CLASSIC_LIMIT_BYTES
        self._offsets: list[int] = []
        self._sizes: list[int] = []
        self._pointers: Directory = {}

    def begin(self) -> None:
        """Write the header and the directories of the EXIF block."""
        head, self._pointers = build_tiff_head(self._tree, big=self._big)
        self.file.write(head)

    def compress(self, strip: Pixels, _above: Pixels | None) -> Callable[[], None]:
        """Compress one strip."""
        order = self._tree.order
        if self.output.compressed:
            differences = strip.copy()
            differences[:, 1:] -= strip[:, :-1]
            strip = differences
        data = strip.astype(strip.dtype.newbyteorder(order), copy=False).tobytes()
        if self.output.compressed:
            data = bytes(imagecodecs.deflate_encode(data, level=_LEVEL))
        return lambda: self._append(data)

    def _append(self, data: bytes) -> None:
        self._offsets.append(self._align())
        self._sizes.append(len(data))
        self.file.write(data)

    def _align(self) -> int:
        if self.file.tell() % 2:
            self.file.write(b"\0")
        return self.file.tell()

    def end(self) -> None:
        """Write the first directory and point the header at it."""
        entries = self._directory()
        inline = 8 if self._big else 4
        places: dict[int, int] = {}
        for tag, entry in sorted(entries.items()):
            if len(entry.value) > inline:
                places[tag] = self._align()
                self.file.write(entry.value)
        offset = self._align()
        self.file.write(pack_directory(entries, places, self._tree.order, big=self._big))
        self.file.seek(8 if self._big else 4)
        self.file.write(struct.pack(self._tree.order + ("Q" if self._big else "L"), offset))
        self.file.seek(0, 2)

    def _directory(self) -> Directory:
        output, tree = self.output, self._tree
        icc, notices = output.fitting_icc()
        self.notices += notices
        offset_type = LONG8 if self._big else LONG
        described = {tag: e for tag, e in tree.image.items() if tag not in _FOREIGN_LAYOUT}
        dpi = output.metadata.dpi
        if dpi is None and not {_X_DPI, _Y_DPI, _DPI_UNIT} <= described.keys():
            dpi = (72.0, 72.0)
        if dpi is not None:
            described[_X_DPI], described[_Y_DPI] = rational(tree, dpi[0]), rational(tree, dpi[1])
            described[_DPI_UNIT] = tree.pack(SHORT, 2)
        entries = described | {
            _WIDTH: tree.pack(LONG, output.width_px),
            _HEIGHT: tree.pack(LONG, output.height_px),
            _BITS: tree.pack(SHORT, *[output.bit_depth] * output.samples),
            _COMPRESSION: tree.pack(SHORT, _DEFLATE if output.compressed else _NONE),
            _PHOTOMETRIC: tree.pack(SHORT, 1 if output.channels == 1 else 2),
            _OFFSETS: tree.pack(offset_type, *self._offsets),
            _SAMPLES: tree.pack(SHORT, output.samples),
            _ROWS: tree.pack(LONG, self.rows_per_strip),
            _BYTE_COUNTS: tree.pack(offset_type, *self._sizes),
            _PLANAR: tree.pack(SHORT, 1),
            _SAMPLE_FORMAT: tree.pack(SHORT, *[1] * output.samples),
        }
        if output.compressed:
            entries[_PREDICTOR] = tree.pack(SHORT, _HORIZONTAL_DIFFERENCES)
        if output.has_alpha:
            entries[_EXTRA_SAMPLES] = tree.pack(SHORT, _STRAIGHT_ALPHA)
        metadata = output.metadata
        for tag, block in ((XMP_TAG, metadata.xmp), (IPTC_TAG, metadata.iptc), (ICC_TAG, icc)):
            entries.pop(tag, None)
            if block is not None:
                kind = BYTE if tag == XMP_TAG else UNDEFINED
                entries[tag] = ExifField(kind, len(block), block)
        return entries | self._pointers
