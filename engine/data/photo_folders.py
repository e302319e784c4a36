"""Looks for photos in folders: what is the user's, each once, whatever cannot be read named."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.data.pair_names import is_photo_name, natural_key
from engine.errors import EngineError, outside_error
from engine.paths import file_key, spelling_key

_NOT_THE_USERS = frozenset(
    {"@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information"}
    | {"lost+found", "__macosx", "found.000"}
)
"""Folders that systems and network drives keep beside photos: thumbnails, and what was deleted."""


def _ignore(_problem: EngineError) -> None:
    """Let a folder that cannot be read be."""


def walk_photos(
    folder: Path,
    *,
    leave_out: Path | None = None,
    on_problem: Callable[[EngineError], None] = _ignore,
) -> Iterator[Path]:
    """Yield the photos in a folder, then those in the folders in it, in natural order.

    What begins with a dot is left out, and so are folders that systems keep for themselves. Linked
    folders are followed, each folder once.

    Args:
        folder: Where to look.
        leave_out: A folder not to look into.
        on_problem: Called for each folder that cannot be read; the others go on.
    """
    unwanted = None if leave_out is None else spelling_key(leave_out.absolute())
    seen: set[object] = {_folder_key(folder)}
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                # An entry knows what it is, also where its path is too long to be asked.
                known = {entry.name: _is_folder_entry(entry) for entry in entries}
        except OSError as error:
            problem = outside_error(error)
            on_problem(type(problem)(problem.what, path=here, remedy=problem.remedy))
            continue
        inner = []
        for name in sorted(known, key=natural_key):
            if is_left_out(name):
                continue
            path = here / name
            if not known[name]:
                if is_photo_name(path):
                    yield path
            elif spelling_key(path) != unwanted and _folder_key(path) not in seen:
                seen.add(_folder_key(path))
                inner.append(path)
        waiting += reversed(inner)


def is_folder(path: Path) -> bool:
    """Return whether there is a folder, False also where the path is none that can be asked of."""
    try:
        return path.is_dir()
    except OSError:  # a path too long, a drive that is gone
        return False


def is_left_out(name: str) -> bool:
    """Return whether files and folders of a name are hidden, or a system's own."""
    return name.startswith(".") or name.casefold() in _NOT_THE_USERS


def _folder_key(folder: Path) -> object:
    return file_key(folder) or spelling_key(folder)


def _is_folder_entry(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
