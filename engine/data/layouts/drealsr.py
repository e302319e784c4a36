"""DRealSR: `Train_x2` with `train_LR` and `train_HR`, `Test_x2` with `test_LR` and `test_HR`.

The same for x3 and x4, by themselves or in folders x2, x3 and x4. LR of `Test_x4` is called
`DSC_1286_x4.png`, its HR `DSC_1286_x1.png`.
"""

import re
from pathlib import Path

from engine.data.layouts.layout import Group, folders_in, near_miss, pairs_of, shown
from engine.data.pair_names import PairScan, Part, scene_of

NAME = "DRealSR"

_PART = re.compile(r"^(train|test|val|valid)_x([234])$")
_SCALE_WORD = re.compile(r"_x[1-4](?=_|$)", re.IGNORECASE)
_NUMBER = re.compile(r"_[0-9]+$")


def drealsr(root: Path, scale: int) -> PairScan | None:
    """Recognise DRealSR, from its top down to one of its parts."""
    parts = [root] if _PART.match(root.name.lower()) else []
    inside = folders_in(root)
    for name, folder in inside.items():
        if _PART.match(name):
            parts.append(folder)
        elif re.match(r"^x[234]$", name):
            parts += [f for below, f in folders_in(folder).items() if _PART.match(below)]
    groups = [group for part in parts if (group := _group(part, root)) is not None]
    if parts and not groups:
        where = shown(parts[0], root)
        raise near_miss(NAME, root, f"{where} holds no folders of LR and HR")
    return pairs_of(NAME, root, groups, scale) if groups else None


def _group(folder: Path, root: Path) -> Group | None:
    match = _PART.match(folder.name.lower())
    inside = folders_in(folder)
    sides = {
        side: [
            f
            for name, f in inside.items()
            if re.match(rf"^((train|test|val|valid)_)?{side}$", name)
        ]
        for side in ("lr", "hr")
    }
    if match is None or not any(sides.values()):
        return None
    for side, found in sides.items():
        if not found:
            missing = f"{match[1]}_{side.upper()}"
            raise near_miss(NAME, root, f"{shown(folder, root)} holds no folder {missing}")
    part: Part = "train" if match[1] == "train" else "test"
    return Group(
        lr=sides["lr"][0],
        hr=sides["hr"][0],
        scale=int(match[2]),
        label=folder.name,
        part=part,
        lr_name=_plain,
        hr_name=_plain,
        scene=_train_scene if part == "train" else scene_of,
    )


def _plain(stem: str) -> str:
    """Return a name without the `_x1` or `_x4` that tells LR from HR."""
    return _SCALE_WORD.sub("", stem)


def _train_scene(name: str) -> str:
    """Return the photo a patch was cut from: `DSC_1263_12` and `DSC_1263_13` are of one photo."""
    parts = name.split("_")
    return _NUMBER.sub("", name) if len(parts) > 2 else scene_of(name)
