"""Makes a colour profile of what a PNG says about its tone curve and primaries without one."""

import struct

from engine.imaging.icc import D65_XY, SRGB_PRIMARIES, Chromaticities, grey_profile, rgb_profile

_UNIT = 100_000
_SRGB_GAMMA = 1 / 2.2
_SAME_GAMMA, _SAME_CHROMATICITY = 0.005, 0.002
_SENSIBLE_GAMMAS = (0.1, 10.0)


def png_profile(gama: bytes | None, chrm: bytes | None, *, grey: bool) -> bytes | None:
    """Return a profile that means the same as a PNG's gAMA and cHRM chunks.

    Args:
        gama: The chunk's body: the power that encodes light, times 100,000.
        chrm: The chunk's body: xy of white, red, green and blue, times 100,000.
        grey: Whether the picture has no colour.

    Returns:
        None where they mean sRGB, or nothing sensible.
    """
    power = _power(gama)
    gamma = None if power is None else 1 / power
    # Written for sRGB, whose curve is no power but comes close to this one.
    has_srgb_curve = power is None or abs(power - _SRGB_GAMMA) <= _SAME_GAMMA
    if grey:
        is_other = gamma is not None and not has_srgb_curve
        return grey_profile(f"Gamma {gamma:.3g}", gamma) if is_other and gamma else None
    white, primaries = _chromaticities(chrm) or (D65_XY, SRGB_PRIMARIES)
    if has_srgb_curve and _alike((white, *primaries), (D65_XY, *SRGB_PRIMARIES)):
        return None
    name = "Primaries of the PNG" if gamma is None else f"Gamma {gamma:.3g}"
    return rgb_profile(name, primaries, gamma, white)


def _power(gama: bytes | None) -> float | None:
    if gama is None or len(gama) != 4:
        return None
    power = int.from_bytes(gama) / _UNIT
    low, high = _SENSIBLE_GAMMAS
    return power if low <= power <= high else None


def _chromaticities(chrm: bytes | None) -> tuple[tuple[float, float], Chromaticities] | None:
    if chrm is None or len(chrm) != 32:
        return None
    numbers = [number / _UNIT for number in struct.unpack(">8L", chrm)]
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if not all(0 < x <= 1 and 0 < y <= 1 for x, y in pairs[:1]) or not all(y > 0 for _, y in pairs):
        return None
    return pairs[0], pairs[1:]


def _alike(one: Chromaticities, other: Chromaticities) -> bool:
    return all(
        abs(a - b) <= _SAME_CHROMATICITY
        for first, second in zip(one, other, strict=True)
        for a, b in zip(first, second, strict=True)
    )
