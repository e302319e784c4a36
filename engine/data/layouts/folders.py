"""Folders people make: LR beside HR, `lq` and `gt`, or `..._LR` and `..._HR` in one folder."""

import re
from dataclasses import replace
from pathlib import Path

from engine.data.layouts.layout import folders_in
from engine.data.pair_names import (
    PairFiles,
    PairScan,
    Part,
    Side,
    SkippedFile,
    in_order,
    match_names,
    natural_key,
    photos_in,
    side_of,
)

_SIDE_WORDS: dict[Side, tuple[str, ...]] = {"LR": ("lr", "low"), "HR": ("hr", "high")}
_SIDE_NAMES: dict[Side, frozenset[str]] = {
    "LR": frozenset({"lq", "input", "inputs"}),
    "HR": frozenset({"gt", "target", "targets"}),
}
_SPLIT_SIDE = re.compile(r"^(?:train|training|test|val|valid|validation)_(lr|hr)$")
_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "val": "test",
    "valid": "test",
    "validation": "test",
}


def folders(root: Path, scale: int) -> PairScan | None:
    """Recognise LR and HR folders side by side, or LR and HR photos in one folder.

    Of several such folders those win that give the most pairs, then those whose name says this
    scale, then registered ones.
    """
    lr_folders, hr_folders = sides_in(root)
    scans = [
        (_rank(lr, hr, scale), _of_folders(lr, hr, scale)) for lr in lr_folders for hr in hr_folders
    ]
    photos = photos_in(root)
    beside = match_names(
        [path for path in photos if side_of(path) == "LR"],
        [path for path in photos if side_of(path) == "HR"],
        scale,
    )
    scans.append(((-1, 0, 0), replace(beside, layout="LR and HR photos in one folder")))
    _, best = max(scans, key=lambda ranked: (len(ranked[1].pairs), ranked[0]))
    return best if best.pairs else None


def parted_folders(root: Path, scale: int) -> PairScan | None:
    """Recognise folders `train` and `test` that each hold LR and HR folders."""
    pairs: list[PairFiles] = []
    skipped: list[SkippedFile] = []
    for name, folder in folders_in(root).items():
        part = _PARTS.get(name)
        below = None if part is None else folders(folder, scale)
        if below is None:
            continue
        pairs += (
            replace(pair, name=f"{name}/{pair.name}", scene=f"{name}/{pair.scene}", part=part)
            for pair in below.pairs
        )
        skipped += below.skipped
    if not pairs:
        return None
    return replace(in_order(pairs, skipped), layout="LR and HR folders, for training and testing")


def sides_in(root: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders in `root` whose names say LR, and those whose names say HR."""
    inside = sorted(folders_in(root).values(), key=lambda folder: natural_key(folder.name))
    lr, hr = ([f for f in inside if _is_side(side, f.name.lower())] for side in ("LR", "HR"))
    return lr, hr


def _is_side(side: Side, name: str) -> bool:
    parted = _SPLIT_SIDE.match(name)
    return (
        name.startswith(_SIDE_WORDS[side])
        or name in _SIDE_NAMES[side]
        or (parted is not None and parted[1] == side.lower())
    )


def _of_folders(lr: Path, hr: Path, scale: int) -> PairScan:
    registered = _is_registered(lr) or (lr.parent / "registration.json").is_file()
    layout = "Registered LR and HR folders" if registered else "LR and HR folders"
    return replace(match_names(photos_in(lr), photos_in(hr), scale), layout=layout)


def _rank(lr: Path, hr: Path, scale: int) -> tuple[int, int, int]:
    """Rank a combination of folders; `max` keeps the first of equals, the first by name."""
    said = [re.findall(r"x([0-9])(?![0-9])", name.lower()) for name in (lr.name, hr.name)]
    says_scale = sum(
        (str(scale) in scales) - (bool(scales) and str(scale) not in scales) for scales in said
    )
    return says_scale, int(_is_registered(lr)), -len(lr.name) - len(hr.name)


def _is_registered(folder: Path) -> bool:
    return bool(re.search("regist|align", folder.name, re.IGNORECASE))
