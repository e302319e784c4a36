"""ICC profiles: what they describe, converting CMYK through them, making missing ones.

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

D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

_SAME_LEVELS = 2

Chromaticities = tuple[tuple[float, float], ...]
_LARGEST_XYZ = 16.0
D65_XY = (0.3127, 0.3290)
SRGB_PRIMARIES: Chromaticities = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_ADOBE_PRIMARIES: Chromaticities = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060))
_ADOBE_GAMMA = 563 / 256

_PRIMARIES: dict[int, tuple[str, Chromaticities]] = {
    1: ("sRGB", SRGB_PRIMARIES),
    9: ("Rec. 2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))),
    12: ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
}
"""By code of ISO/IEC 23091-2 (CICP): name and xy chromaticities. White is D65 for all."""

_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_HDR_CURVES = frozenset({16, 18})


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
    """Convert CMYK, grey or RGB to sRGB through a profile.

    Args:
        values: Shape (H, W, C) in Pillow's convention for `mode`; (H, W) for grey.
        mode: "CMYK", "L" or "RGB".
        icc: The profile of `values`. Without a usable one CMYK is converted by the plain formula,
            and RGB is taken as sRGB.

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
    space = {"CMYK": "CMYK", "L": "GRAY", "RGB": "RGB"}[mode]
    if icc is None or profile_space(icc) != space:
        return None
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode == "L":  # the optimised curve is off by up to 10 of 255 in the shadows
        flags |= ImageCms.Flags.NOOPTIMIZE
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
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
    """Return an ICC profile for the codes that HEIC, AVIF and PNG may use instead of one.

    Args:
        primaries: CICP colour primaries.
        transfer: CICP transfer characteristics.

    Returns:
        A profile with the tone curve of sRGB, a power or none, or None where sRGB itself is
        meant, or where the codes have no such profile (the HDR curves PQ and HLG).
    """
    gamma = _GAMMAS.get(transfer)
    if primaries not in _PRIMARIES or transfer in _HDR_CURVES or (primaries == 1 and not gamma):
        return None
    name, chromaticities = _PRIMARIES[primaries]
    return rgb_profile(name if gamma is None else f"{name}, gamma {gamma}", chromaticities, gamma)


@functools.cache
def adobe_rgb_profile() -> bytes | None:
    """Return a profile of the colour space that cameras call Adobe RGB (1998)."""
    return rgb_profile("Adobe RGB (1998)", _ADOBE_PRIMARIES, _ADOBE_GAMMA)


def rgb_profile(
    name: str,
    primaries: Chromaticities,
    gamma: float | None,
    white: tuple[float, float] = D65_XY,
) -> bytes | None:
    """Return an RGB profile.

    Args:
        name: What it is called.
        primaries: xy of red, green and blue.
        gamma: The power that decodes values to light; None for the curve of sRGB.
        white: xy of white.

    Returns:
        None if the primaries do not span a colour space.
    """
    try:
        matrix = to_xyz_d50(primaries, white)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > _LARGEST_XYZ:
        return None
    curve = _curve(gamma)
    tags = {}
    for index, letter in enumerate(b"rgb"):
        tags[bytes([letter]) + b"XYZ"] = _xyz(matrix[:, index])
        tags[bytes([letter]) + b"TRC"] = curve
    return _profile(name, b"RGB ", tags)


def grey_profile(name: str, gamma: float) -> bytes:
    """Return a grey profile whose values are decoded to light by a power."""
    return _profile(name, b"GRAY", {b"kTRC": _curve(gamma)})


def _curve(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"para" + struct.pack(">LHH", 0, 0, 0) + _fixed(gamma)
    parameters = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return b"para" + struct.pack(">LHH", 0, 3, 0) + b"".join(map(_fixed, parameters))


def _profile(name: str, space: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _localised(name), b"cprt": _localised("CC0"), b"wtpt": _xyz(D50), **tags}
    table = struct.pack(">L", len(tags))
    body = b""
    start = 128 + 4 + 12 * len(tags)
    for tag, value in tags.items():
        table += tag + struct.pack(">LL", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">LLL", start + len(body), 0, 0x04000000) + b"mntr" + space + b"XYZ "
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += b"".join(map(_fixed, D50))
    return head.ljust(128, b"\0") + table + body


def to_xyz_d50(primaries: Chromaticities, white_xy: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ, adapted to D50 as profiles are.

    Raises:
        numpy.linalg.LinAlgError, ZeroDivisionError: If the primaries do not span a space.
    """
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    x, y = white_xy
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    to_xyz = columns * np.linalg.solve(columns, white)
    gains = (_BRADFORD @ D50) / (_BRADFORD @ white)
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
