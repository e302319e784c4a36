"""What recognisers of layouts share: looking at folders, and turning LR/HR groups into pairs."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.data.pair_names import (
    PairFiles,
    PairScan,
    Part,
    SkippedFile,
    in_order,
    natural_key,
    photos_in,
    scene_of,
)
from engine.errors import PairsError

Layout = Callable[[Path, int], PairScan | None]
"""Takes a folder and a scale. Returns pairs, or None for a folder that is of another layout.

Raises `NearMissError` where the folder looks like this layout but something is missing, and
another `PairsError` where it is of this layout but cannot be used as it is.
"""

Namer = Callable[[str], str | None]
"""Takes a file's name without type; returns the name of its pair, None for a file of neither."""

NO_LR = "There is no LR photo of this name."
NO_HR = "There is no HR photo of this name."


class NearMissError(PairsError):
    """A folder is almost of a layout; it may still be of another."""


class UnknownLayoutError(PairsError):
    """A folder looks like no layout at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """LR and HR photos that a data set keeps together.

    Attributes:
        lr: Folder of the LR photos.
        hr: Folder of the HR photos; may be the same.
        scale: The factor between LR and HR; None where the data set does not say.
        label: Put before the names where there are several groups.
        part: What the pairs are meant for.
        lr_name: Names the pair of an LR photo.
        hr_name: Names the pair of an HR photo.
        scene: Names the scene of a pair.
    """

    lr: Path
    hr: Path
    scale: int | None = None
    label: str = ""
    part: Part | None = None
    lr_name: Namer = str
    hr_name: Namer = str
    scene: Callable[[str], str] = scene_of


def folders_in(folder: Path) -> dict[str, Path]:
    """Return the visible folders in a folder by their name in lower case, in natural order."""
    with os.scandir(folder) as entries:  # tells folders without a look at each of many photos
        names = [e.name for e in entries if e.is_dir() and not e.name.startswith(".")]
    return {name.lower(): folder / name for name in sorted(names, key=natural_key)}


def reach(folder: Path, names: Sequence[str]) -> Path | None:
    """Return the folder at the end of a way of names, whatever their case; None if there is none."""
    current = folder
    for name in names:
        found = folders_in(current).get(name)
        if found is None:
            return None
        current = found
    return current


def near_miss(layout: str, root: Path, missing: str) -> NearMissError:
    """Return the error for a folder that is almost of a layout.

    Args:
        layout: What it looks like.
        root: The folder the user chose.
        missing: What is not as it should be, as the end of a sentence.
    """
    return NearMissError(
        f"This looks like {layout}, but {missing}.",
        path=root,
        remedy=f"Unpack {layout} again, or put LR and HR photos of the same names into folders called "
        "LR and HR.",
    )


def pairs_of(
    layout: str, root: Path, groups: Sequence[Group], scale: int, notice: str = ""
) -> PairScan:
    """Return the pairs of those groups that are of this scale.

    Args:
        layout: What the folder was recognised as.
        root: The folder the user chose.
        groups: At least one.
        scale: The wanted factor.
        notice: Passed on.

    Raises:
        NearMissError: If a group of this scale holds no pairs.
        PairsError: If no group is of this scale.
    """
    fitting = [group for group in groups if group.scale in {None, scale}]
    if not fitting:
        scales = " and ".join(f"×{said}" for said in sorted({g.scale for g in groups if g.scale}))
        raise PairsError(
            f"This is {layout} with pairs for {scales}, not for ×{scale}.",
            path=root,
            remedy=f"Choose the scale {scales}.",
        )
    pairs: list[PairFiles] = []
    skipped: list[SkippedFile] = []
    for group in fitting:
        matched = _match(group)
        if not matched.pairs:
            raise near_miss(layout, root, _nothing_in(group, root))
        is_alone = len(fitting) == 1 or not group.label
        pairs += matched.pairs if is_alone else (_labelled(p, group) for p in matched.pairs)
        skipped += matched.skipped
    return replace(in_order(pairs, skipped), layout=layout, notice=notice)


def shown(folder: Path, root: Path) -> str:
    """Return how to call a folder to someone who chose `root`."""
    if folder == root:
        return "the folder"
    return folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.name


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: "a, b and c"."""
    every = list(names)
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def _match(group: Group) -> PairScan:
    lr, skipped = _by_name(group.lr, group.lr_name)
    hr, doubled = _by_name(group.hr, group.hr_name)
    skipped += doubled
    pairs = [
        PairFiles(name, group.scene(name), path, hr[name], group.part)
        for name, path in lr.items()
        if name in hr
    ]
    skipped += [SkippedFile(path, NO_HR) for name, path in lr.items() if name not in hr]
    skipped += [SkippedFile(path, NO_LR) for name, path in hr.items() if name not in lr]
    return in_order(pairs, skipped)


def _by_name(folder: Path, namer: Namer) -> tuple[dict[str, Path], list[SkippedFile]]:
    """Return the photos of one side by the name of their pair; photos of one name are no use."""
    groups: dict[str, list[Path]] = {}
    for path in photos_in(folder):
        name = namer(path.stem)
        if name:
            groups.setdefault(name, []).append(path)
    found = {name: same[0] for name, same in groups.items() if len(same) == 1}
    doubled = [
        SkippedFile(path, f"Several photos are called {name}.")
        for name, same in groups.items()
        if len(same) > 1
        for path in same
    ]
    return found, doubled


def _labelled(pair: PairFiles, group: Group) -> PairFiles:
    return replace(pair, name=f"{group.label}/{pair.name}", scene=f"{group.label}/{pair.scene}")


def _nothing_in(group: Group, root: Path) -> str:
    for folder in dict.fromkeys((group.lr, group.hr)):
        if not photos_in(folder):
            return f"{shown(folder, root)} holds no photos"
    if group.lr == group.hr:
        return f"{shown(group.lr, root)} holds no two photos whose names make a pair"
    names = f"{shown(group.lr, root)} and {shown(group.hr, root)}"
    return f"no photo is in both {names}"
