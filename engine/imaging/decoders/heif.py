"""Decodes HEIC, HEIF and AVIF, with 10 and 12 bits stretched to 16."""

import io
import re
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
import pillow_heif

from engine.imaging.colour import Pixels, from_bits, unpremultiply
from engine.imaging.decoders.base import FIRST_FRAME_ONLY, HDR_CURVE, Empty, Header, contiguous
from engine.imaging.decoders.companions import left_out, of_avif, of_heif
from engine.imaging.decoders.pillow_formats import open_image, pillow_metadata, to_array
from engine.imaging.icc import profile_from_cicp
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Decoded

_HEAD_BYTES = 1 << 16
_ANIMATED_8_BIT = "Of an animation only 8 bits per channel are read."
_HDR_TRANSFERS = frozenset({16, 18})


class HeifDecoder:
    """An open HEIC or HEIF file."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """Read the header and metadata.

        Raises:
            ValueError, EOFError, SyntaxError, RuntimeError, OSError: If the file is damaged.
        """
        file.seek(0)
        self._path = path
        self._image = pillow_heif.open_heif(file, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        info = self._image.info
        nclx = info.get("nclx_profile") or {}
        primaries = int(nclx.get("color_primaries", 2))
        transfer = int(nclx.get("transfer_characteristics", 2))
        notices = [FIRST_FRAME_ONLY] if len(self._image) > 1 else []
        if transfer in _HDR_TRANSFERS:
            notices.append(HDR_CURVE)
        has_depth = bool(info.get("depth_images"))
        things = of_heif(info.get("aux") or {}, has_depth=has_depth, packet=info.get("xmp"))
        notices += left_out(things)
        exif = info.get("exif")
        metadata = Metadata(
            exif=exif[exif.find(b"Exif\0\0") + 6 :] if exif and b"Exif\0\0" in exif[:64] else exif,
            xmp=info.get("xmp") or None,
            icc=info.get("icc_profile") or profile_from_cicp(primaries, transfer),
        )
        width, height = self._image.size
        # libheif turns the picture itself; the orientation that EXIF repeats is only a remark.
        self.header = Header(
            width,
            height,
            "HEIF",
            int(info.get("bit_depth", 8)),
            self._image.has_alpha,
            metadata,
            oriented=True,
            notices=tuple(notices),
        )

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Return the pixels.

        Raises:
            ValueError, EOFError, SyntaxError, RuntimeError, OSError: If the file is damaged.
        """
        image = self._image
        width, height = image.size
        deep = ";" in image.mode
        channels = {"L": 1, "I": 1, "LA": 2, "La": 2}.get(image.mode.split(";")[0])
        channels = channels or (4 if image.has_alpha else 3)
        flat: Pixels = np.frombuffer(image.data, np.uint16 if deep else np.uint8)
        rows = flat.reshape(height, -1)[:, : width * channels]
        values = from_bits(rows.reshape(height, width, channels), self._stored_bits(deep))
        if channels in {1, 3}:
            return Decoded(contiguous(values, empty))
        colour: Pixels = np.ascontiguousarray(values[..., :-1])
        alpha: Pixels = values[..., -1].copy()
        if image.premultiplied_alpha:
            colour = unpremultiply(colour, alpha)
        return Decoded(colour, alpha)

    def _stored_bits(self, deep: bool) -> int:
        if not deep:
            return 8
        named = int(self._image.mode.split(";")[1].rstrip("L"))
        return named if named < 16 else self.header.bit_depth


class AvifDecoder:
    """An open AVIF file."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """Read the header and metadata.

        Raises:
            PIL.UnidentifiedImageError: If the file is damaged.
        """
        file.seek(0)
        self._path = path
        self._data = file.read()
        self._image = image = open_image(io.BytesIO(self._data), ["AVIF"])
        head = self._data[:_HEAD_BYTES]
        metadata = pillow_metadata(image)
        self._animated = getattr(image, "n_frames", 1) > 1
        notices = [FIRST_FRAME_ONLY] if self._animated else []
        if self._animated and _av1_bits(head) > 8:
            notices.append(_ANIMATED_8_BIT)
        notices += left_out(of_avif(head))
        codes = re.search(rb"colrnclx(..)(..)", head, re.DOTALL)
        if codes is not None:
            primaries, transfer = int.from_bytes(codes[1]), int.from_bytes(codes[2])
            if transfer in _HDR_TRANSFERS:
                notices.append(HDR_CURVE)
            if metadata.icc is None:
                made = profile_from_cicp(primaries, transfer)
                metadata = Metadata(metadata.exif, metadata.xmp, icc=made)
        self.header = Header(
            image.width,
            image.height,
            "AVIF",
            _av1_bits(head),
            image.has_transparency_data,
            metadata,
            notices=tuple(notices),
        )

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Return the pixels.

        Raises:
            ValueError, RuntimeError, OSError: If the file is damaged.
        """
        bits = self.header.bit_depth
        if bits == 8 or self._animated:
            # imagecodecs writes all pictures of an animation where one fits.
            self._image.load()
            values: Pixels = to_array(self._image, empty)
        else:
            values = from_bits(imagecodecs.avif_decode(self._data, index=0), bits)
            values = values[..., None] if values.ndim == 2 else values
        if values.shape[2] in {2, 4}:
            return Decoded(np.ascontiguousarray(values[..., :-1]), values[..., -1].copy())
        return Decoded(values)


def _av1_bits(head: bytes) -> int:
    """Return the bit depth that the AV1 configuration box names."""
    at = head.find(b"av1C")
    flags = head[at + 6] if 0 <= at < len(head) - 6 else 0
    if flags & 0x40 == 0:
        return 8
    return 12 if flags & 0x20 else 10
