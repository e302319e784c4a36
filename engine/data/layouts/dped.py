"""DPED: for each phone `training_data` and `test_data/patches`, in each the phone and `canon`.

LR and HR are patches of one size, called `0.jpg`, `1.jpg` and so on.
"""

from pathlib import Path

from engine.data.layouts.layout import (
    Group,
    folders_in,
    listed,
    near_miss,
    pairs_of,
    reach,
    shown,
)
from engine.data.pair_names import PairScan, Part

NAME = "DPED"

_PHONES = ("iphone", "blackberry", "sony")
_HR = "canon"
_PLACES = ("training_data", "patches")
_SEVERAL = (
    "These are pairs of several phones: {phones}. To adapt to one of them, choose its folder."
)
_PATCHES = (
    "DPED does not say which patches are of one photo, so photos that are kept out for the check "
    "may have neighbours among those that are learnt from."
)


def dped(root: Path, scale: int) -> PairScan | None:
    """Recognise DPED, from its top down to the folder with a phone's and the camera's patches."""
    inside = folders_in(root)
    here = [name for name in inside if name in _PHONES]
    if root.name.lower() in _PLACES and _HR in inside and len(here) == 1:
        group = Group(lr=inside[here[0]], hr=inside[_HR])
        return pairs_of(NAME, root, [group], scale, _PATCHES)
    if _is_phone(root):
        return pairs_of(NAME, root, _phone(root, root), scale, _notice(_phone(root, root)))
    phones = [folder for name, folder in inside.items() if name in _PHONES and _is_phone(folder)]
    if not phones:
        return None
    groups = [group for phone in phones for group in _phone(phone, root)]
    several = _SEVERAL.format(phones=listed(phone.name for phone in phones))
    return pairs_of(NAME, root, groups, scale, several if len(phones) > 1 else _notice(groups))


def _is_phone(folder: Path) -> bool:
    inside = folders_in(folder)
    named = folder.name.lower() in _PHONES
    known = any(reach(folder, way) for way in (("training_data", _HR), ("test_data", "patches")))
    return known or (named and ("training_data" in inside or "test_data" in inside))


def _phone(phone: Path, root: Path) -> list[Group]:
    groups = []
    ways: tuple[tuple[tuple[str, ...], Part], ...] = (
        (("training_data",), "train"),
        (("test_data", "patches"), "test"),
    )
    for way, part in ways:
        place = reach(phone, way)
        if place is None:
            continue
        inside = folders_in(place)
        ours = [name for name in inside if name in _PHONES]
        for missing in [_HR] * (_HR not in inside) + [phone.name] * (not ours):
            raise near_miss(NAME, root, f"{shown(place, root)} holds no folder {missing}")
        label = place.name if phone == root else f"{phone.name}/{place.name}"
        groups.append(Group(lr=inside[ours[0]], hr=inside[_HR], label=label, part=part))
    if not groups:
        missing = f"{shown(phone, root)} holds neither training_data nor test_data/patches"
        raise near_miss(NAME, root, missing)
    return groups


def _notice(groups: list[Group]) -> str:
    """Warn of unknown scenes where the data set has not kept any out itself."""
    return "" if len({group.part for group in groups}) > 1 else _PATCHES
