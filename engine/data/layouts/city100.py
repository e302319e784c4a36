"""City100: `001L.PNG` beside `001H.PNG`, of one size, in a folder for each of two cameras."""

import re
from pathlib import Path

from engine.data.layouts.layout import (
    Group,
    Namer,
    folders_in,
    listed,
    near_miss,
    pairs_of,
    shown,
)
from engine.data.pair_names import PairScan, photos_in

NAME = "City100"

_LR = re.compile(r"^([0-9]{3})l$", re.IGNORECASE)
_HR = re.compile(r"^([0-9]{3})h$", re.IGNORECASE)


def city100(root: Path, scale: int) -> PairScan | None:
    """Recognise City100, with both cameras or one."""
    cameras = [folder for name, folder in folders_in(root).items() if name.startswith("city100_")]
    groups = [group for folder in cameras or [root] if (group := _group(folder, root))]
    if not groups:
        return None
    notice = (
        f"These are pairs of several cameras: {listed(group.label for group in groups)}. To adapt "
        "to one of them, choose its folder."
        if len(groups) > 1
        else ""
    )
    return pairs_of(NAME, root, groups, scale, notice)


def _group(folder: Path, root: Path) -> Group | None:
    stems = [path.stem for path in photos_in(folder)]
    lr, hr = (any(side.match(stem) for stem in stems) for side in (_LR, _HR))
    if not lr and not hr:
        return None
    if not (lr and hr):
        there, missing = ("001L", "001H") if lr else ("001H", "001L")
        where = shown(folder, root)
        what = f"{where} holds photos named like {there} and none like {missing}"
        raise near_miss(NAME, root, what)
    return Group(lr=folder, hr=folder, label=folder.name, lr_name=_named(_LR), hr_name=_named(_HR))


def _named(side: re.Pattern[str]) -> Namer:
    return lambda stem: match[1] if (match := side.match(stem)) else None
