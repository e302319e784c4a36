"""What is told about a pair: its measurements and a verdict in a photographer's words."""

from dataclasses import dataclass
from typing import Literal

from engine.registration.geometry import PixelBox

Verdict = Literal["good", "parts", "rejected"]

_GOOD_SHARE = 0.9
"""A pair of whose overlap so much can be used is good, whatever was cut out of it."""

_LEAST_MATCHES = 12
_LEAST_AGREEING = 0.08
_LEAST_ZOOM = 1.15
_LEAST_SHARE_USED = 0.02
_LEAST_SHARPNESS = 1.05
_FEW_DETAILS = 50
_MOST_RESIDUAL_PX = 0.2
_SEAM_RESIDUAL_PX = 0.15
_FROM_ONE_SPOT = "Take both photos from the same spot, of something still that is flat or far away."
_MOVED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class PairReport:
    """Measurements of one pair; None for what was not reached.

    Attributes:
        verdict: Whether it can be used.
        sentence: Why.
        matches: Details that look alike in both photos.
        agreeing: Those of them that one position of the photos explains.
        zoom: HR pixels per LR pixel.
        rotation_deg: By how much HR is turned, clockwise as seen.
        tiles: Tiles that the position was refined on.
        residual_mean_px: Shift that is left in what is used, LR pixels, mean over windows.
        residual_p95_px: The same, exceeded by 5 % of the windows.
        moved_share: Share of the windows with detail that are shifted too far to be used.
        overlap_share: Share of LR that HR shows.
        usable_share: Share of the overlap that is in the parts.
        sharpness_ratio: Fine detail of HR over that of LR enlarged by bicubic.
        colour_error: Mean difference of colours after matching, CIE76 ΔE.
        colour_error_before: The same before.
        k1: Radial distortion that was taken out.
        k2: Its fourth-order term.
        parts: What is used, in LR pixels.
    """

    verdict: Verdict = "rejected"
    sentence: str = ""
    matches: int = 0
    agreeing: int = 0
    zoom: float | None = None
    rotation_deg: float | None = None
    tiles: int = 0
    residual_mean_px: float | None = None
    residual_p95_px: float | None = None
    moved_share: float | None = None
    overlap_share: float | None = None
    usable_share: float | None = None
    sharpness_ratio: float | None = None
    colour_error: float | None = None
    colour_error_before: float | None = None
    k1: float | None = None
    k2: float | None = None
    parts: tuple[PixelBox, ...] = ()


def why_not_matched(report: PairReport, details: tuple[int, int]) -> str | None:
    """Return why two photos cannot be brought together at all, or None.

    Args:
        report: With matches and agreeing.
        details: Features of LR and of HR.
    """
    enough = max(_LEAST_MATCHES, _LEAST_AGREEING * report.matches)
    if report.agreeing >= enough:
        return None
    if min(details) < _FEW_DETAILS:
        side = "LR" if details[0] <= details[1] else "HR"
        return f"The {side} photo has too little detail to line the two photos up."
    return "The two photos do not seem to show the same scene."


def why_no_use(report: PairReport, scale: int) -> str | None:
    """Return why two photos that match are no LR and HR, or None."""
    zoom = report.zoom or 0.0
    if zoom < _LEAST_ZOOM:
        swapped = " Are the two folders swapped?" if zoom < 1 / _LEAST_ZOOM else ""
        return (
            f"The HR photo shows the scene only {zoom:.2f} times as large as the LR photo; for "
            f"×{scale} it should be about {scale} times.{swapped}"
        )
    return None


def conclude(
    report: PairReport, parts: tuple[PixelBox, ...], *, scale: int, min_part_px: int
) -> tuple[Verdict, str]:
    """Return verdict and sentence for a pair that was lined up and checked.

    Args:
        report: Everything but verdict, sentence and parts.
        parts: What agrees, in LR pixels, the largest first.
        scale: The integer factor between LR and HR.
        min_part_px: Shortest side of a part, LR pixels.
    """
    usable, overlap = report.usable_share or 0.0, report.overlap_share or 0.0
    if not parts or usable < _LEAST_SHARE_USED:
        return "rejected", _why_nothing_is_left(report, min_part_px)
    residual_px = report.residual_mean_px or 0.0
    # Where much is shifted, the rest may be the seam between near and far that happens to fit.
    is_seam = (report.moved_share or 0.0) > _MOVED_SHARE and residual_px > _SEAM_RESIDUAL_PX
    if residual_px > _MOST_RESIDUAL_PX or is_seam:
        return "rejected", (
            f"The photos only fit to {report.residual_mean_px:.2f} pixels. {_FROM_ONE_SPOT}"
        )
    if (report.sharpness_ratio or 0.0) < _LEAST_SHARPNESS:
        return "rejected", (
            "The HR photo is not sharper than the LR photo enlarged, so there is nothing to learn "
            "from it. Was it out of focus or shaken?"
        )
    fit = ""
    if report.residual_mean_px is not None:
        fit = f" to {report.residual_mean_px:.2f} pixels"
    soft = ""
    if (report.zoom or 0.0) < 0.8 * scale:
        soft = (
            f" The HR photo shows the scene {report.zoom:.1f} times as large, less than ×{scale}: "
            "expect less detail than from a longer lens."
        )
    shared = f", on the {overlap:.0%} of the LR photo that both show" if overlap < 0.95 else ""
    if usable >= _GOOD_SHARE:
        return "good", f"The photos fit{fit}{shared}.{soft}"
    why = "something moved, or is nearer or farther than the rest"
    return "parts", (
        f"The photos fit{fit} on {usable:.0%} of what both show; elsewhere {why}, and it is left "
        f"out.{soft}"
    )


def _why_nothing_is_left(report: PairReport, min_part_px: int) -> str:
    if (report.moved_share or 0.0) > _MOVED_SHARE:
        return f"Near and far things are shifted against each other. {_FROM_ONE_SPOT}"
    return (
        f"No part of at least {min_part_px} pixels shows the same in both photos: the scene "
        "changed, the light is another, or they only look alike."
    )
