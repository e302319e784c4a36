"""Brings a warp that is right to about a pixel to a small part of one, by ECC on many tiles.

Each tile is shifted until it fits best; a warp is then fitted to the shifts by robust least
squares, and HR sampled anew where the tiles are. Tiles that disagree, because something moved or
is nearer than the rest, lose their say.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from engine.imaging.planes import Image, blurred, gradients, window_mean
from engine.registration.fitting import fit_warp
from engine.registration.geometry import Floats, PixelBox, Warp, centres
from engine.registration.sampling import HrSampler

_ROUNDS = ((9, 0.5), (5, 0.2), (5, 0.1))
"""Size of ECC's blur in pixels, and spread of the shifts that are believed, round by round."""

_TILES = 160
_CELLS = (10, 8)  # of the photo, across and down, from which tiles are taken evenly
_SEARCH_PX = 8
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-5)
_LEAST_CORRELATION = 0.6
_LEAST_TILES = 8
_LEAST_SLOPE = 0.7  # root mean square, levels per pixel
_EDGE_SHARE = 0.2  # what detail in the better direction counts for next to that in the other
_FINEST_PX = 0.02  # no tile is trusted to be more precise than that


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A refined warp.

    Attributes:
        warp: From LR to HR points.
        tiles: How many tiles it rests on; 0 where there were too few and it is the one before.
        agreeing: Share of them that fit it to half a pixel.
    """

    warp: Warp
    tiles: int
    agreeing: float


@dataclass(frozen=True, slots=True)
class _Shift:
    dx_px: float
    dy_px: float
    correlation: float


def refine(
    lr: Image, hr: HrSampler, warp: Warp, shared: PixelBox, *, fit_lens: bool = False
) -> Refined:
    """Refine a warp.

    Args:
        lr: Brightness of LR, shape (H, W).
        hr: The same of HR, one channel.
        warp: Right to a few pixels.
        shared: What both photos show.
        fit_lens: Also fit the lens.
    """
    size_px = int(np.clip(min(shared.width, shared.height) // 5, 40, 96))
    tiles = _pick_tiles(lr, shared, size_px)
    found = 0
    agreeing = 0.0
    for blur_px, spread_px in _ROUNDS:
        shifts = [_shift(lr, hr, warp, at, size_px=size_px, blur_px=blur_px) for at in tiles]
        measured = [(at, shift) for at, shift in zip(tiles, shifts, strict=True) if shift]
        if len(measured) < _LEAST_TILES:
            return Refined(warp, 0, 0.0)
        corners = np.array([at for at, _ in measured], np.float64)
        moved = np.array([(shift.dx_px, shift.dy_px) for _, shift in measured])
        weights = _precision(lr, measured, size_px)
        points = corners + (size_px - 1) / 2
        targets = warp(points + moved)
        warp = fit_warp(
            points,
            targets,
            warp,
            lr_size_px=(lr.shape[0], lr.shape[1]),
            spread_px=spread_px,
            weights=weights,
            fit_lens=fit_lens,
        )
        away = np.linalg.norm(warp(points) - targets, axis=1) / np.abs(warp.zoom(points))
        found, agreeing = len(measured), float((away < 0.5).mean())
    return Refined(warp, found, agreeing)


def _pick_tiles(lr: Image, shared: PixelBox, size_px: int) -> list[tuple[int, int]]:
    """Return left and top of overlapping tiles with most detail, spread evenly."""
    step = size_px // 2
    weak, strong = _slopes(blurred(lr[shared.rows, shared.columns], 1.5), size_px)
    best: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    for top in range(0, shared.height - size_px + 1, step):
        for left in range(0, shared.width - size_px + 1, step):
            if strong[top + step, left + step] >= _LEAST_SLOPE:
                cell = (left * _CELLS[0] // shared.width, top * _CELLS[1] // shared.height)
                slope = (
                    weak[top + step, left + step] + _EDGE_SHARE * strong[top + step, left + step]
                )
                tile = (float(slope), left + shared.left, top + shared.top)
                best.setdefault(cell, []).append(tile)
    each = max(2, -(-_TILES // max(1, len(best))))
    chosen = [tile for tiles in best.values() for tile in sorted(tiles, reverse=True)[:each]]
    return [(left, top) for _, left, top in chosen]


def _slopes(plane: Image, window_px: int) -> tuple[Image, Image]:
    """Return the root mean square slopes around each pixel, in the weakest and strongest direction."""
    gx, gy = gradients(plane)
    xx, yy, xy = (window_mean(p, window_px) for p in (gx * gx, gy * gy, gx * gy))
    middle, spread = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    # Running sums leave a rounding error below zero where a photo is flat.
    weak, strong = (np.sqrt(np.maximum(p, 0)) for p in (middle - spread, middle + spread))
    return weak, strong


def _precision(lr: Image, measured: list[tuple[tuple[int, int], _Shift]], size_px: int) -> Floats:
    """Return a root of each shift's inverse covariance, shape (N, 2, 2).

    Along an edge a shift is not known, across it precisely: by how much follows from the slopes
    in the tile and from what the fit left unexplained.
    """
    roots = np.empty((len(measured), 2, 2))
    for index, ((left, top), shift) in enumerate(measured):
        tile = blurred(lr[top : top + size_px, left : left + size_px], 1.0)
        gx, gy = gradients(tile)
        slopes = np.array([[np.vdot(gx, gx), np.vdot(gx, gy)], [0, np.vdot(gy, gy)]], np.float64)
        slopes[1, 0] = slopes[0, 1]
        left_over = float(tile.var()) * (1 - shift.correlation**2) + 1e-3
        values, vectors = np.linalg.eigh(slopes / left_over)
        kept = np.minimum(np.sqrt(np.maximum(values, 0)), 1 / _FINEST_PX) * _FINEST_PX
        roots[index] = vectors @ np.diag(kept) @ vectors.T
    return roots


def _shift(
    lr: Image, hr: HrSampler, warp: Warp, at: tuple[int, int], *, size_px: int, blur_px: int
) -> _Shift | None:
    """Return by how much HR must move to fit a tile; None if it does not fit."""
    left, top = at
    wide = size_px + 2 * _SEARCH_PX
    xs, ys = centres(left - _SEARCH_PX, wide, 1), centres(top - _SEARCH_PX, wide, 1)
    seen = hr.sample(warp, xs, ys, pitch_px=1)[..., 0]
    template = np.ascontiguousarray(lr[top : top + size_px, left : left + size_px])
    start = np.array([[1, 0, _SEARCH_PX], [0, 1, _SEARCH_PX]], np.float32)
    try:
        correlation, shift = cv2.findTransformECC(
            template,
            seen,
            start,
            cv2.MOTION_TRANSLATION,
            _STEPS,
            np.full(seen.shape, 255, np.uint8),
            blur_px,
        )
    except cv2.error:  # it does not converge
        return None
    dx, dy = (float(value) for value in np.asarray(shift)[:, 2] - _SEARCH_PX)
    if not correlation > _LEAST_CORRELATION or max(abs(dx), abs(dy)) > _SEARCH_PX:
        return None
    return _Shift(dx, dy, float(correlation))
