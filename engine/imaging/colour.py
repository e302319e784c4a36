"""Converts between ways to store the same colour: bit depths, floating values, transparency."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8 | np.uint16]
_BAND_ROWS = 256


def bands(rows: int) -> Iterator[slice]:
    """Yield slices that cover `rows` a few hundred at a time, to bound temporary memory."""
    for top in range(0, rows, _BAND_ROWS):
        yield slice(top, min(top + _BAND_ROWS, rows))


def to_depth(values: Pixels, bit_depth: int) -> Pixels:
    """Return `values` with 8 or 16 bits, white staying white, rounded to nearest.

    Args:
        values: uint8 or uint16, any shape.
        bit_depth: 8 or 16.
    """
    if bit_depth == 8 and values.dtype == np.uint16:
        narrow = np.empty(values.shape, np.uint8)
        for band in bands(len(values)):
            narrow[band] = (values[band].astype(np.uint32) + 128) // 257
        return narrow
    if bit_depth == 16 and values.dtype == np.uint8:
        return values.astype(np.uint16) * np.uint16(257)
    return values


def from_bits(values: npt.NDArray[np.unsignedinteger], bits: int) -> Pixels:
    """Stretch integers of any width to the full range of 8 (up to 8 bits) or 16 bits.

    Args:
        values: Unsigned, 0 to 2**bits - 1, any shape.
        bits: 1 to 32.
    """
    if bits == 8:
        return values.astype(np.uint8, copy=False)
    if bits == 16:
        return values.astype(np.uint16, copy=False)
    white, dtype = (255, np.uint8) if bits < 8 else (65535, np.uint16)
    source_white = (1 << bits) - 1
    result = np.empty(values.shape, dtype)
    for band in bands(len(values)):
        wide = values[band].astype(np.uint64)
        result[band] = (wide * white + source_white // 2) // source_white
    return result


def from_float(values: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.uint16], bool]:
    """Scale floating values to 16 bits: 0 is black, 1 is white, the rest is clipped.

    Args:
        values: Any shape; not-a-number counts as black.

    Returns:
        The scaled values, and whether anything lay outside 0 to 1 (or was not a number).
    """
    result = np.empty(values.shape, np.uint16)
    clipped = False
    for band in bands(len(values)):
        part = values[band].astype(np.float64)
        inside = (part >= 0) & (part <= 1)
        clipped |= not bool(inside.all())
        part = np.nan_to_num(part, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
        result[band] = np.round(part * 65535)
    return result, clipped


def unpremultiply(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Divide colour by alpha, for files that store colour multiplied by it.

    Args:
        pixels: Shape (H, W, C), uint8 or uint16.
        alpha: Shape (H, W), same dtype.

    Returns:
        Straight colour, same shape and dtype; black where alpha is 0.
    """
    white = float(np.iinfo(pixels.dtype).max)
    result = np.empty_like(pixels)
    for band in bands(len(pixels)):
        opacity = alpha[band].astype(np.float32)[..., None]
        straight = pixels[band] * (white / np.maximum(opacity, 1))
        result[band] = np.where(opacity > 0, np.minimum(np.rint(straight), white), 0)
    return result


def premultiply(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Multiply colour by alpha; shapes and dtypes as in `unpremultiply`."""
    white = int(np.iinfo(pixels.dtype).max)
    result = np.empty_like(pixels)
    for band in bands(len(pixels)):
        product = pixels[band].astype(np.uint64) * alpha[band].astype(np.uint64)[..., None]
        result[band] = (product + white // 2) // white
    return result


def over_white(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Lay transparent pixels over white; shapes and dtypes as in `unpremultiply`."""
    white = int(np.iinfo(pixels.dtype).max)
    result = premultiply(pixels, alpha)
    result += (white - alpha)[..., None].astype(pixels.dtype)
    return result
