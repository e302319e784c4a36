"""What was measured on held-out photos, and the plain sentence that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

NOTICEABLE_DB = 0.05
"""Gains below this are called no gain: they are within the spread of two training seeds."""


@dataclass(frozen=True, slots=True)
class PhotoQuality:
    """One held-out photo, by contender ("bicubic", "backbone", "adapted").

    Attributes:
        name: The pair's name.
        psnr_y_db: PSNR on Y, dB, border = scale, of the 8-bit result.
        ssim_y: SSIM on Y of the same.
        shift: How far the mean of a small area moved at most from the LR's, on [0, 1]; empty in
            profiles of version 0.1.
    """

    name: str
    psnr_y_db: dict[str, float]
    ssim_y: dict[str, float]
    shift: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the adapted network is worth installing.

    Attributes:
        better: True if it beats the backbone and bicubic resampling noticeably.
        sentence: What the user is told.
        gain_db: Mean PSNR-Y gain over the backbone.
        photos: How many photos that is the mean of.
    """

    better: bool
    sentence: str
    gain_db: float
    photos: int


def mean_psnr_y_db(photos: Sequence[PhotoQuality]) -> dict[str, float]:
    """Return the mean PSNR on Y, in dB, by contender."""
    return {key: fmean(photo.psnr_y_db[key] for photo in photos) for key in photos[0].psnr_y_db}


def mean_ssim_y(photos: Sequence[PhotoQuality]) -> dict[str, float]:
    """Return the mean SSIM on Y by contender."""
    return {key: fmean(photo.ssim_y[key] for photo in photos) for key in photos[0].ssim_y}


def judge(photos: Sequence[PhotoQuality]) -> Verdict:
    """Compare "adapted" with "backbone" and "bicubic" over held-out photos.

    Raises:
        ValueError: If there are no photos.
    """
    if not photos:
        raise ValueError("a verdict needs at least one photo")
    mean = mean_psnr_y_db(photos)
    gain_db = mean["adapted"] - mean["backbone"]
    improved = sum(p.psnr_y_db["adapted"] > p.psnr_y_db["backbone"] for p in photos)
    count = len(photos)
    noun = "photo" if count == 1 else "photos"
    if gain_db < NOTICEABLE_DB:
        sentence = (
            f"Not better: {gain_db:+.2f} dB on {count} {noun} it never saw. Don't install it; try "
            "more pairs or a longer training."
        )
        return Verdict(False, sentence, gain_db, count)
    if mean["adapted"] < mean["bicubic"] + NOTICEABLE_DB:
        sentence = (
            f"Better than the backbone by {gain_db:.2f} dB on {count} {noun} it never saw, but "
            "plain enlarging does as well. Don't install it; train longer."
        )
        return Verdict(False, sentence, gain_db, count)
    sentence = f"Better by {gain_db:.2f} dB on {count} {noun} it never saw ({improved} of {count} improved)."
    return Verdict(True, sentence, gain_db, count)
