"""The validation sets of StableSR: `RealSRVal_crop128` with `test_LR` and `test_HR`, or lq and gt.

LR has 128 pixels a side, HR 512.
"""

import re
from pathlib import Path

from engine.data.layouts.layout import Group, folders_in, listed, near_miss, pairs_of, shown
from engine.data.pair_names import PairScan

NAME = "StableSR's validation sets"

_SET = re.compile(r"^(?:d?realsr|div2k).*_?val(?:_.*)?$")
_SIDES = (("test_lr", "test_hr"), ("lq", "gt"), ("lr", "hr"))
_SCALE = 4


def stablesr(root: Path, scale: int) -> PairScan | None:
    """Recognise StableSR's validation sets, all of them or one."""
    if _SET.match(root.name.lower()):
        sets = [root]
    else:
        sets = [folder for name, folder in folders_in(root).items() if _SET.match(name)]
    groups = []
    for folder in sets:
        group = _group(folder, root)
        if group is not None:
            groups.append(group)
    if not groups:
        return None
    several = (
        f"These are pairs of several data sets: {listed(group.label for group in groups)}."
        if len(groups) > 1
        else ""
    )
    return pairs_of(NAME, root, groups, scale, several)


def _group(folder: Path, root: Path) -> Group | None:
    inside = folders_in(folder)
    for lr, hr in _SIDES:
        if lr in inside and hr in inside:
            return Group(lr=inside[lr], hr=inside[hr], scale=_SCALE, label=folder.name)
        for there, missing in ((lr, hr), (hr, lr)):
            if there in inside:
                what = missing.replace("lr", "LR").replace("hr", "HR")
                where = shown(inside[there], root)
                raise near_miss(NAME, root, f"there is {where} and no folder {what} beside it")
    return None
