"""Checks, all over the photo, whether LR and the finished HR show the same thing in one place.

The check is not the fit over again: shifts are measured here by least squares on the slopes of
LR and of HR made small as training sees it, in every window with enough detail. A window does
not agree if it is shifted, if its detail is another, or if its colour is. What moved and what is
nearer or farther than the rest shows in at least one of the three.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engine.imaging.planes import (
    Image,
    Pixels,
    blurred,
    brightness,
    gradients,
    noise_level,
    window_mean,
)
from engine.registration.areas import Mask

_WINDOW_PX = 24
_FINE_PX, _COARSE_PX = 1.0, 2.0  # blurs before shifts, and before colours, are compared
_NOISE_LEFT = 0.28  # of its deviation, after the fine blur
_INDEPENDENT_PX = 8.0  # pixels that share their noise after the fine blur
_KNOWN_PX = 0.1  # a shift is known where its deviation is below this
_SURE = 3.0
_LEAST_SLOPE = 1.0  # levels per pixel; below it tone curves look like shifts
_HARM_LEVELS = 1.2  # a shift matters where it changes the picture by that, root mean square
_LEAST_CORRELATION = 0.5
_TEXTURE_LEVELS = 2.5
_COLOUR_LEVELS = 10.0
_COLOUR_PER_SLOPE_PX = 1.0  # difference allowed per slope: what is left of shift and sharpness
_SPECK_PX, _SPECK_SHARE = 9, 0.3
_LEAST_SPOT_PX2 = 48  # fewer wrong pixels in a spot are ignored
_GROW_PX = 8  # around what does not agree: a window that is mostly right hides its wrong edge
_BAND_PX, _MARGIN_PX = 512, 64


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the check found, by cell.

    Attributes:
        agrees: Cells that may be used.
        shift_px: By how much HR is shifted there, LR pixels; not a number where detail is missing.
        moved: Share of the cells with a known shift that are shifted too far.
    """

    agrees: Mask
    shift_px: Image
    moved: float

    def residual_px(self, where: Mask) -> tuple[float | None, float | None]:
        """Return the mean shift and the one that 5 % exceed, where they are known."""
        known = self.shift_px[where & np.isfinite(self.shift_px)]
        if not known.size:
            return None, None
        return float(known.mean()), float(np.percentile(known, 95))


def check(lr: Pixels, hr: Image, *, cell_px: int, max_shift_px: float) -> Checked:
    """Compare LR with HR made small.

    Args:
        lr: Shape (h, w, 3), both multiples of `cell_px`.
        hr: HR on LR's grid with LR's colours, in levels, same shape.
        cell_px: Side of a cell.
        max_shift_px: Largest shift that is tolerated, LR pixels.
    """
    height, width = lr.shape[:2]
    noise = max(noise_level(brightness(lr)), noise_level(brightness(hr)), 0.3)
    shape = (height // cell_px, width // cell_px)
    bad = np.zeros(shape, bool)
    shift = np.full(shape, np.nan, np.float32)
    for outer, inner, cells in _bands(height, cell_px):
        a, b = lr[outer].astype(np.float32), hr[outer]
        off, moved = _shifts(a, b, noise, max_shift_px)
        wrong = _without_specks(moved | _other_colour(a, b))
        bad[cells] = _any_in_cells(wrong[inner], cell_px)
        shift[cells] = off[inner][cell_px // 2 :: cell_px, cell_px // 2 :: cell_px]
    known = np.isfinite(shift)
    too_far = known & (shift > max_shift_px)
    reach = 2 * -(-_GROW_PX // cell_px) + 1
    grown = cv2.dilate(bad.astype(np.uint8), np.ones((reach, reach), np.uint8)).astype(bool)
    return Checked(~grown, shift, float(too_far.sum() / max(1, known.sum())))


def _bands(height: int, cell_px: int) -> Iterator[tuple[slice, slice, slice]]:
    """Yield rows to look at, the rows among them that count, and the rows of cells these are."""
    for top in range(0, height, _BAND_PX):
        bottom = min(top + _BAND_PX, height)
        first = max(0, top - _MARGIN_PX)
        outer = slice(first, min(height, bottom + _MARGIN_PX))
        yield outer, slice(top - first, bottom - first), slice(top // cell_px, bottom // cell_px)


def _shifts(a: Image, b: Image, noise: float, max_shift_px: float) -> tuple[Image, Mask]:
    """Return the shift around each pixel where it is known, and where LR and HR do not fit."""
    fine_a, fine_b = (blurred(brightness(image), _FINE_PX) for image in (a, b))
    fine_a -= window_mean(fine_a, _WINDOW_PX)
    fine_b -= window_mean(fine_b, _WINDOW_PX)
    var_a, var_b = (np.maximum(window_mean(fine**2, _WINDOW_PX), 0) for fine in (fine_a, fine_b))
    both = np.sqrt(var_a * var_b)
    correlation = window_mean(fine_a * fine_b, _WINDOW_PX) / np.maximum(both, 1e-6)
    # HR is sharper than LR: with equal contrast the difference is a shift and little else.
    fine_b *= np.sqrt(np.clip((var_a + 1) / (var_b + 1), 0.25, 4)).astype(np.float32)
    gx, gy = gradients(np.asarray((fine_a + fine_b) / 2, np.float32))
    difference = fine_a - fine_b
    xx, yy, xy, ex, ey, ee = (
        window_mean(product, _WINDOW_PX)
        for product in (
            gx * gx,
            gy * gy,
            gx * gy,
            gx * difference,
            gy * difference,
            difference * difference,
        )
    )
    trace, spread = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    strong, weak = trace + spread, np.maximum(trace - spread, 1e-9)
    angle = np.arctan2(2 * xy, xx - yy) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    along_strong = (cos * ex + sin * ey) / np.maximum(strong, 1e-9)
    along_weak = (cos * ey - sin * ex) / weak
    left_over = np.maximum(
        ee - along_strong**2 * strong - along_weak**2 * weak, (noise * _NOISE_LEFT) ** 2
    )
    unit = left_over * _INDEPENDENT_PX / _WINDOW_PX**2
    sure_strong = np.sqrt(unit / np.maximum(strong, 1e-9))
    sure_weak = np.sqrt(unit / weak)
    length = np.hypot(along_strong, along_weak)
    known = (sure_weak < _KNOWN_PX) & (sure_strong < _KNOWN_PX) & (weak > _LEAST_SLOPE**2)
    shift = np.where(known, length, np.nan)
    off = np.zeros(shift.shape, bool)
    for part, sure, power in (
        (along_strong, sure_strong, strong),
        (along_weak, sure_weak, weak),
    ):
        too_far = np.abs(part) > max_shift_px + _SURE * sure
        off |= too_far & (part**2 * power > _HARM_LEVELS**2)
    textured = both > _TEXTURE_LEVELS**2 + (4 * noise * _NOISE_LEFT) ** 2
    off |= textured & (correlation < _LEAST_CORRELATION)
    return shift.astype(np.float32), off


def _other_colour(a: Image, b: Image) -> Mask:
    """Return where brightness or colour differs by more than a bad fit of edges explains."""
    coarse_a, coarse_b = blurred(a, _COARSE_PX), blurred(b, _COARSE_PX)
    steepest = np.zeros(a.shape[:2], np.float32)
    for image in (coarse_a, coarse_b):
        gx, gy = gradients(brightness(image))
        steepest = np.maximum(steepest, np.hypot(gx, gy))
    slope = np.asarray(cv2.dilate(steepest, np.ones((5, 5), np.uint8)), np.float32)
    difference = np.abs(coarse_a - coarse_b).max(axis=2)
    wrong = difference > _COLOUR_LEVELS + _COLOUR_PER_SLOPE_PX * slope
    return np.asarray(window_mean(wrong.astype(np.float32), _SPECK_PX) > _SPECK_SHARE)


def _without_specks(mask: Mask) -> Mask:
    """Return `mask` without spots too small for a thing that moved."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    large = facts[:, cv2.CC_STAT_AREA] >= _LEAST_SPOT_PX2
    large[0] = False
    return np.asarray(large[labels])


def _any_in_cells(mask: Mask, cell_px: int) -> Mask:
    rows, columns = (side // cell_px for side in mask.shape)
    parts = mask[: rows * cell_px, : columns * cell_px].reshape(rows, cell_px, columns, cell_px)
    return np.asarray(parts.any(axis=(1, 3)))
