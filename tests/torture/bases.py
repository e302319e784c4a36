"""Sound files of every kind, small, each with the metadata its container takes."""

import io
from functools import cache

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image

from tests.photo_samples import IPTC, SRGB_ICC, cmyk_icc, exif_block, png_of, scene, xmp_packet

_HEIGHT, _WIDTH = 40, 56
_IMAGE, *_MORE = (Image.fromarray(scene(_HEIGHT, _WIDTH, seed=seed)) for seed in range(3))
_KNOWN = {"exif": b"Exif\0\0" + exif_block(), "icc_profile": SRGB_ICC, "xmp": xmp_packet()}
_MATRIX = (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)
_DNG = [
    (50706, 1, 4, (1, 4, 0, 0), True),
    (50708, 2, 0, "Fabrik F-1", True),
    (33421, 3, 2, (2, 2), True),
    (33422, 1, 4, (0, 1, 1, 2), True),
    (50717, 4, 1, 16383, True),
    (50721, 10, 9, _MATRIX, True),
    (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
    (50778, 3, 1, 21, True),
    (271, 2, 0, "Fabrik", True),
    (272, 2, 0, "F-1", True),
]
RAW_MARKS = (b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\0MRM")

_TIFFS = {
    "TIFF": {"photometric": "rgb", "iccprofile": SRGB_ICC},
    "TIFF float": {"photometric": "rgb"},
    "TIFF tiles": {"photometric": "rgb", "tile": (16, 16), "compression": "lzw"},
    "TIFF big planar": {"photometric": "rgb", "planarconfig": "separate", "bigtiff": True},
    "TIFF deflate": {"photometric": "rgb", "compression": "zlib", "predictor": 2},
    "TIFF jpeg": {"photometric": "ycbcr", "compression": "jpeg", "tile": (16, 16)},
    "TIFF lzma": {"photometric": "rgb", "compression": "lzma"},
    "TIFF zstd": {"photometric": "rgb", "compression": "zstd", "rowsperstrip": 3},
    "TIFF webp": {"photometric": "rgb", "compression": "webp", "tile": (16, 16)},
    "TIFF jpeg2000": {"photometric": "rgb", "compression": "jpeg2000", "tile": (16, 16)},
    "TIFF packbits": {"photometric": "rgb", "compression": "packbits"},
    "TIFF lab": {"photometric": "cielab"},
}
KINDS = (
    *("JPEG", "JPEG progressive", "JPEG CMYK", "JPEG grey", "MPO", "WebP", "WebP lossless"),
    *("WebP animated", "BMP", "BMP palette", "BMP RLE", "PNG", "PNG 16", "PNG palette"),
    *("PNG interlaced", "PNG animated", "HEIF", "HEIF 10", "HEIF alpha", "AVIF", "AVIF 10"),
    *("AVIF animated", "AVIF 10 animated", "DNG", "RAW marks", *_TIFFS),
)


@cache
def sample(kind: str) -> bytes:
    """Return a sound file of one of `KINDS`."""
    if kind.startswith("TIFF"):
        return _tiff(kind)
    if kind.startswith("HEIF"):
        return _heif(kind)
    make = {"PNG": _png, "BMP": _bmp, "AVIF": _avif, "DNG": _raw, "RAW": _raw}
    buffer = io.BytesIO()
    make.get(kind.split(maxsplit=1)[0], _by_pillow)(kind, buffer)
    return buffer.getvalue()


def _by_pillow(kind: str, buffer: io.BytesIO) -> None:
    image, format_ = _IMAGE, kind.split(maxsplit=1)[0]
    if kind.endswith("CMYK"):
        image.convert("CMYK").save(buffer, "JPEG", icc_profile=cmyk_icc())
    elif kind.endswith("grey"):
        image.convert("L").save(buffer, "JPEG", restart_marker_blocks=2, exif=_KNOWN["exif"])
    elif kind == "MPO" or kind.endswith("animated"):
        image.save(buffer, format_, save_all=True, append_images=_MORE)
    else:
        options = {"progressive": {"progressive": True}, "lossless": {"lossless": True}}
        image.save(buffer, format_, **options.get(kind.rsplit(maxsplit=1)[-1], {}), **_KNOWN)


def _bmp(kind: str, buffer: io.BytesIO) -> None:
    (_IMAGE if kind == "BMP" else _IMAGE.quantize(16)).save(buffer, "BMP")
    if kind == "BMP RLE":
        buffer.seek(30)
        buffer.write(b"\1")


def _png(kind: str, buffer: io.BytesIO) -> None:
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet()
    match kind:
        case "PNG":
            texts = [(b"eXIf", exif_block()), (b"iTXt", packet)]
            buffer.write(png_of(scene(_HEIGHT, _WIDTH), 2, 8, *texts))
        case "PNG 16":
            buffer.write(png_of(scene(_HEIGHT, _WIDTH, 4, np.uint16), 6, 16))
        case "PNG palette":
            _IMAGE.quantize(16).save(buffer, "PNG", transparency=3)
        case "PNG interlaced":
            deep = scene(_HEIGHT, _WIDTH, 3, np.uint16)
            buffer.write(png_of(deep, 2, 16, interlaced=True))
        case _:
            _IMAGE.save(buffer, "PNG", save_all=True, append_images=_MORE)


def _avif(kind: str, buffer: io.BytesIO) -> None:
    frames = np.stack([scene(_HEIGHT, _WIDTH, 3, np.uint16, seed) >> 6 for seed in (0, 1)])
    match kind:
        case "AVIF 10":
            buffer.write(imagecodecs.avif_encode(frames[0], bitspersample=10))
        case "AVIF 10 animated":
            buffer.write(imagecodecs.avif_encode(frames, bitspersample=10))
        case _:
            _by_pillow(kind, buffer)


def _raw(kind: str, buffer: io.BytesIO) -> None:
    if kind == "DNG":
        mosaic = np.full((64, 96), 8000, np.uint16)
        tifffile.imwrite(buffer, mosaic, photometric=32803, extratags=_DNG, metadata=None)
    else:
        buffer.write(b"".join(mark + bytes(400) for mark in RAW_MARKS))


def _heif(kind: str) -> bytes:
    buffer = io.BytesIO()
    mode, channels = {"HEIF alpha": ("RGBA", 4), "HEIF 10": ("RGB;16", 3)}.get(kind, ("RGB", 3))
    dtype = np.uint16 if "16" in mode else np.uint8
    values = scene(_HEIGHT, _WIDTH, channels, dtype)
    heif = pillow_heif.from_bytes(mode, (_WIDTH, _HEIGHT), values.tobytes())
    heif.save(buffer, exif=_KNOWN["exif"], xmp=_KNOWN["xmp"])
    return buffer.getvalue()


def _tiff(kind: str) -> bytes:
    buffer, packet = io.BytesIO(), xmp_packet()
    values = scene(_HEIGHT, _WIDTH)
    if kind == "TIFF float":
        values = (values / 255).astype(np.float32)
    if kind == "TIFF big planar":
        values = np.ascontiguousarray(np.moveaxis(values, -1, 0))
    extra = [(700, 1, len(packet), packet), (33723, 1, len(IPTC), IPTC)]
    tifffile.imwrite(buffer, values, extratags=extra, **_TIFFS[kind])
    return buffer.getvalue()
