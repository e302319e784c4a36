"""Tells from file names alone what is a photo, what scene it shows, and which two are a pair."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.imaging.formats import photo_suffixes
from engine.texts import visible

Side = Literal["LR", "HR"]
Part = Literal["train", "test"]

_SUFFIX = re.compile(
    r"[-_ ](?P<side>lr|hr)[-_ ]?x?(?P<side_scale>[0-9]?)$|(?:[-_ ]|(?<=[0-9]))x(?P<scale>[0-9])$",
    re.IGNORECASE,
)
_PATCH_NUMBER = re.compile(r"[-_ ](?:s|p|sub|crop|patch)[-_ ]?[0-9]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The two files of one pair. `name` is unique in its folder; `scene` may be shared.

    `part` is what the data set's authors meant the pair for, where they said so.
    """

    name: str
    scene: str
    lr: Path
    hr: Path
    part: Part | None = None

    def __post_init__(self) -> None:
        """Write out what cannot be stored: names are shown and kept, files have their paths."""
        object.__setattr__(self, "name", visible(self.name))
        object.__setattr__(self, "scene", visible(self.scene))


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was left out, and why, in the user's words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class PairScan:
    """What a folder holds.

    Attributes:
        pairs: In natural order of their names.
        skipped: What was left out, and why.
        layout: What the folder was recognised as, in the user's words.
        notice: A sentence worth knowing before training on it; "" for none.
    """

    pairs: tuple[PairFiles, ...]
    skipped: tuple[SkippedFile, ...]
    layout: str = ""
    notice: str = ""

    @property
    def test_names(self) -> frozenset[str]:
        """Names of the pairs that are meant for testing, where others are for training."""
        if not any(pair.part == "train" for pair in self.pairs):
            return frozenset()
        return frozenset(pair.name for pair in self.pairs if pair.part == "test")


def natural_key(text: str) -> list[str | int]:
    """Return a sorting key by which "img10" comes after "img9"."""
    parts = re.split(r"([0-9]+)", text.lower())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]


def scene_of(name: str) -> str:
    """Return the scene a pair shows: its name without a patch number such as `_s001` or `_p12`.

    Patches cut from one photo share its scene, so that they never lie on both sides of a split.
    """
    return _PATCH_NUMBER.sub("", name) or name


def is_photo_name(path: Path) -> bool:
    """True for a visible file whose name ends like a photo's."""
    return not path.name.startswith(".") and path.suffix.lower() in photo_suffixes()


def photos_in(folder: Path) -> list[Path]:
    """Return the photos in a folder, by name, in natural order; not those in its folders."""
    return sorted(
        (path for path in folder.iterdir() if is_photo_name(path) and path.is_file()),
        key=lambda path: natural_key(path.name),
    )


def side_of(path: Path) -> Side | None:
    """Return the side a file's name says it is on, as `..._LR` or `..._HRx2` do."""
    match = _SUFFIX.search(path.stem)
    said = (match["side"] or "").upper() if match else ""
    return "LR" if said == "LR" else "HR" if said == "HR" else None


def match_names(lr_files: list[Path], hr_files: list[Path], scale: int) -> PairScan:
    """Match photos whose names are the same, or the same without an ending such as `_LRx2`.

    Args:
        lr_files: LR photos.
        hr_files: HR photos.
        scale: The integer factor; of several photos of one name, those that say it are taken.
    """
    pairs: list[PairFiles] = []
    skipped: list[SkippedFile] = []
    lr_left, hr_left = set(lr_files), set(hr_files)
    names: set[str] = set()
    for strip in (False, True):
        lr_by_name = _by_name(lr_left, scale, strip=strip)
        hr_by_name = _by_name(hr_left, scale, strip=strip)
        for name in sorted(lr_by_name.keys() & hr_by_name.keys(), key=natural_key):
            lr_same, hr_same = lr_by_name[name], hr_by_name[name]
            if len(lr_same) > 1 or len(hr_same) > 1 or name in names:
                doubled = sorted({*lr_same, *hr_same})
                skipped += (SkippedFile(p, f"Several photos are called {name}.") for p in doubled)
            else:
                pairs.append(PairFiles(name, scene_of(name), lr_same[0], hr_same[0]))
                names.add(name)
            lr_left.difference_update(lr_same)
            hr_left.difference_update(hr_same)
    skipped += (SkippedFile(path, "There is no HR photo of this name.") for path in lr_left)
    skipped += (SkippedFile(path, "There is no LR photo of this name.") for path in hr_left)
    return in_order(pairs, skipped)


def in_order(pairs: Iterable[PairFiles], skipped: Iterable[SkippedFile]) -> PairScan:
    """Return a scan in the natural order of names."""
    return PairScan(
        tuple(sorted(pairs, key=lambda pair: natural_key(pair.name))),
        tuple(sorted(skipped, key=lambda skip: natural_key(str(skip.path)))),
    )


def _by_name(files: Iterable[Path], scale: int, *, strip: bool) -> dict[str, list[Path]]:
    """Group files by name; among equals, keep those that say this scale if some do."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(files):
        groups.setdefault(_SUFFIX.sub("", path.stem) if strip else path.stem, []).append(path)
    return {
        name: [path for path in same if _said_scale(path) == scale] or same
        for name, same in groups.items()
    }


def _said_scale(path: Path) -> int | None:
    match = _SUFFIX.search(path.stem)
    digit = match and (match["side_scale"] or match["scale"])
    return int(digit) if digit else None
