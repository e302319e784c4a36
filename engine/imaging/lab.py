"""Converts the CIE L*a*b* of TIFF files to sRGB, in the depth it is stored with."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.imaging.colour import Pixels, bands
from engine.imaging.icc import D50, D65_XY, SRGB_PRIMARIES, to_xyz_d50

LabCoding = Literal["CIELab", "ICCLab"]
"""CIELab (photometric 8) stores a* and b* as signed numbers, ICCLab (9) with an offset."""

_EPSILON = 6 / 29
_LIGHTEST = 100.0
_ICC_WHITE_16 = 0xFF00
_ZERO_8, _ZERO_16 = 0x80, 0x8000


def lab_to_srgb(values: Pixels, coding: LabCoding) -> Pixels:
    """Convert L*a*b* relative to D50 to sRGB; colours that sRGB has not are clipped.

    Args:
        values: Shape (H, W, 3), uint8 or uint16, as they lie in the file.
        coding: How they are stored.

    Returns:
        sRGB, same shape and dtype.
    """
    from_xyz = np.linalg.inv(to_xyz_d50(SRGB_PRIMARIES, D65_XY)).astype(np.float32)
    white = np.iinfo(values.dtype).max
    result: Pixels = np.empty_like(values)
    for band in bands(len(values)):
        lab = _decoded(values[band], coding)
        linear = _xyz(lab) @ from_xyz.T
        encoded = np.where(
            linear <= 0.0031308,
            12.92 * linear,
            1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055,
        )
        result[band] = np.round(encoded.clip(0, 1) * white)
    return result


def _decoded(values: Pixels, coding: LabCoding) -> npt.NDArray[np.float32]:
    wide = values.dtype == np.uint16
    zero = _ZERO_16 if wide else _ZERO_8
    lightness = values[..., 0].astype(np.float32) * _LIGHTEST
    lightness /= (_ICC_WHITE_16 if coding == "ICCLab" else 0xFFFF) if wide else 0xFF
    offset = values[..., 1:] ^ values.dtype.type(zero) if coding == "CIELab" else values[..., 1:]
    chroma = (offset.astype(np.float32) - zero) / (256 if wide else 1)
    return np.concatenate([lightness[..., None], chroma], axis=-1)


def _xyz(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    middle = (lab[..., 0] + 16) / 116
    roots = np.stack([middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200], axis=-1)
    linear = np.where(roots > _EPSILON, roots**3, 3 * _EPSILON**2 * (roots - 4 / 29))
    return np.asarray(linear * D50.astype(np.float32), np.float32)
