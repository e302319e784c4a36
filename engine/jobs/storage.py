"""What AdaptSR keeps for speed or for undoing, how much room it takes, and making it go."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.backbones.catalogue.installed import models_folder
from engine.errors import storage_errors
from engine.locks import is_held, remove_dead_locks
from engine.profiles.library import default_library, empty_trash, trash_folder
from engine.unfinished import is_unfinished, remove_unfinished


@dataclass(frozen=True, slots=True)
class StorageUse:
    """Room taken on the disk.

    Attributes:
        cache_bytes: Decoded photos and unfinished downloads; made again when needed.
        trash_bytes: Deleted profiles that can still be brought back.
    """

    cache_bytes: int
    trash_bytes: int


def cache_folder() -> Path:
    """Return the folder of what can be made again."""
    return Path(platformdirs.user_cache_dir("adaptsr"))


def storage_in_use() -> StorageUse:
    """Look how much room is taken; files that come and go meanwhile do not matter."""
    return StorageUse(_bytes_in(cache_folder()), _bytes_in(trash_folder()))


def clear_cache() -> StorageUse:
    """Throw away what can be made again; what another process is making stays.

    Raises:
        StorageError: If the disk is not writable.
    """
    folder = cache_folder()
    with storage_errors(folder):
        for kind in _entries(folder):
            for entry in _entries(kind):
                # Beside a download lie notes on it, with one more ending.
                if is_unfinished(entry) or is_held(entry) or is_held(entry.with_suffix("")):
                    continue
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink(missing_ok=True)
            if kind.is_file():
                kind.unlink(missing_ok=True)
    return storage_in_use()


def remove_leftovers() -> None:
    """Delete what this user's killed processes left in our own folders; for every start.

    What they left elsewhere goes when something is written there again.
    """
    remove_dead_locks()
    window = Path(platformdirs.user_data_dir("adaptsr")) / "window"
    folders = [default_library(), models_folder(), window, Path(tempfile.gettempdir())]
    for folder in (*folders, cache_folder(), *_entries(cache_folder())):
        remove_unfinished(folder)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def clear_trash() -> StorageUse:
    """Throw deleted profiles away for good.

    Raises:
        StorageError: If the disk is not writable.
    """
    empty_trash()
    return storage_in_use()


def _bytes_in(folder: Path) -> int:
    total = 0
    try:
        for path in folder.rglob("*"):
            if path.is_file():
                total += path.stat().st_size
    except OSError:
        return total
    return total
