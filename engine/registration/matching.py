"""Finds out which photos of two cameras show the same scene: by name, by time, or by content."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.data.pairs import (
    PairFiles,
    SkippedFile,
    find_pairs,
    match_names,
    natural_key,
    photos_in,
    scene_of,
)
from engine.errors import PairsError, storage_errors
from engine.registration.capture_times import match_times
from engine.registration.content import match_content
from engine.texts import visible

MatchMode = Literal["auto", "name", "time", "content"]

_REASONS: dict[MatchMode, str] = {
    "auto": "No photo of the other side has its name, its time or its content.",
    "name": "There is no photo of this name on the other side.",
    "time": "No photo of the other side was taken at the same time.",
    "content": "No photo of the other side shows the same scene.",
}
_ONE_FOLDER = "Its partner was not found in this folder."


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs that may show the same, in natural order of their names, and what was left over."""

    pairs: tuple[PairFiles, ...]
    skipped: tuple[SkippedFile, ...]


def match_photos(
    lr: Path,
    hr: Path | None,
    *,
    scale: int,
    mode: MatchMode,
    max_gap_s: float,
    pause: Callable[[], None],
) -> Matched:
    """Match the photos of two folders, or of one that holds both sides.

    "auto" matches by name, what is left over by time, and what is then left by content.

    Args:
        lr: Folder of LR photos, or of both.
        hr: Folder of HR photos; None if `lr` holds both. Which of two is HR is then told by
            their names or by which shows the scene larger.
        scale: The integer factor between LR and HR.
        mode: What to match by.
        max_gap_s: Seconds between two photos "of the same time", after the clocks' difference.
        pause: Called between steps; may raise to stop.

    Raises:
        PairsError: If a folder is missing or holds no photos, or nothing matches.
        StorageError: If a folder cannot be read.
    """
    for folder in (lr, hr or lr):
        if not folder.is_dir():
            raise PairsError("There is no such folder.", path=folder, remedy="Choose another.")
    with storage_errors(lr):
        if hr is None or os.path.realpath(lr) == os.path.realpath(hr):
            matched = _within(lr, scale, mode, max_gap_s, pause)
        else:
            sides = photos_in(lr), photos_in(hr)
            matched = _between(sides, scale, mode, max_gap_s, pause)
    if not matched.pairs:
        raise PairsError(
            "No photo of the one camera belongs to a photo of the other.",
            path=lr,
            remedy="Give two photos of one scene the same name, and put those of each camera "
            "into a folder of their own.",
        )
    return matched


def _between(
    sides: tuple[list[Path], list[Path]],
    scale: int,
    mode: MatchMode,
    max_gap_s: float,
    pause: Callable[[], None],
) -> Matched:
    lr, hr = sides
    pairs: list[tuple[Path, Path]] = []
    if mode in {"auto", "name"}:
        pairs += [(pair.lr, pair.hr) for pair in match_names(lr, hr, scale).pairs]
    if mode in {"auto", "time"}:
        pairs += match_times(*_left(lr, hr, pairs), max_gap_s=max_gap_s)
    if mode in {"auto", "content"}:
        pairs += match_content(*_left(lr, hr, pairs), pause=pause)
    skipped = [SkippedFile(path, _REASONS[mode]) for side in _left(lr, hr, pairs) for path in side]
    return Matched(_named(pairs), tuple(skipped))


def _within(
    folder: Path, scale: int, mode: MatchMode, max_gap_s: float, pause: Callable[[], None]
) -> Matched:
    if mode in {"auto", "name"}:
        try:
            scan = find_pairs(folder, scale=scale)
        except PairsError:
            if mode == "name":
                raise
        else:
            return Matched(scan.pairs, scan.skipped)
    photos = photos_in(folder)
    longest_s = max_gap_s if mode == "time" else None
    pairs = match_content(photos, None, pause=pause, max_gap_s=longest_s)
    used = {path for pair in pairs for path in pair}
    skipped = [SkippedFile(path, _ONE_FOLDER) for path in photos if path not in used]
    return Matched(_named(pairs), tuple(skipped))


def _left(
    lr: Sequence[Path], hr: Sequence[Path], pairs: Sequence[tuple[Path, Path]]
) -> tuple[list[Path], list[Path]]:
    used = {path for pair in pairs for path in pair}
    return [p for p in lr if p not in used], [p for p in hr if p not in used]


def _named(pairs: Sequence[tuple[Path, Path]]) -> tuple[PairFiles, ...]:
    """Name pairs after their LR photo; several of one name keep their file type."""
    stems = [lr.stem.lower() for lr, _ in pairs]
    named = []
    for lr, hr in pairs:
        is_alone = stems.count(lr.stem.lower()) == 1
        name = visible(lr.stem if is_alone else lr.name.replace(".", "_"))
        named.append(PairFiles(name, scene_of(name), lr, hr))
    return tuple(sorted(named, key=lambda pair: natural_key(pair.name)))
