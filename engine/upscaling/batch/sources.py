"""Finds the photos to upscale in files, folders and patterns."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from engine.data.pairs import is_photo_name, natural_key
from engine.data.photo_folders import is_folder, is_left_out, walk_photos
from engine.errors import EngineError, PhotoError, outside_error
from engine.paths import photo_key
from engine.upscaling.batch.networks import BY_CAMERA, NetworkChoice


@dataclass(frozen=True, slots=True)
class Source:
    """One photo to upscale.

    Attributes:
        path: Its file.
        folder: Where its result goes, relative to the output folder.
        choice: What it is to be upscaled with.
        is_named: The user named this very file, rather than a folder or pattern it was found in.
    """

    path: Path
    folder: PurePath
    choice: NetworkChoice = BY_CAMERA
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        sources: Each photo once, in order.
        missing: One error for each of the things asked for that is not there, and for each folder
            in them that could not be looked into.
    """

    sources: tuple[Source, ...]
    missing: tuple[EngineError, ...]


def find_sources(
    requested: Sequence[Path],
    out: Path,
    *,
    chosen: Sequence[Source] = (),
    choice: NetworkChoice = BY_CAMERA,
    on_found: Callable[[int], None] = lambda _count: None,
) -> Found:
    """Find the photos meant by `requested`, and join them with those that were chosen one by one.

    Folders are searched with all folders in them; what begins with a dot is left out, and so are
    folders that systems keep for themselves, and `out` if it lies inside the folder. Their
    structure is kept. With several folders each becomes one of that name. Linked folders are
    followed, each folder once.

    Args:
        requested: Files, folders, or patterns such as "2024/**/*.jpg".
        out: Where results go.
        chosen: Photos that are known already; they come first.
        choice: What photos of `requested` are upscaled with.
        on_found: Called now and then with how many photos were found; may raise to stop.
    """
    search = _Search(out, choice)
    folders = [item for item in requested if is_folder(item.expanduser())]
    sources: dict[object, Source] = {}
    for source in chosen:
        sources.setdefault(photo_key(source.path), source)
    for item in requested:
        try:
            for source in search.expand(item.expanduser(), is_one_of_several=len(folders) > 1):
                sources.setdefault(photo_key(source.path), source)
                on_found(len(sources))
        except PhotoError as error:
            search.missing.append(error)
    return Found(tuple(sources.values()), tuple(search.missing))


@dataclass(slots=True)
class _Search:
    out: Path
    choice: NetworkChoice
    missing: list[EngineError] = field(default_factory=list)

    def expand(self, path: Path, *, is_one_of_several: bool) -> Iterator[Source]:
        if is_folder(path):
            name = path.name if path.name not in {"", ".."} else Path(os.path.realpath(path)).name
            base = PurePath(name) if is_one_of_several else PurePath()
            yield from self._all_in(path, base)
        elif os.path.lexists(path):
            yield Source(path, PurePath(), self.choice, is_named=True)
        elif _has_magic(str(path)):
            yield from self._matches(path)
        else:
            raise PhotoError("There is no such file or folder.", path=path)

    def _all_in(self, folder: Path, base: PurePath) -> Iterator[Source]:
        count, problems = 0, len(self.missing)
        for photo in self._walk(folder):
            count += 1
            yield Source(photo, base / photo.parent.relative_to(folder), self.choice)
        if not count and len(self.missing) == problems:
            raise PhotoError("There is no photo in this folder.", path=folder)

    def _matches(self, pattern: Path) -> Iterator[Source]:
        parts = pattern.parts
        fixed = list(itertools.takewhile(lambda part: not _has_magic(part), parts[:-1]))
        start = Path(*fixed)
        rest = str(PurePath(*parts[len(fixed) :]))
        photos: dict[Path, None] = {}
        try:
            matches = sorted(start.glob(rest), key=lambda path: natural_key(str(path)))
        except OSError as error:
            self.missing.append(outside_error(error))
            return
        for match in matches:
            inner = match.relative_to(start).parts
            if any(is_left_out(part) for part in inner):
                continue
            if is_folder(match):
                photos |= dict.fromkeys(self._walk(match))
            elif is_photo_name(match):
                photos[match] = None
        if not photos:
            raise PhotoError("No photo matches this pattern.", path=pattern)
        for photo in photos:
            yield Source(photo, photo.parent.relative_to(start), self.choice)

    def _walk(self, folder: Path) -> Iterator[Path]:
        return walk_photos(folder, leave_out=self.out, on_problem=self.missing.append)


def _has_magic(text: str) -> bool:
    return any(mark in text for mark in "*?[")
