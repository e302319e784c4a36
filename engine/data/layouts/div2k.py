"""DIV2K and sets that are laid out like it: `DIV2K_train_HR` and `DIV2K_train_LR_bicubic/X2`.

LR of `X2/0001x2.png` belongs to HR `0001.png`. LR made in other ways lies in folders called
`unknown`, or, without a folder for the scale, in `mild`, `difficult` and `wild` (x4) and `x8`.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine.data.layouts.layout import Group, folders_in, listed, near_miss, pairs_of, shown
from engine.data.pair_names import PairScan, Part
from engine.errors import PairsError

NAME = "DIV2K"

_SET = r"(?P<set>[a-z0-9]+_)?"
_PART = r"(?P<part>train|valid|val|test)_"
_HR = re.compile(rf"^{_SET}({_PART})?hr$")
_LR = re.compile(rf"^{_SET}({_PART})?lr_(?P<track>[a-z]+|x8)(?:_?x(?P<scale>[2348]))?$")
_X = re.compile(r"^x([2348])$")
_TRACKS = ("bicubic", "unknown", "mild", "difficult", "wild", "x8")
_LR_FILE = re.compile(r"^(.+?)_?x[2348](?:m|d|w[0-9]?)?$", re.IGNORECASE)
_FIXED = {"mild": 4, "difficult": 4, "wild": 4, "x8": 8}


@dataclass(frozen=True, slots=True)
class _Folder:
    """An LR folder, what its name says, and the HR folder beside it if there is one."""

    path: Path
    track: str
    part: Part | None
    scale: int | None
    hr: Path | None


def div2k(root: Path, scale: int) -> PairScan | None:
    """Recognise DIV2K from its top, from one folder of LR, or from one folder X2, X3 or X4."""
    chosen = _above(root)
    if chosen is not None:
        return pairs_of(NAME, root, _groups(chosen, root, only=root), scale)
    folders = _lr_folders(root)
    if not folders:
        named = [f for name, f in folders_in(root).items() if re.match(r"^div2k_.*hr$", name)]
        if named:
            missing = f"there is {listed(f.name for f in named)} and no folder of LR beside it"
            raise near_miss(NAME, root, missing)
        return None
    tracks = sorted({folder.track for folder in folders if _has_scale(folder, scale)})
    if len(tracks) > 1:
        names = [f.path.name for f in folders if f.part != "test" and _has_scale(f, scale)]
        raise PairsError(
            f"This is {NAME} with LR made in several ways: {listed(tracks)}.",
            path=root,
            remedy=f"Choose one of these folders instead: {listed(names)}.",
        )
    groups = [
        group
        for folder in folders
        if not tracks or folder.track in tracks
        for group in _groups(folder, root)
    ]
    if not groups:
        where = listed(shown(folder.path, root) for folder in folders)
        raise near_miss(NAME, root, f"{where} holds no folder X2, X3 or X4 and no photos")
    return pairs_of(NAME, root, groups, scale)


def _lr_folders(root: Path) -> list[_Folder]:
    inside = folders_in(root)
    found = []
    for name, path in inside.items():
        match = _LR.match(name)
        if match is None or match["track"] not in _TRACKS:
            continue
        below = any(_X.match(child) for child in folders_in(path))
        if not (below or match["scale"] or (match["set"] and match["part"])):
            continue  # photos lie in a folder called LR_something: people's own
        found.append(_read(path, match, inside))
    return found


def _read(path: Path, match: re.Match[str], beside: dict[str, Path]) -> _Folder:
    said = match["scale"]
    part: Part | None = None
    if match["part"]:
        part = "train" if match["part"] == "train" else "test"
    fixed = _FIXED.get(match["track"])
    hr = [
        folder
        for name, folder in beside.items()
        if (other := _HR.match(name))
        and (other["set"], other["part"]) == (match["set"], match["part"])
    ]
    return _Folder(path, match["track"], part, int(said) if said else fixed, hr[0] if hr else None)


def _above(root: Path) -> _Folder | None:
    """Return the LR folder that `root` is, or is the folder of one scale of."""
    path = Path(os.path.realpath(root))
    for place in (path, path.parent) if _X.match(path.name.lower()) else (path,):
        match = _LR.match(place.name.lower())
        if match and match["track"] in _TRACKS and match["part"]:
            folder = _read(place, match, folders_in(place.parent))
            if folder.hr is not None:
                return folder
    return None


def _has_scale(folder: _Folder, scale: int) -> bool:
    inside = [int(m[1]) for name in folders_in(folder.path) if (m := _X.match(name))]
    return scale in inside or folder.scale == scale or not (inside or folder.scale)


def _groups(folder: _Folder, root: Path, only: Path | None = None) -> list[Group]:
    if folder.hr is None:
        requested = re.sub(r"_lr_.*$", "_HR", folder.path.name, flags=re.IGNORECASE)
        missing = f"there is {folder.path.name} and no folder {requested} beside it"
        raise near_miss(NAME, root, missing)
    scales = {int(m[1]): f for name, f in folders_in(folder.path).items() if (m := _X.match(name))}
    if only is not None and _X.match(only.name.lower()):
        scales = {int(only.name[1:]): only}
    elif folder.scale is not None and not scales:
        scales = {folder.scale: folder.path}
    return [
        Group(
            lr=lr,
            hr=folder.hr,
            scale=scale,
            label=folder.part or "",
            part=folder.part,
            lr_name=_lr_name,
        )
        for scale, lr in scales.items()
    ]


def _lr_name(stem: str) -> str:
    match = _LR_FILE.match(stem)
    return match[1] if match else stem
