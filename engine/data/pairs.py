"""Finds out which files in a folder belong together as LR and HR."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import PairsError, storage_errors

Side = Literal["LR", "HR"]

PHOTO_SUFFIXES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".webp",
        ".tif",
        ".tiff",
        ".bmp",
        ".heic",
        ".heif",
        ".avif",
        ".ppm",
        ".pgm",
        ".jp2",
    ]
)

_SIDE_WORDS: dict[Side, tuple[str, str]] = {"LR": ("lr", "low"), "HR": ("hr", "high")}
_SUFFIX = re.compile(
    r"[-_ ](?P<side>lr|hr)[-_ ]?x?(?P<side_scale>[0-9]?)$|(?:[-_ ]|(?<=[0-9]))x(?P<scale>[0-9])$",
    re.IGNORECASE,
)
_PATCH_NUMBER = re.compile(r"[-_ ](?:s|p|sub|crop|patch)[-_ ]?[0-9]+$", re.IGNORECASE)
_REMEDY = (
    "Make two folders side by side, one whose name starts with LR and one whose name starts with "
    "HR, with the same file names in both, and choose the folder that holds the two."
)


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The two files of one pair. `name` is unique in its folder; `scene` may be shared."""

    name: str
    scene: str
    lr: Path
    hr: Path


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was left out, and why, in the user's words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class PairScan:
    """What a folder holds: pairs in natural order of their names, and what was left out."""

    pairs: tuple[PairFiles, ...]
    skipped: tuple[SkippedFile, ...]


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
    return not path.name.startswith(".") and path.suffix.lower() in PHOTO_SUFFIXES


def find_pairs(root: Path, *, scale: int) -> PairScan:
    """Match the LR and HR photos in `root`.

    `root` holds a folder whose name starts with LR or low and one whose name starts with HR or
    high (LR + HR, LR_registered + HR, HR_x2 ...), or photos named `..._LR` and `..._HR` side by
    side. Files match by name without file type; where that finds no partner, also without an
    ending such as `_LR`, `_HR`, `_LR2`, `x2` or `_LRx2`. Of several such folders, those win that
    give the most pairs, then those whose name says this scale, then registered ones.

    Args:
        root: The folder the user chose.
        scale: The integer factor between LR and HR; only used to choose between candidates.

    Raises:
        PairsError: If `root` is not a folder or holds no pair.
        StorageError: If `root` cannot be read.
    """
    if not root.is_dir():
        raise PairsError("There is no such folder.", path=root, remedy="Choose another folder.")
    with storage_errors(root):
        entries = sorted(root.iterdir(), key=lambda entry: natural_key(entry.name))
        lr_folders = [e for e in entries if _is_folder_of("LR", e)]
        hr_folders = [e for e in entries if _is_folder_of("HR", e)]
        scans = [
            (_folder_rank(lr, hr, scale), match_names(photos_in(lr), photos_in(hr), scale))
            for lr in lr_folders
            for hr in hr_folders
        ]
        side_by_side = match_names(_named_photos("LR", root), _named_photos("HR", root), scale)
    scans.append(((-1, 0, 0), side_by_side))
    _, best = max(scans, key=lambda ranked: (len(ranked[1].pairs), ranked[0]))
    if not best.pairs:
        raise PairsError(_what_is_there(entries, lr_folders, hr_folders), path=root, remedy=_REMEDY)
    return best


def _is_folder_of(side: Side, entry: Path) -> bool:
    return entry.name.lower().startswith(_SIDE_WORDS[side]) and entry.is_dir()


def _folder_rank(lr: Path, hr: Path, scale: int) -> tuple[int, int, int]:
    """Rank a combination of folders; `max` keeps the first of equals, the first by name."""
    said = [re.findall(r"x([0-9])(?![0-9])", name.lower()) for name in (lr.name, hr.name)]
    says_scale = sum(
        (str(scale) in scales) - (bool(scales) and str(scale) not in scales) for scales in said
    )
    registered = bool(re.search("regist|align", lr.name, re.IGNORECASE))
    return says_scale, int(registered), -len(lr.name) - len(hr.name)


def photos_in(folder: Path) -> list[Path]:
    """Return the photos in a folder, by name, in natural order; not those in its folders."""
    return sorted(
        (path for path in folder.iterdir() if is_photo_name(path) and path.is_file()),
        key=lambda path: natural_key(path.name),
    )


def _named_photos(side: Side, folder: Path) -> list[Path]:
    found = ((path, _SUFFIX.search(path.stem)) for path in photos_in(folder))
    return [path for path, match in found if match and (match["side"] or "").upper() == side]


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


def _what_is_there(entries: list[Path], lr_folders: list[Path], hr_folders: list[Path]) -> str:
    if lr_folders and hr_folders:
        folders = ", ".join(folder.name for folder in [*lr_folders, *hr_folders])
        return f"No two photos with the same name were found in {folders}."
    names = [entry.name for entry in entries if not entry.name.startswith(".")]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    missing = " and ".join(
        f"no folder whose name starts with {side}"
        for side, folders in (("LR", lr_folders), ("HR", hr_folders))
        if not folders
    )
    return f"There is {missing}; it holds {shown or 'nothing'}."
