"""What was measured on held-out photos, and the plain sentence that follows from it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

NOTICEABLE_DB = 0.05
"""Gains below this are called no gain: they are within the spread of two training seeds."""

_NO_DIFFERENCE_DB = 100.0
"""What a result without any difference counts as in a verdict; its PSNR has no bound."""

_FEW = 4
"""So many photos or fewer say little about others, which the verdict says then."""

_FEW_WORDS = {2: "Two", 3: "Three", 4: "Four"}


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
        interval_db: Where the mean gain of many photos like these lies, with a confidence of 95 %
            (Student's t over photos); None for one photo, and in profiles of version 0.1.
    """

    better: bool
    sentence: str
    gain_db: float
    photos: int
    interval_db: tuple[float, float] | None = None


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
    psnr_y_db = [
        {key: _bounded(value_db) for key, value_db in photo.psnr_y_db.items()} for photo in photos
    ]
    mean = {key: fmean(each[key] for each in psnr_y_db) for key in psnr_y_db[0]}
    gains_db = [each["adapted"] - each["backbone"] for each in psnr_y_db]
    gain_db = mean["adapted"] - mean["backbone"]
    improved = sum(gain > 0 for gain in gains_db)
    count = len(photos)
    noun = "photo" if count == 1 else "photos"
    interval_db = confidence_interval(gains_db)
    few = _said_of_few(count, interval_db)
    if gain_db < NOTICEABLE_DB:
        sentence = (
            f"Not better: {gain_db:+.2f} dB on {count} {noun} it never saw.{few} Don't install it; "
            "try more pairs or a longer training."
        )
        return Verdict(False, sentence, gain_db, count, interval_db)
    if mean["adapted"] < mean["bicubic"] + NOTICEABLE_DB:
        sentence = (
            f"Better than the backbone by {gain_db:.2f} dB on {count} {noun} it never saw, but "
            f"plain enlarging does as well.{few} Don't install it; train longer."
        )
        return Verdict(False, sentence, gain_db, count, interval_db)
    sentence = (
        f"Better by {gain_db:.2f} dB on {count} {noun} it never saw ({improved} of {count} "
        f"improved).{few}"
    )
    return Verdict(True, sentence, gain_db, count, interval_db)


def _bounded(psnr_db: float) -> float:
    """Return a PSNR that means and deviations can be taken of; no number is no likeness."""
    return 0.0 if math.isnan(psnr_db) else min(psnr_db, _NO_DIFFERENCE_DB)


def confidence_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return where the mean of many more such values lies, with a confidence of 95 %.

    Student's t, two-sided; None with fewer than two values.
    """
    count = len(values)
    if count < 2:
        return None
    from scipy.special import stdtrit  # noqa: PLC0415 - light commands know verdicts, not this

    half = float(stdtrit(count - 1, 0.975)) * stdev(values) / math.sqrt(count)
    middle = fmean(values)
    return middle - half, middle + half


def _said_of_few(count: int, interval_db: tuple[float, float] | None) -> str:
    """Return the sentence that warns of a verdict on few photos, with its space; "" of many."""
    if count > _FEW:
        return ""
    if interval_db is None:
        return " One photo says little of others: they may gain more or less."
    low, high = interval_db
    return f" {_FEW_WORDS[count]} photos are few: over many the mean may lie between {low:+.1f} and {high:+.1f} dB."
