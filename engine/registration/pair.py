"""Registers one pair of photos: where they fit, HR is put onto LR's grid, and the rest cut off.

LR keeps the camera's own pixels: resampling it would blur it and correlate its noise, which is
what the network has to learn to undo. HR is resampled instead, once, straight from its file to
`scale` times LR's grid.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.imaging.planes import Pixels, grey_of
from engine.registration.agreement import check
from engine.registration.areas import (
    Mask,
    cell_size_px,
    cells_seen,
    cut_rectangles,
    in_pixels,
    largest_rectangle,
    middle_zoom,
)
from engine.registration.colour_match import ColourMode
from engine.registration.features import DETAIL_SIDE_PX, Agreement, agree, find_features
from engine.registration.fitting import fit_warp
from engine.registration.geometry import Floats, Lens, PixelBox, Warp
from engine.registration.refinement import refine
from engine.registration.rendering import View, made_small
from engine.registration.report import PairReport, conclude, why_no_use, why_not_matched
from engine.registration.sampling import HrSampler
from engine.registration.sharpness import sharpness_ratio

_MATCH_SPREAD_PX = 1.0
_MOST_PARTS = 24


@dataclass(frozen=True, slots=True)
class Rules:
    """How pairs are registered.

    Attributes:
        scale: The integer factor between LR and HR.
        colour: How HR's colours are made LR's.
        lens: Radial distortion: none, fitted to each pair, or k1 and k2 as in `Lens`.
        max_shift_px: Shift beyond which a place is left out, LR pixels.
        min_part_px: Shortest side of a part, LR pixels.
    """

    scale: int
    colour: ColourMode = "local"
    lens: Literal["off", "fit"] | tuple[float, float] = "off"
    max_shift_px: float = 0.35
    min_part_px: int = 64


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A rectangle that both photos show alike.

    Attributes:
        box: Where it lies in the LR photo.
        lr: The camera's own pixels, shape (h, w, 3).
        hr: On LR's grid times the scale, shape (h * scale, w * scale, 3).
    """

    box: PixelBox
    lr: Pixels
    hr: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A pair's report, its usable parts, and the warp that was found, if any."""

    report: PairReport
    parts: tuple[Part, ...] = ()
    warp: Warp | None = None


def _nothing() -> None:
    """Do not stop."""


def register_pair(
    lr: Pixels, hr: Pixels, rules: Rules, *, pause: Callable[[], None] = _nothing
) -> Registered:
    """Register two photos of one scene.

    Args:
        lr: RGB, upright, shape (h, w, 3).
        hr: RGB, upright, any size, shape (H, W, 3).
        rules: How.
        pause: Called between steps; may raise to stop.
    """
    lr_grey, hr_grey = grey_of(lr), grey_of(hr)
    found, details = _look_for_agreement(lr_grey, hr_grey)
    pause()
    report = PairReport(matches=found.matches, agreeing=len(found.lr))
    reason = why_not_matched(report, details)
    if reason or found.homography is None:
        return Registered(replace(report, sentence=reason or ""))
    warp = _first_warp(found, found.homography, lr_grey.shape, rules)
    zoom = middle_zoom(warp, lr_grey.shape, hr_grey.shape)
    report = replace(report, zoom=zoom, rotation_deg=_rotation_deg(warp, lr_grey.shape))
    reason = why_no_use(report, rules.scale)
    if reason:
        return Registered(replace(report, sentence=reason), warp=warp)
    cell_px = cell_size_px(lr_grey.shape)
    seen = cells_seen(warp, lr_grey.shape, hr_grey.shape, cell_px)
    shared = in_pixels(largest_rectangle(seen), cell_px)
    report = replace(report, overlap_share=_share(seen, lr_grey.shape, cell_px))
    if min(shared.width, shared.height) < rules.min_part_px:
        sentence = (
            f"The photos share too little: {shared.width} × {shared.height} pixels of the LR photo."
        )
        return Registered(replace(report, sentence=sentence), warp=warp)
    refined = refine(
        lr_grey.astype(np.float32),
        HrSampler(hr_grey[..., None], zoom),
        warp,
        shared,
        fit_lens=rules.lens == "fit",
    )
    pause()
    report = replace(report, tiles=refined.tiles)
    if refined.warp.lens is not None:
        report = replace(report, k1=refined.warp.lens.k1, k2=refined.warp.lens.k2)
    return _finish((lr, hr), refined.warp, rules, report, pause)


def _finish(
    photos: tuple[Pixels, Pixels],
    warp: Warp,
    rules: Rules,
    report: PairReport,
    pause: Callable[[], None],
) -> Registered:
    """Put HR onto LR's grid, check it, and cut out what agrees."""
    lr, hr = photos
    size_px, hr_size_px = (lr.shape[0], lr.shape[1]), (hr.shape[0], hr.shape[1])
    cell_px = cell_size_px(size_px)
    seen = cells_seen(warp, size_px, hr_size_px, cell_px)
    zoom = middle_zoom(warp, size_px, hr_size_px)
    box = in_pixels(_bounds(seen), cell_px)
    if min(box.width, box.height) < rules.min_part_px:
        sentence = "The photos share too little of the scene."
        return Registered(replace(report, sentence=sentence), warp=warp)
    cells = PixelBox(
        box.left // cell_px, box.top // cell_px, box.width // cell_px, box.height // cell_px
    )
    view = View(HrSampler(hr, zoom), warp, box)
    match, before, after = view.colours(lr, seen, cell_px, rules.colour)
    pause()
    large = view.enlarged(match, rules.scale, pause)
    ours = lr[box.rows, box.columns]
    checked = check(
        ours, made_small(large, rules.scale), cell_px=cell_px, max_shift_px=rules.max_shift_px
    )
    pause()
    usable = checked.agrees & seen[cells.rows, cells.columns]
    rectangles = cut_rectangles(
        usable, least_side=-(-rules.min_part_px // cell_px), most=_MOST_PARTS
    )
    parts = tuple(
        _cut(ours, large, box, in_pixels(rectangle, cell_px), rules.scale)
        for rectangle in rectangles
    )
    used = np.zeros_like(usable)
    for rectangle in rectangles:
        used[rectangle.rows, rectangle.columns] = True
    mean_px, p95_px = checked.residual_px(used)
    report = replace(
        report,
        zoom=zoom,
        rotation_deg=_rotation_deg(warp, size_px),
        overlap_share=_share(seen, size_px, cell_px),
        usable_share=float(used.sum() / max(1, seen.sum())),
        residual_mean_px=mean_px,
        residual_p95_px=p95_px,
        moved_share=checked.moved,
        colour_error=after,
        colour_error_before=before,
        sharpness_ratio=sharpness_ratio(parts[0].lr, parts[0].hr, rules.scale) if parts else None,
    )
    boxes = tuple(part.box for part in parts)
    verdict, sentence = conclude(report, boxes, scale=rules.scale, min_part_px=rules.min_part_px)
    report = replace(report, verdict=verdict, sentence=sentence)
    if verdict == "rejected":
        return Registered(report, warp=warp)
    return Registered(replace(report, parts=boxes), parts, warp)


def _look_for_agreement(lr: Pixels, hr: Pixels) -> tuple[Agreement, tuple[int, int]]:
    """Match features of reduced photos, and of larger ones where that is not enough.

    A tele lens shows a small part of what a wide one does: reduced as a whole, too little of that
    part may be left of LR.
    """
    found = Agreement(None, np.empty((0, 2)), np.empty((0, 2)), 0)
    details = (0, 0)
    for side_px in (DETAIL_SIDE_PX, 2 * DETAIL_SIDE_PX):
        ours, theirs = (find_features(grey, side_px=side_px) for grey in (lr, hr))
        found, details = agree(ours, theirs), (len(ours.points), len(theirs.points))
        report = PairReport(matches=found.matches, agreeing=len(found.lr))
        if why_not_matched(report, details) is None or max(lr.shape) <= side_px:
            break
    return found, details


def _first_warp(
    found: Agreement, homography: Floats, size_px: tuple[int, ...], rules: Rules
) -> Warp:
    height, width = size_px[:2]
    warp = Warp(homography)
    if isinstance(rules.lens, tuple):
        warp = Warp(homography, Lens(*rules.lens, width, height))
    reduction = max(1.0, max(size_px) / DETAIL_SIDE_PX)
    return fit_warp(
        found.lr,
        found.hr,
        warp,
        lr_size_px=(height, width),
        spread_px=_MATCH_SPREAD_PX * reduction,
        fit_lens=rules.lens == "fit",
    )


def _cut(lr: Pixels, hr: Pixels, outer: PixelBox, inner: PixelBox, scale: int) -> Part:
    large = PixelBox(
        inner.left * scale, inner.top * scale, inner.width * scale, inner.height * scale
    )
    box = PixelBox(outer.left + inner.left, outer.top + inner.top, inner.width, inner.height)
    return Part(box, lr[inner.rows, inner.columns], hr[large.rows, large.columns])


def _bounds(cells: Mask) -> PixelBox:
    """Return the smallest rectangle around the true cells."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not rows.size:
        return PixelBox(0, 0, 0, 0)
    left, top = int(columns[0]), int(rows[0])
    return PixelBox(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


def _share(cells: Mask, size_px: tuple[int, ...], cell_px: int) -> float:
    """Return the share of a photo that cells cover; cells at its end may be cut off."""
    whole = (size_px[0] // cell_px) * (size_px[1] // cell_px)
    return float(cells.sum() / max(1, whole))


def _rotation_deg(warp: Warp, size_px: tuple[int, ...]) -> float:
    middle = np.array([[size_px[1] / 2, size_px[0] / 2]])
    half = np.array([0.5, 0.0])
    right = warp(middle + half) - warp(middle - half)
    return float(np.degrees(np.arctan2(right[0, 1], right[0, 0])))
