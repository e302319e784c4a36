"""The report on a folder: what each photo is worth, and what they add up to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.data.pair_names import Side, SkippedFile
from engine.dataset_report.near_duplicates import PhotoHash, near_duplicates
from engine.formatting import format_count

Finding = Literal["good", "damaged", "blank", "blurred", "misfit", "mismatch", "repeated"]

FEWEST = 3
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class CheckedPhoto:
    """One photo and what was found.

    Attributes:
        name: Its pair's name, or its own.
        path: The file.
        side: LR or HR; None where the folder holds no pairs.
        finding: The first thing that is wrong with it.
        sentence: The same in the user's words; "" for a good photo.
        repeats: Name of the photo that shows the same and is kept; "" for none.
        width_px: As seen; 0 where it cannot be read.
        height_px: As seen.
        camera: Make and model, "" where the file does not say.
        taken_at_s: When, seconds, by the camera's clock.
        sharpness: See `engine.dataset_report.measures`; 0 where it cannot be read.
        unclipped_share: Share of pixels neither black nor burnt out.
        fingerprint: Tells what looks alike; empty where it cannot be read.
        thumbnail: A small JPEG; empty where it cannot be read.
    """

    name: str
    path: Path
    side: Side | None = None
    finding: Finding = "good"
    sentence: str = ""
    repeats: str = ""
    width_px: int = 0
    height_px: int = 0
    camera: str = ""
    taken_at_s: float | None = None
    sharpness: float = 0.0
    unclipped_share: float = 0.0
    fingerprint: bytes = b""
    thumbnail: bytes = b""

    @property
    def usable_pixels(self) -> int:
        """Pixels to learn from: none of a photo that is no use."""
        if self.finding != "good":
            return 0
        return round(self.width_px * self.height_px * self.unclipped_share)


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What a folder holds.

    Attributes:
        folder: The folder.
        layout: What it was recognised as.
        scale: The factor between LR and HR; None without pairs, or where LR is as large as HR.
        photos: Every photo that was looked at, in the order of their names.
        skipped: Files that belong to no pair.
        left: How many more photos there are, that were not looked at.
        notice: What the layout has to say; "" for nothing.
    """

    folder: Path
    layout: str
    scale: int | None
    photos: tuple[CheckedPhoto, ...]
    skipped: tuple[SkippedFile, ...] = ()
    left: int = 0
    notice: str = ""

    @property
    def are_pairs(self) -> bool:
        """Whether the photos are LR/HR pairs."""
        return any(photo.side is not None for photo in self.photos)

    @property
    def total(self) -> int:
        """How many pairs, or photos, were looked at."""
        return len({photo.name for photo in self.photos})

    @property
    def good(self) -> int:
        """How many pairs, or photos, can be learnt from; of those that repeat each other one."""
        bad = {photo.name for photo in self.photos if photo.finding != "good"}
        return len({photo.name for photo in self.photos} - bad)

    @property
    def usable_pixels(self) -> int:
        """Pixels of LR, or of photos without a pair, that can be learnt from."""
        bad = {photo.name for photo in self.photos if photo.finding != "good"}
        chosen = (p for p in self.photos if p.side != "HR" and p.name not in bad)
        return sum(photo.usable_pixels for photo in chosen)

    def count(self, finding: Finding) -> int:
        """Return for how many photos that was found."""
        return sum(photo.finding == finding for photo in self.photos)

    def cameras(self, side: Side | None = None) -> dict[str, int]:
        """Return how many readable photos each camera took, "" for those that do not say."""
        chosen = (p.camera for p in self.photos if p.side == side and p.finding != "damaged")
        return dict(Counter(chosen).most_common())

    def sizes(self, side: Side | None = None) -> dict[tuple[int, int], int]:
        """Return how many readable photos are of each width and height, pixels."""
        chosen = (
            (p.width_px, p.height_px)
            for p in self.photos
            if p.side == side and p.finding != "damaged"
        )
        return dict(Counter(chosen).most_common())

    @property
    def sides(self) -> tuple[Side | None, ...]:
        """LR and HR, or None alone where there are no pairs."""
        return ("LR", "HR") if self.are_pairs else (None,)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Names of photos that repeat each other, each group beginning with the one to keep."""
        found: dict[str, list[str]] = {}
        for photo in self.photos:
            if photo.repeats:
                found.setdefault(photo.repeats, [photo.repeats]).append(photo.name)
        return tuple(tuple(group) for group in found.values())

    @property
    def mixed_cameras(self) -> str:
        """Which cameras took the photos that one camera should have taken; "" for one.

        Of pairs those are the LR photos: HR may be anybody's.
        """
        side: Side | None = "LR" if self.are_pairs else None
        known = {name: count for name, count in self.cameras(side).items() if name}
        if len(known) < 2:
            return ""
        which = "these photos" if side is None else f"the {side} photos"
        listed = ", ".join(f"{name} ({count})" for name, count in known.items())
        return (
            f"Several cameras took {which}: {listed}. What is learnt fits one camera best, so keep "
            "those of one."
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know, each a sentence."""
        found = [self.notice] if self.notice else []
        found += [self.mixed_cameras] if self.mixed_cameras else []
        if self.left:
            found.append(f"{self.left} more photos were not looked at.")
        return tuple(found)

    @property
    def verdict(self) -> str:
        """How many can be learnt from, and whether more would help, in words."""
        good = format_count(self.good, f"good {'pair' if self.are_pairs else 'photo'}")
        if self.good < FEWEST:
            return f"{good}; at least {FEWEST} are needed."
        if self.good < ENOUGH:
            return f"{good}; {ENOUGH} or more usually help."
        return f"{good}. That is plenty."


def mark_repeated(photos: Sequence[CheckedPhoto]) -> tuple[CheckedPhoto, ...]:
    """Return photos with those marked that repeat another; of a group the largest is kept.

    Of several of one size that is the sharpest.

    HR photos are not compared: they show what their LR shows. Pairs that are no use are not
    either: a sound one repeats nothing that could be kept instead.
    """
    bad = {photo.name for photo in photos if photo.finding != "good"}
    chosen = [i for i, p in enumerate(photos) if p.side != "HR" and p.name not in bad]
    looks = [PhotoHash(p.fingerprint, p.camera, p.taken_at_s) for p in (photos[i] for i in chosen)]
    groups: dict[int, list[int]] = {}
    for index, first in zip(chosen, near_duplicates(looks), strict=True):
        groups.setdefault(first, []).append(index)
    marked = list(photos)
    for group in groups.values():
        kept = max(group, key=lambda index: _worth(photos[index]))
        for index in group:
            if index != kept:
                name = photos[kept].name
                marked[index] = replace(
                    photos[index],
                    finding="repeated",
                    sentence=f"Shows the same as {name}.",
                    repeats=name,
                )
    return tuple(marked)


def _worth(photo: CheckedPhoto) -> tuple[int, float]:
    return photo.width_px * photo.height_px, photo.sharpness
