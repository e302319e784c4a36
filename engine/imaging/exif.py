"""Takes an EXIF block, or the directories of a TIFF file, apart into fields."""

import math
import mmap
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

Buffer = bytes | mmap.mmap
ByteOrder = Literal["<", ">"]

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 2, 3, 4, 5, 7, 16
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TYPE_BYTES |= {16: 8, 17: 8, 18: 8}

EXIF_POINTER, GPS_POINTER, INTEROP_POINTER = 0x8769, 0x8825, 0xA005
MAKER_NOTE = 0x927C
POINTERS = (EXIF_POINTER, GPS_POINTER, INTEROP_POINTER)
_MAX_TOTAL_BYTES = 64 << 20
"""Entries of a hostile block may all point at the same bytes; this bounds what is copied."""


class ExifError(ValueError):
    """The block cannot be taken apart at all."""


@dataclass(frozen=True, slots=True)
class ExifField:
    """One field: TIFF type, number of values, and the values in the block's byte order."""

    type: int
    count: int
    value: bytes


Directory = dict[int, ExifField]


@dataclass(slots=True)
class ExifTree:
    """The directories of an EXIF block. The thumbnail's directory is never kept.

    Attributes:
        order: Byte order of every value, as in `struct`.
        image: IFD0: camera, software, orientation.
        exif: Exposure and lens, including the maker note.
        gps: Position.
        interop: Colour space hint.
        maker_note_offset: Where the maker note began, counted from the start of the block.
        dropped: How many unreadable fields were left out.
    """

    order: ByteOrder = "<"
    image: Directory = field(default_factory=dict)
    exif: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    interop: Directory = field(default_factory=dict)
    maker_note_offset: int | None = None
    dropped: int = 0

    def text(self, directory: Directory, tag: int) -> str | None:
        """Return a text field without its padding, or None if absent or empty."""
        entry = directory.get(tag)
        if entry is None:
            return None
        return entry.value.split(b"\0")[0].decode("utf-8", "replace").strip() or None

    def number(self, directory: Directory, tag: int) -> float | None:
        """Return the first value of a numeric field, or None if absent or undefined."""
        entry = directory.get(tag)
        if entry is None or entry.count < 1:
            return None
        codes = {1: "B", 3: "H", 4: "L", 5: "LL", 8: "h", 9: "l", 10: "ll", 13: "L", 16: "Q"}
        code = codes.get(entry.type)
        if code is None:
            return None
        numbers = struct.unpack_from(self.order + code, entry.value)
        if len(numbers) == 1:
            return float(numbers[0])
        return numbers[0] / numbers[1] if numbers[1] else None

    def pack(self, type_: int, *numbers: int) -> ExifField:
        """Return an entry of SHORT, LONG, RATIONAL or LONG8 numbers in this block's byte order."""
        codes = {BYTE: "B", SHORT: "H", LONG: "L", RATIONAL: "L", LONG8: "Q"}
        value = struct.pack(f"{self.order}{len(numbers)}{codes[type_]}", *numbers)
        return ExifField(type_, len(numbers) // 2 if type_ == RATIONAL else len(numbers), value)


def ascii_entry(text: str) -> ExifField:
    """Return a text field; characters outside ASCII are stored as UTF-8."""
    value = text.encode("utf-8", "replace") + b"\0"
    return ExifField(ASCII, len(value), value)


def rational(tree: ExifTree, value: float) -> ExifField:
    """Return `value` >= 0 as a RATIONAL entry with three decimals where needed."""
    scale = 1 if math.isclose(value, round(value)) else 1000
    return tree.pack(RATIONAL, min(round(value * scale), 0xFFFFFFFF), scale)


class TiffReader:
    """Reads directories of a TIFF structure, checking every offset against the file's end."""

    def __init__(self, data: Buffer) -> None:
        """Read the header.

        Raises:
            ExifError: If `data` does not begin like a TIFF structure.
        """
        self.data = data
        marks: dict[bytes, ByteOrder] = {b"II": "<", b"MM": ">"}
        order = marks.get(bytes(data[:2]))
        if order is None or len(data) < 8:
            raise ExifError("no TIFF header")
        self.order: ByteOrder = order
        (magic,) = self._unpack("H", 2)
        if magic not in (42, 43):
            raise ExifError("no TIFF header")
        self.big = magic == 43
        (self.first_offset,) = self._unpack("Q", 8) if self.big else self._unpack("L", 4)
        self.dropped = 0
        self._left = _MAX_TOTAL_BYTES

    def _unpack(self, code: str, offset: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self.order + code, self.data, offset)
        except (struct.error, OverflowError) as error:
            raise ExifError("a field lies outside the block") from error

    def has_field(self, offset: int, requested: int) -> bool:
        """Return whether the directory at `offset` has a field, without reading its value."""
        (count,) = self._unpack("Q" if self.big else "H", offset)
        entry_bytes, start = (20, offset + 8) if self.big else (12, offset + 2)
        end = min(start + count * entry_bytes, len(self.data) - 1)
        return any(self._unpack("H", at)[0] == requested for at in range(start, end, entry_bytes))

    def directory(
        self, offset: int, requested: Collection[int] | None = None
    ) -> tuple[Directory, dict[int, int], int]:
        """Read one directory.

        Args:
            offset: Where it begins.
            requested: Tags to read; None reads all.

        Returns:
            Its readable entries, where in the data the value of each begins, and the offset of
            the next directory (0 at the end).

        Raises:
            ExifError: If the directory itself does not lie within the data.
        """
        (count,) = self._unpack("Q" if self.big else "H", offset)
        entry_bytes, start = (20, offset + 8) if self.big else (12, offset + 2)
        end = start + count * entry_bytes
        if end > len(self.data):
            raise ExifError("a directory lies outside the block")
        entries: Directory = {}
        positions: dict[int, int] = {}
        for at in range(start, end, entry_bytes):
            tag, type_ = self._unpack("HH", at)
            if requested is not None and tag not in requested:
                continue
            (values,) = self._unpack("Q" if self.big else "L", at + 4)
            size = values * _TYPE_BYTES.get(type_, 0)
            position = at + (12 if self.big else 8)
            if size > (8 if self.big else 4):
                (position,) = self._unpack("Q" if self.big else "L", position)
            if size == 0 or position + size > len(self.data) or size > self._left:
                self.dropped += 1
                continue
            self._left -= size
            entries[tag] = ExifField(type_, values, bytes(self.data[position : position + size]))
            positions[tag] = position
        try:
            (following,) = self._unpack("Q" if self.big else "L", end)
        except ExifError:
            following = 0
        return entries, positions, following


def parse(data: Buffer, *, image_tags: Collection[int] | None = None) -> ExifTree:
    """Take an EXIF block, or the directories of a TIFF file, apart.

    Args:
        data: Begins with the TIFF header, without the "Exif" prefix of JPEG.
        image_tags: Tags kept of the first directory; None keeps all.

    Returns:
        What could be read; unreadable fields are counted in `dropped`.

    Raises:
        ExifError: If not even the first directory can be read.
    """
    reader = TiffReader(data)
    requested = None if image_tags is None else {*image_tags, *POINTERS}
    image, _, _ = reader.directory(reader.first_offset, requested)
    tree = ExifTree(order=reader.order, image=image)
    exif, positions = _follow(reader, tree, image, EXIF_POINTER)
    tree.exif = exif
    tree.gps, _ = _follow(reader, tree, image, GPS_POINTER)
    tree.interop, _ = _follow(reader, tree, exif, INTEROP_POINTER)
    tree.maker_note_offset = positions.get(MAKER_NOTE)
    for directory in (tree.image, tree.exif, tree.gps, tree.interop):
        for pointer in POINTERS:
            directory.pop(pointer, None)
    tree.dropped += reader.dropped
    return tree


def _follow(
    reader: TiffReader, tree: ExifTree, parent: Directory, pointer: int
) -> tuple[Directory, dict[int, int]]:
    target = tree.number(parent, pointer)
    if target is None:
        return {}, {}
    try:
        entries, positions, _ = reader.directory(int(target))
    except ExifError:
        tree.dropped += 1
        return {}, {}
    return entries, positions
