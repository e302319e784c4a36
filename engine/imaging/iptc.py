"""Finds IPTC records inside Photoshop resource blocks and wraps them for storage."""

import struct
from collections.abc import Callable

_SIGNATURE = b"8BIM"
_IPTC_RESOURCE = 0x0404
_FIELD, _EXTENDED_SIZE = b"\x1c", 0x8000


def iptc_of(data: bytes) -> bytes | None:
    """Return the IPTC records in `data`, or None.

    Args:
        data: Either the records themselves, or Photoshop resource blocks holding them.
    """
    if data[:1] == b"\x1c":
        return data
    at = 0
    while data[at : at + 4] == _SIGNATURE and at + 12 <= len(data):
        (resource,) = struct.unpack_from(">H", data, at + 4)
        name_bytes = 1 + data[at + 6]
        at += 6 + name_bytes + name_bytes % 2
        if at + 4 > len(data):
            return None
        (size,) = struct.unpack_from(">L", data, at)
        at += 4
        if resource == _IPTC_RESOURCE:
            records = data[at : at + size]
            return records if records[:1] == b"\x1c" and len(records) == size else None
        at += size + size % 2
    return None


def resource_block(records: bytes) -> bytes:
    """Return `records` as one Photoshop resource block."""
    head = _SIGNATURE + struct.pack(">HHL", _IPTC_RESOURCE, 0, len(records))
    return head + records + bytes(len(records) % 2)


def without(records: bytes, unwanted: Callable[[int, int, bytes], bool]) -> bytes | None:
    """Return IPTC records without some of their fields.

    Args:
        records: As `iptc_of` returns them.
        unwanted: Told the record, the number and the value of each field.

    Returns:
        The rest, byte for byte; None if nothing is left. What cannot be told apart goes too.
    """
    kept = bytearray()
    at = 0
    while records[at : at + 1] == _FIELD and at + 5 <= len(records):
        record, number, size = struct.unpack_from(">BBH", records, at + 1)
        start = at + 5
        if size & _EXTENDED_SIZE:  # the size of the size
            long = size & ~_EXTENDED_SIZE
            size = int.from_bytes(records[start : start + long])
            start += long
        end = start + size
        if end > len(records):
            break
        if not unwanted(record, number, records[start:end]):
            kept += records[at:end]
        at = end
    return bytes(kept) or None
