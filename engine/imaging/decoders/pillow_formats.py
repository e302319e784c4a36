"""Decodes JPEG, WebP, BMP and what else Pillow reads at 8 bits."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image, JpegImagePlugin

from engine.imaging import xmp
from engine.imaging.colour import bands
from engine.imaging.decoders.base import FIRST_FRAME_ONLY, Empty, Header, unsupported
from engine.imaging.decoders.companions import left_out, of_jpeg
from engine.imaging.decoders.jpeg import check_markers, check_scans, decode_jpeg, is_whole
from engine.imaging.decoders.jpeg_mending import mended
from engine.imaging.icc import srgb_profile, to_srgb
from engine.imaging.iptc import iptc_of
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Decoded, PhotoFormat

EXTENSION_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP_PREFIX = b"Photoshop 3.0\0"
NO_CMYK_PROFILE = "The photo is CMYK without a profile; its colours are approximate."
_OPENING = threading.RLock()
_FULL_COLOUR = 0  # Pillow's number for 4:4:4


@contextlib.contextmanager
def _pillow_unguarded() -> Iterator[None]:
    """Lift Pillow's size limit and silence its warnings while a header is read.

    Both are global to the process, hence the lock. The caller checks the size itself, before
    decoding.
    """
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def open_image(file: BinaryIO, formats: Sequence[str]) -> Image.Image:
    """Open a file with Pillow without its size limit; pixels are not decoded yet.

    Raises:
        PIL.UnidentifiedImageError: If the header is damaged.
    """
    with _pillow_unguarded():
        file.seek(0)
        return Image.open(file, formats=list(formats))


class PillowDecoder:
    """An open file that Pillow decodes."""

    def __init__(self, file: BinaryIO, path: Path, format_: PhotoFormat) -> None:
        """Read the header and metadata.

        Raises:
            PIL.UnidentifiedImageError: If the header is damaged.
        """
        self._path = path
        self._file = file
        if format_ == "JPEG":
            check_markers(file)
        self._image: Image.Image | None = open_image(file, [format_.upper()])
        image = self._image
        self._several = several = image.format != "MPO" and getattr(image, "n_frames", 1) > 1
        self.header = Header(
            image.width,
            image.height,
            format_,
            1 if image.mode == "1" else 8,
            image.has_transparency_data,
            pillow_metadata(image),
            notices=(FIRST_FRAME_ONLY,) if several else (),
        )

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Return the pixels.

        Raises:
            OSError: If the file ends early or is damaged.
            PhotoError: If the file uses a colour space that is not read.
        """
        image, self._image = self._image, None
        if image is None:
            raise ValueError("a photo is decoded once")
        notices: list[str] = []
        made_up_rows = 0
        if image.format == "WEBP" and not self._several:
            del image
            return self._decode_webp()
        if self.header.format == "JPEG":
            self._file.seek(0)
            data = self._file.read()
            check_scans(data)
            if isinstance(image, JpegImagePlugin.JpegImageFile):
                comment = bytes(image.info.get("comment", b""))
                notices += left_out(of_jpeg(data, image.applist, comment))
            if not is_whole(data):
                data, made_up_rows = mended(data, image.height)
                notices.append(_end_missing(made_up_rows, image.height))
                image = open_image(io.BytesIO(data), ["JPEG"])
            if image.mode in {"L", "RGB"}:
                shape = (image.height, image.width, len(image.mode))
                values = decode_jpeg(data, shape, empty)
                if values is not None:
                    return Decoded(values, None, None, tuple(notices), made_up_rows)
            del data
        image.load()
        icc = self.header.metadata.icc
        if image.mode == "CMYK":
            converted = to_srgb(to_array(image), "CMYK", icc)
            notices += [] if icc else [NO_CMYK_PROFILE]
            return Decoded(converted, None, srgb_profile(), tuple(notices), made_up_rows)
        if image.mode in {"1", "LA", "P", "PA", "RGBX", "RGBa", "YCbCr"} or (
            image.mode in {"L", "RGB"} and image.has_transparency_data
        ):
            grey = image.mode in {"1", "L"} and not image.has_transparency_data
            colour = "RGBA" if image.has_transparency_data else "RGB"
            image = image.convert("L" if grey else colour)
        if image.mode not in {"L", "RGB", "RGBA"}:
            raise unsupported(
                "The photo's colours are stored in a way that is not read.", self._path
            )
        values = to_array(image, np.empty if image.mode == "RGBA" else empty)
        if image.mode == "RGBA":
            return Decoded(np.ascontiguousarray(values[..., :3]), values[..., 3].copy())
        return Decoded(values, None, None, tuple(notices), made_up_rows)

    def jpeg_tables(self) -> tuple[tuple[tuple[int, ...], ...] | None, bool]:
        """Return a JPEG's quantisation tables, and whether colour has fewer pixels than luma."""
        image = self._image
        if not isinstance(image, JpegImagePlugin.JpegImageFile) or not image.quantization:
            return None, False
        tables = tuple(tuple(image.quantization[index]) for index in sorted(image.quantization))
        return tables, JpegImagePlugin.get_sampling(image) != _FULL_COLOUR

    def _decode_webp(self) -> Decoded:
        # Pillow treats every WebP as an animation, which takes five times the memory.
        self._file.seek(0)
        values = imagecodecs.webp_decode(self._file.read())
        if values.shape[2] == 4:
            return Decoded(np.ascontiguousarray(values[..., :3]), values[..., 3].copy())
        return Decoded(values)


def _end_missing(made_up_rows: int, height_px: int) -> str:
    if not made_up_rows:
        return "The end of the file is missing, but nothing of the picture."
    percent = max(1, round(100 * made_up_rows / height_px))
    return (
        f"The end of the file is missing; what could be read was kept. The lowest {made_up_rows} rows "
        f"({percent} %) are made up."
    )


def to_array(image: Image.Image, empty: Empty = np.empty) -> npt.NDArray[np.uint8]:
    """Copy an 8-bit image into an array of shape (H, W, C), in bands so as not to copy twice."""
    values = empty((image.height, image.width, len(image.getbands())), np.uint8)
    for band in bands(image.height):
        part = image.crop((0, band.start, image.width, band.stop))
        values[band] = np.asarray(part).reshape(values[band].shape)
    return values


def pillow_metadata(image: Image.Image) -> Metadata:
    """Return the metadata blocks that Pillow found in a file's header."""
    info = image.info
    exif, packet = info.get("exif"), info.get("xmp")
    if isinstance(packet, str):
        packet = packet.encode()
    iptc = None
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        segments = image.applist
        packet = _with_extension(packet, segments)
        photoshop = b"".join(
            body.removeprefix(PHOTOSHOP_PREFIX)
            for kind, body in segments
            if kind == "APP13" and body.startswith(PHOTOSHOP_PREFIX)
        )
        iptc = iptc_of(photoshop)
    dpi = info.get("dpi")
    if dpi is not None and not all(1 <= float(value) < 1e6 for value in dpi):
        dpi = None
    return Metadata(
        exif=exif.removeprefix(b"Exif\0\0") if exif else None,
        xmp=packet or None,
        iptc=iptc,
        icc=info.get("icc_profile") or None,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi else None,
    )


def _with_extension(packet: bytes | None, segments: list[tuple[str, bytes]]) -> bytes | None:
    """Add the parts of an XMP packet that were too long for its first segment."""
    guid = xmp.extended_guid(packet) if packet else None
    if packet is None or guid is None:
        return packet
    prefix = EXTENSION_PREFIX + guid.encode("ascii", "replace")
    parts = {
        int.from_bytes(body[len(prefix) + 4 : len(prefix) + 8]): body[len(prefix) + 8 :]
        for kind, body in segments
        if kind == "APP1" and body.startswith(prefix)
    }
    try:
        return xmp.merge(packet, b"".join(parts[offset] for offset in sorted(parts)))
    except xmp.XmpError:
        return packet
