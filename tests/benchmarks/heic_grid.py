"""Writes a HEIC of any size as phones do: a grid of tiles, here many times the same one.

An HEVC picture ends at 142 megapixels; larger photos are grids (ISO/IEC 23008-12, 6.6.2.3).
"""

import io
import struct
from pathlib import Path

import numpy as np
import pillow_heif


def write_heic_grid(path: Path, tile: np.ndarray, rows: int, columns: int) -> None:
    """Write a photo of `rows` x `columns` times `tile`, uint8 (h, w, 3) with even sides."""
    high, wide = tile.shape[:2]
    stored = io.BytesIO()
    pillow_heif.encode("RGB", (wide, high), tile.tobytes(), stored, quality=50)
    boxes = dict(_boxes(stored.getvalue()))
    decoder_setup = dict(_boxes(dict(_boxes(dict(_boxes(boxes[b"meta"][4:]))[b"iprp"]))[b"ipco"]))
    coded = boxes[b"mdat"]
    tiles = range(2, 2 + rows * columns)
    size = struct.pack(">II", columns * wide, rows * high)
    grid = struct.pack(">BBBB", 0, 1, rows - 1, columns - 1) + size

    properties = _box(
        b"ipco",
        _box(b"hvcC", decoder_setup[b"hvcC"])
        + _full(b"ispe", struct.pack(">II", wide, high))
        + _full(b"ispe", size),
    )
    uses = struct.pack(">IHBB", 1 + len(tiles), 1, 1, 3)
    uses += b"".join(struct.pack(">HBBB", item, 2, 0x81, 2) for item in tiles)
    kinds = _full(b"infe", struct.pack(">HH4sB", 1, 0, b"grid", 0), version=2)
    kinds += b"".join(
        _full(b"infe", struct.pack(">HH4sB", item, 0, b"hvc1", 0), version=2, flags=1)
        for item in tiles
    )
    parts = struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *tiles)

    def meta(first_byte: int) -> bytes:
        places = struct.pack(">BBH", 0x44, 0, 1 + len(tiles))
        places += struct.pack(">HHHHII", 1, 0, 0, 1, first_byte, len(grid))
        places += b"".join(
            struct.pack(">HHHHII", item, 0, 0, 1, first_byte + len(grid), len(coded))
            for item in tiles
        )
        return _full(
            b"meta",
            _full(b"hdlr", struct.pack(">I4s12xB", 0, b"pict", 0))
            + _full(b"pitm", struct.pack(">H", 1))
            + _full(b"iloc", places, version=1)
            + _full(b"iinf", struct.pack(">H", 1 + len(tiles)) + kinds)
            + _full(b"iref", _box(b"dimg", parts))
            + _box(b"iprp", properties + _full(b"ipma", uses)),
        )

    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    first_byte = len(head) + len(meta(0)) + 8
    path.write_bytes(head + meta(first_byte) + _box(b"mdat", grid + coded))


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and content of each box, one level deep."""
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + size]))
        at += size
    return found


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _full(kind: bytes, content: bytes, *, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags) + content)
