"""Writes WebP with all metadata, from an uncompressed scratch file that the system can page out.

The encoder needs the whole picture at once. Kept in a file without a name it costs disk rather
than memory, and vanishes with the process however that ends.
"""

import struct
import tempfile
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
import numpy.typing as npt

from engine.errors import PhotoError
from engine.imaging.colour import Pixels
from engine.imaging.encoders.base import Output
from engine.imaging.exif import UNDEFINED, ExifField
from engine.imaging.exif_layout import build
from engine.imaging.icc import grey_to_srgb, profile_space
from engine.imaging.metadata import IPTC_IN_EXIF, tree_of

_HAS_ICC, _HAS_ALPHA, _HAS_EXIF, _HAS_XMP = 0x20, 0x10, 0x08, 0x04
_LEAN_METHOD, _THOROUGH_METHOD = 2, 4
"""The first needs 2 bytes per pixel and gives files 1 % larger. The second, libwebp's default,
needs 4 (up to 20 for noise), but describes large detailed pictures briefly enough to fit."""

_PIXEL_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"ALPH"})


class WebpEncoder:
    """Writes one WebP. Grey is stored as RGB, which is all the format has."""

    def __init__(self, file: BinaryIO, output: Output, folder: Path) -> None:
        self.notices: list[str] = []
        self._file = file
        self._output = output
        self._scratch = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed in close()
        self._samples = 4 if output.has_alpha else 3
        icc = output.metadata.icc
        grey = output.channels == 1
        self._tones = grey_to_srgb(icc) if grey and icc else None
        self._icc, self.notices = (None, []) if grey else output.fitting_icc()
        if icc is not None and grey and profile_space(icc) != "GRAY":
            _, self.notices = output.fitting_icc()

    def begin(self) -> None:
        """Do nothing; a WebP file begins with its size."""

    def write(self, rows: Pixels) -> None:
        """Take the next rows, shape (rows, W, samples), uint8."""
        if self._output.channels == 1:
            tones = rows[..., :1] if self._tones is None else self._tones[rows[..., :1]]
            rows = np.concatenate([tones, tones, tones, rows[..., 1:]], axis=2)
        self._scratch.write(np.ascontiguousarray(rows).data)

    def finish(self) -> None:
        """Compress the picture and write the file."""
        output = self._output
        self._scratch.flush()
        shape = (output.height_px, output.width_px, self._samples)
        pixels = np.memmap(self._scratch, np.uint8, "r", shape=shape)
        try:
            encoded = _encode(pixels, output.quality)
        except imagecodecs.WebpError as error:
            raise PhotoError(
                "The photo cannot be stored as WebP.", remedy="Save it as JPEG, PNG or TIFF."
            ) from error
        del pixels
        self.close()
        self._write_container(encoded)

    def _write_container(self, encoded: bytes | bytearray) -> None:
        metadata, output = self._output.metadata, self._output
        exif = metadata.exif
        if metadata.iptc is not None:  # WebP has no place for it, EXIF has
            tree = tree_of(exif)
            tree.image[IPTC_IN_EXIF] = ExifField(UNDEFINED, len(metadata.iptc), metadata.iptc)
            exif = build(tree)
        flags = _HAS_ALPHA * output.has_alpha + _HAS_ICC * (self._icc is not None)
        flags |= _HAS_EXIF * (exif is not None) + _HAS_XMP * (metadata.xmp is not None)
        sides = (
            struct.pack("<L", output.width_px - 1)[:3] + struct.pack("<L", output.height_px - 1)[:3]
        )
        parts = [_chunk(b"VP8X", struct.pack("<L", flags) + sides)]
        parts += [_chunk(b"ICCP", self._icc)] if self._icc is not None else []
        parts += _pixel_chunks(encoded)
        parts += [_chunk(b"EXIF", exif)] if exif is not None else []
        parts += [_chunk(b"XMP ", metadata.xmp)] if metadata.xmp is not None else []
        size = 4 + sum(len(part) for part in parts)
        self._file.write(b"RIFF" + struct.pack("<L", size) + b"WEBP")
        for part in parts:
            self._file.write(part)

    def close(self) -> None:
        """Remove the scratch file; safe to call at any time."""
        self._scratch.close()


def _encode(pixels: npt.NDArray[np.uint8], quality: int) -> bytes | bytearray:
    try:
        return imagecodecs.webp_encode(pixels, quality, lossless=False, method=_LEAN_METHOD)
    except imagecodecs.WebpError as error:
        if "PARTITION0" not in str(error):
            raise
    return imagecodecs.webp_encode(pixels, quality, lossless=False, method=_THOROUGH_METHOD)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<L", len(body)) + body + bytes(len(body) % 2)


def _pixel_chunks(webp: bytes | bytearray) -> list[bytes]:
    found = []
    at = 12
    while at + 8 <= len(webp):
        (size,) = struct.unpack_from("<L", webp, at + 4)
        end = at + 8 + size + size % 2
        if webp[at : at + 4] in _PIXEL_CHUNKS:
            found.append(bytes(webp[at:end]))
        at = end
    return found
