"""Decodes PNG with every colour type and depth, checking each chunk against its checksum.

Only the chunks that make up the picture reach the PNG library. Damaged or oversized metadata
therefore cannot make a sound picture unreadable.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import cv2
import imagecodecs
import numpy as np
from PIL import Image

from engine.imaging.colour import Pixels
from engine.imaging.decoders.base import FIRST_FRAME_ONLY, HDR_CURVE, Empty, Header
from engine.imaging.decoders.companions import left_out, of_png
from engine.imaging.decoders.png_colour import png_profile
from engine.imaging.icc import profile_from_cicp
from engine.imaging.iptc import iptc_of
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Decoded

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
RAW_PROFILE = b"Raw profile type "
_PICTURE_CHUNKS = frozenset({b"PLTE", b"tRNS", b"IDAT"})
_METADATA_CHUNKS = frozenset(
    {b"iCCP", b"eXIf", b"iTXt", b"zTXt", b"tEXt", b"pHYs", b"acTL", b"cICP", b"gAMA", b"cHRM"}
    | {b"sRGB"}
)
_MAX_METADATA_BYTES = 64 << 20
_MAX_TEXT_BYTES = 16 << 20
_MAX_CHUNKS = 500_000
"""More than any program cuts the largest picture into; walking past so many takes a second."""

_CREDENTIALS = b"caBX"
_WANTED_TEXTS = frozenset(
    {XMP_KEYWORD, *(RAW_PROFILE + name for name in (b"exif", b"APP1", b"xmp", b"iptc", b"8bim"))}
)
_RGB, _GREY_ALPHA, _RGBA = 2, 4, 6
_GREY_KINDS = frozenset({0, _GREY_ALPHA})
_DEPTHS = {
    0: {1, 2, 4, 8, 16},
    _RGB: {8, 16},
    3: {1, 2, 4, 8},
    _GREY_ALPHA: {8, 16},
    _RGBA: {8, 16},
}


class PngDecoder:
    """An open PNG file."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """Read everything but the pixels.

        Raises:
            ValueError: If the header is damaged.
        """
        self._file = file
        self._path = path
        self._picture: list[tuple[bytes, int, int]] = []
        self._notes: list[str] = []
        file.seek(0)
        start = file.read(33)
        if len(start) < 33 or start[12:16] != b"IHDR" or zlib.crc32(start[12:29]) != _crc(start):
            raise ValueError("no sound IHDR chunk")
        self._ihdr = start[8:]
        width, height, depth, self._colour, _, _, interlace = struct.unpack(
            ">LLBBBBB", start[16:29]
        )
        self._interlaced = interlace != 0
        if not width or not height or depth not in _DEPTHS.get(self._colour, ()):
            raise ValueError("no sound IHDR chunk")
        metadata = self._walk()
        has_alpha = self._colour in {_GREY_ALPHA, _RGBA} or any(
            kind == b"tRNS" for kind, _, _ in self._picture
        )
        self.header = Header(
            width, height, "PNG", depth, has_alpha, metadata, notices=tuple(self._notes)
        )

    def _walk(self) -> Metadata:
        chunks: dict[bytes, list[bytes]] = {}
        left = _MAX_METADATA_BYTES
        walked, has_credentials = 0, False
        while len(head := self._file.read(8)) == 8:
            walked += 1
            if walked > _MAX_CHUNKS:
                raise ValueError("more chunks than a photo has")
            length, kind = struct.unpack(">L4s", head)
            if kind == b"IEND":
                break
            offset = self._file.tell()
            has_credentials |= kind == _CREDENTIALS
            if kind in _PICTURE_CHUNKS:
                self._picture.append((kind, offset, length))
            elif kind in _METADATA_CHUNKS and length <= left:
                body = self._file.read(length)
                left -= length
                if zlib.crc32(kind + body) == _crc(self._file.read(4)):
                    chunks.setdefault(kind, []).append(body)
            self._file.seek(offset + length + 4)
        if any(int.from_bytes(body[:4]) > 1 for body in chunks.get(b"acTL", ())):
            self._notes.append(FIRST_FRAME_ONLY)
        others = [word for word in _keywords(chunks) if not word.startswith(RAW_PROFILE)]
        self._notes += left_out(of_png(others, has_credentials=has_credentials))
        texts = _texts(chunks)
        return Metadata(
            exif=_first(chunks, b"eXIf")
            or _unwrap(_raw_profile(texts, b"exif") or _raw_profile(texts, b"APP1")),
            xmp=texts.get(XMP_KEYWORD) or _raw_profile(texts, b"xmp"),
            iptc=iptc_of(_raw_profile(texts, b"iptc") or _raw_profile(texts, b"8bim") or b""),
            icc=self._profile(chunks),
            dpi=_dpi(_first(chunks, b"pHYs")),
        )

    def _profile(self, chunks: dict[bytes, list[bytes]]) -> bytes | None:
        cicp = _first(chunks, b"cICP")
        if cicp is not None and len(cicp) == 4:
            if cicp[1] in {16, 18}:
                self._notes.append(HDR_CURVE)
            made = profile_from_cicp(cicp[0], cicp[1])
            if made is not None:
                return made
        stored = _first(chunks, b"iCCP")
        if stored is not None:
            _, _, packed = stored.partition(b"\0")
            return _inflate(packed[1:]) or None
        if b"sRGB" in chunks:
            return None
        grey = self._colour in _GREY_KINDS
        return png_profile(_first(chunks, b"gAMA"), _first(chunks, b"cHRM"), grey=grey)

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Return the pixels.

        Raises:
            ValueError: If a chunk of the picture is missing or damaged.
            RuntimeError: If the library cannot decode them.
        """
        stream = bytearray(SIGNATURE + self._ihdr)
        for kind, offset, length in self._picture:
            self._file.seek(offset)
            body = self._file.read(length + 4)
            if len(body) != length + 4:
                raise ValueError("the file ends early")
            if zlib.crc32(body[:-4], zlib.crc32(kind)) != _crc(body):
                raise ValueError("a chunk does not match its checksum")
            stream += struct.pack(">L4s", length, kind)
            stream += body
        stream += struct.pack(">L4sL", 0, b"IEND", zlib.crc32(b"IEND"))
        values = self._pixels(stream, empty)
        if values.ndim == 2:
            values = values[..., None]
        if values.shape[:2] != (self.header.height_px, self.header.width_px):
            raise ValueError("the picture is smaller than announced")
        if values.shape[2] in {2, 4}:
            return Decoded(np.ascontiguousarray(values[..., :-1]), values[..., -1].copy())
        return Decoded(values)

    def _pixels(self, stream: bytearray, empty: Empty) -> Pixels:
        # imagecodecs decodes interlaced files too, but its libpng prints warnings to the terminal.
        if not self._interlaced:
            values: Pixels
            if self._colour == _RGB and not self.header.has_alpha:
                shape = (self.header.height_px, self.header.width_px, 3)
                values = empty(shape, np.uint8 if self.header.bit_depth == 8 else np.uint16)
                imagecodecs.png_decode(stream, out=values)
            else:
                values = imagecodecs.png_decode(stream)
            return values
        if self.header.bit_depth == 16 and self._colour:
            return _interlaced_16_bit_pixels(stream, grey=self._colour == _GREY_ALPHA)
        return _interlaced_pixels(stream)


def _interlaced_pixels(stream: bytearray) -> Pixels:
    with Image.open(io.BytesIO(stream), formats=["PNG"]) as image:
        if image.mode == "P" or "transparency" in image.info:
            transparent = "transparency" in image.info
            return np.asarray(image.convert("RGBA" if transparent else "RGB"))
        return np.asarray(image.convert("L") if image.mode == "1" else image)


def _interlaced_16_bit_pixels(stream: bytearray, *, grey: bool) -> Pixels:
    decoded = cv2.imdecode(np.frombuffer(stream, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise ValueError("the picture cannot be decoded")
    values: Pixels = decoded.astype(np.uint16, copy=False)
    if grey:
        return values[..., [0, 3]]
    return values[..., [2, 1, 0, 3] if values.shape[2] == 4 else [2, 1, 0]]


def _crc(data: bytes) -> int:
    return int.from_bytes(data[-4:])


def _first(chunks: dict[bytes, list[bytes]], kind: bytes) -> bytes | None:
    return chunks.get(kind, [None])[0]


def _inflate(data: bytes, most: int = _MAX_TEXT_BYTES) -> bytes:
    """Decompress at most what metadata may reasonably take; damaged data gives nothing."""
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error:
        return b""


def _keywords(chunks: dict[bytes, list[bytes]]) -> list[bytes]:
    """Return the keywords of the texts that hold no metadata of their own."""
    bodies = (body for kind in (b"tEXt", b"zTXt", b"iTXt") for body in chunks.get(kind, ()))
    found = dict.fromkeys(body.partition(b"\0")[0] for body in bodies)
    return [keyword for keyword in found if keyword not in _WANTED_TEXTS]


def _texts(chunks: dict[bytes, list[bytes]]) -> dict[bytes, bytes]:
    """Return the texts that hold metadata by keyword; others are not even unpacked."""
    texts: dict[bytes, bytes] = {}
    for kind in (b"tEXt", b"zTXt", b"iTXt"):
        # The last of a name counts, so that no more than one of each is unpacked.
        bodies = {body.partition(b"\0")[0]: body for body in chunks.get(kind, ())}
        for keyword in _WANTED_TEXTS & bodies.keys():
            rest = bodies[keyword].partition(b"\0")[2]
            match kind:
                case b"tEXt":
                    texts[keyword] = rest
                case b"zTXt":
                    texts[keyword] = _inflate(rest[1:])
                case _:
                    packed = rest[:1] == b"\x01"
                    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
                    texts[keyword] = _inflate(text) if packed else text
    return texts


def _raw_profile(texts: dict[bytes, bytes], name: bytes) -> bytes | None:
    """Return the bytes of ImageMagick's "Raw profile type" text: name, length, hexadecimal."""
    lines = texts.get(RAW_PROFILE + name, b"").split(None, 2)
    if len(lines) != 3:
        return None
    try:
        return bytes.fromhex(lines[2].decode("ascii"))
    except ValueError:
        return None


def _unwrap(block: bytes | None) -> bytes | None:
    return None if block is None else block.removeprefix(b"Exif\0\0")


def _dpi(body: bytes | None) -> tuple[float, float] | None:
    if body is None or len(body) != 9 or body[8] != 1:
        return None
    across, down = struct.unpack(">LL", body[:8])
    return (across * 0.0254, down * 0.0254) if across and down else None
