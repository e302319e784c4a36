"""ICC profiles: what they describe, converting CMYK and Lab through them, making missing ones.

Nothing here touches the values of a photo that already has RGB: those stay in the photo's own
profile, which travels with them.
"""

import functools
import io
import struct

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from engine.imaging.colour import bands

_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

_SAME_LEVELS = 2

_PRIMARIES = {
    9: ("Rec. 2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))),
    12: ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
}
"""By code of ISO/IEC 23091-2 (CICP): name and xy chromaticities. White is D65 for both."""


@functools.cache
def srgb_profile() -> bytes:
    """Return an sRGB ICC profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_space(icc: bytes) -> str | None:
    """Return the colour space an ICC profile describes: "RGB", "GRAY", "CMYK", ...

    Returns:
        None if it is not a well-formed profile.
    """
    if len(icc) < 132 or icc[36:40] != b"acsp" or struct.unpack_from(">L", icc)[0] > len(icc):
        return None
    return icc[16:20].decode("ascii", "replace").strip()


def to_srgb(values: npt.NDArray[np.uint8], mode: str, icc: bytes | None) -> npt.NDArray[np.uint8]:
    """Convert CMYK, Lab, grey or RGB to sRGB through a profile.

    Args:
        values: Shape (H, W, C) in Pillow's convention for `mode`; (H, W) for grey.
        mode: "CMYK", "LAB", "L" or "RGB".
        icc: The profile of `values`. Without a usable one CMYK is converted by the plain formula,
            Lab is taken as D50, and RGB as sRGB.

    Returns:
        sRGB, shape (H, W, 3).
    """
    transform = _transform(mode, icc)
    result = np.empty((*values.shape[:2], 3), np.uint8)
    for band in bands(len(values)):
        part = np.ascontiguousarray(values[band])
        image = Image.frombuffer(mode, part.shape[1::-1], part, "raw", mode, 0, 1)
        converted = image.convert("RGB") if transform is None else transform.apply(image)
        result[band] = np.asarray(converted)
    return result


def between_profiles(
    values: npt.NDArray[np.uint8], source: bytes | None, target: bytes | None
) -> npt.NDArray[np.uint8]:
    """Convert RGB from one profile to another, relative colorimetric.

    Args:
        values: Shape (H, W, 3).
        source: The profile of `values`; None, or one that is none of RGB, for sRGB.
        target: The profile wanted; the same.

    Returns:
        Shape (H, W, 3); `values` itself where both profiles mean the same.
    """
    transform = _rgb_transform(_or_srgb(source), _or_srgb(target))
    if transform is None:
        return values
    result = np.empty_like(values)
    for band in bands(len(values)):
        part = Image.fromarray(np.ascontiguousarray(values[band]))
        result[band] = np.asarray(transform.apply(part))
    return result


def _or_srgb(icc: bytes | None) -> bytes:
    return icc if icc is not None and profile_space(icc) == "RGB" else srgb_profile()


@functools.lru_cache(maxsize=4)
def _rgb_transform(source: bytes, target: bytes) -> ImageCms.ImageCmsTransform | None:
    """Return how to get from one profile to another; None where nothing would change to the eye."""
    if source == target:
        return None
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(source)),
            ImageCms.ImageCmsProfile(io.BytesIO(target)),
            "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:  # damaged; the photo is taken as it is
        return None
    # Two makers' sRGB differ in their last bit; rounding twice would only add noise.
    levels = np.stack(np.meshgrid(*[np.arange(0, 256, 17)] * 3), -1).reshape(16, -1, 3)
    before = levels.astype(np.uint8)
    after = np.asarray(transform.apply(Image.fromarray(before))).astype(int)
    return None if np.abs(after - before).max() <= _SAME_LEVELS else transform


@functools.lru_cache(maxsize=8)
def _transform(mode: str, icc: bytes | None) -> ImageCms.ImageCmsTransform | None:
    space = {"CMYK": "CMYK", "LAB": "Lab", "L": "GRAY", "RGB": "RGB"}[mode]
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode == "L":  # the optimised curve is off by up to 10 of 255 in the shadows
        flags |= ImageCms.Flags.NOOPTIMIZE
    try:
        source: ImageCms.ImageCmsProfile | None = None
        if icc is not None and profile_space(icc) == space:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        elif mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        if source is None:
            return None
        target = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
        return ImageCms.buildTransform(
            source,
            target,
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=flags,
        )
    except (OSError, ImageCms.PyCMSError):  # what looks like a profile and is none
        return None


def try_out(icc: bytes) -> None:
    """Use a profile once: one that ends the library that reads it does so here, not later."""
    match profile_space(icc):
        case "RGB":
            to_srgb(np.zeros((1, 1, 3), np.uint8), "RGB", icc)
        case "GRAY":
            grey_to_srgb(icc)


def profile_from_cicp(primaries: int, transfer: int) -> bytes | None:
    """Return an ICC profile for the wide-gamut codes that HEIC and AVIF use instead of one.

    Args:
        primaries: CICP colour primaries.
        transfer: CICP transfer characteristics.

    Returns:
        A profile with the sRGB tone curve, or None where sRGB itself is meant, or where the
        codes have no such profile (the HDR curves PQ and HLG).
    """
    if primaries not in _PRIMARIES or transfer in {16, 18}:
        return None
    name, chromaticities = _PRIMARIES[primaries]
    matrix = _to_xyz_d50(chromaticities)
    curve = b"para" + struct.pack(">LHH", 0, 3, 0)
    curve += b"".join(map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    tags = {b"desc": _localised(name), b"cprt": _localised("CC0"), b"wtpt": _xyz(_D50)}
    for index, letter in enumerate(b"rgb"):
        tags[bytes([letter]) + b"XYZ"] = _xyz(matrix[:, index])
        tags[bytes([letter]) + b"TRC"] = curve
    table = struct.pack(">L", len(tags))
    body = b""
    start = 128 + 4 + 12 * len(tags)
    for tag, value in tags.items():
        table += tag + struct.pack(">LL", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">LLL", start + len(body), 0, 0x04000000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += b"".join(map(_fixed, _D50))
    return head.ljust(128, b"\0") + table + body


def _to_xyz_d50(chromaticities: tuple[tuple[float, float], ...]) -> npt.NDArray[np.float64]:
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in chromaticities]).T
    white = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
    to_xyz = columns * np.linalg.solve(columns, white)
    gains = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adapted: npt.NDArray[np.float64] = (
        np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ to_xyz
    )
    return adapted


def _fixed(value: float) -> bytes:
    return struct.pack(">l", round(value * 65536))


def _xyz(values: npt.NDArray[np.float64]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(float(value)) for value in values)


def _localised(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">LLL2s2sLL", 0, 1, 12, b"en", b"US", len(encoded), 28) + encoded


def grey_to_srgb(icc: bytes) -> npt.NDArray[np.uint8] | None:
    """Return the sRGB tone for each of the 256 tones of a grey profile; None if it has none."""
    if profile_space(icc) != "GRAY" or _transform("L", icc) is None:
        return None
    return to_srgb(np.arange(256, dtype=np.uint8)[None], "L", icc)[0, :, 0].copy()
