"""RealSR: `Canon` and `Nikon`, in each `Train` and `Test`, in each 2, 3 and 4 with both sides.

A folder of version 3 holds `Canon_001_HR.png` beside `Canon_001_LR2.png`, LR smaller than HR; in
versions 1 and 2 both are of HR's size, which reading the pairs finds out.
"""

import re
from pathlib import Path

from engine.data.layouts.layout import Group, folders_in, near_miss, pairs_of, shown
from engine.data.pair_names import PairScan, Part, photos_in

NAME = "RealSR"

_CAMERAS = ("canon", "nikon")
_PARTS: dict[str, Part] = {"train": "train", "test": "test"}
_SCALES = ("2", "3", "4")
_FILE = re.compile(r"^(?:canon|nikon)_?[0-9]+_(?:hr|lr[234])$", re.IGNORECASE)


def realsr(root: Path, scale: int) -> PairScan | None:
    """Recognise RealSR, from its top down to one folder of photos."""
    groups: list[Group] = []
    cameras = [folder for name, folder in folders_in(root).items() if name in _CAMERAS]
    is_realsr = root.name.lower().startswith("realsr")
    if cameras and (is_realsr or any(_has_parts(camera) for camera in cameras)):
        for camera in cameras:
            groups += _camera(camera, root)
        notice = (
            "These are pairs of two cameras, Canon and Nikon. To adapt to one of them, choose its "
            "folder."
            if len(cameras) > 1
            else ""
        )
        return pairs_of(NAME, root, groups, scale, notice)
    if _is_camera(root):
        return pairs_of(NAME, root, _camera(root, root), scale)
    if _scale_folders(root) and _holds_named(root):
        part = _PARTS.get(root.name.lower())
        return pairs_of(NAME, root, _part(root, part, root, ""), scale)
    if root.name in _SCALES and any(_FILE.match(path.stem) for path in photos_in(root)):
        return pairs_of(NAME, root, [_group(root, None, "")], scale)
    return None


def _camera(camera: Path, root: Path) -> list[Group]:
    parts = {name: f for name, f in folders_in(camera).items() if name in _PARTS}
    if not parts:
        raise near_miss(NAME, root, f"{shown(camera, root)} holds neither Train nor Test")
    groups: list[Group] = []
    for name, folder in parts.items():
        label = folder.name if camera == root else f"{camera.name}/{folder.name}"
        groups += _part(folder, _PARTS[name], root, label)
    return groups


def _part(folder: Path, part: Part | None, root: Path, label: str) -> list[Group]:
    found = _scale_folders(folder)
    if not found:
        raise near_miss(NAME, root, f"{shown(folder, root)} holds no folder 2, 3 or 4")
    return [_group(pairs, part, label) for pairs in found]


def _group(folder: Path, part: Part | None, label: str) -> Group:
    digit = folder.name
    lr = re.compile(rf"^(.+)_lr{digit}$", re.IGNORECASE)
    hr = re.compile(r"^(.+)_hr$", re.IGNORECASE)

    def named(stem: str, side: re.Pattern[str]) -> str | None:
        match = side.match(stem)
        return match[1] if match else None

    return Group(
        lr=folder,
        hr=folder,
        scale=int(digit),
        label=label,
        part=part,
        lr_name=lambda stem: named(stem, lr),
        hr_name=lambda stem: named(stem, hr),
    )


def _is_camera(folder: Path) -> bool:
    if folder.name.lower() in _CAMERAS:
        return _has_parts(folder)
    return any(
        _scale_folders(part) and _holds_named(part)
        for name, part in folders_in(folder).items()
        if name in _PARTS
    )


def _has_parts(folder: Path) -> bool:
    return any(name in _PARTS for name in folders_in(folder))


def _scale_folders(folder: Path) -> list[Path]:
    return [found for name, found in folders_in(folder).items() if name in _SCALES]


def _holds_named(folder: Path) -> bool:
    return any(_FILE.match(path.stem) for f in _scale_folders(folder) for path in photos_in(f))
