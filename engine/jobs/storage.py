"""What AdaptSR keeps for speed or for undoing, how much room it takes, and making it go."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.errors import storage_errors
from engine.profiles.library import empty_trash, trash_folder


@dataclass(frozen=True, slots=True)
class Storage:
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


def storage_in_use() -> Storage:
    """Look how much room is taken; files that come and go meanwhile do not matter."""
    return Storage(_bytes_in(cache_folder()), _bytes_in(trash_folder()))


def clear_cache() -> Storage:
    """Throw away what can be made again; only while no job runs.

    Raises:
        StorageError: If the disk is not writable.
    """
    folder = cache_folder()
    with storage_errors(folder):
        if folder.exists():
            shutil.rmtree(folder)
    return storage_in_use()


def clear_trash() -> Storage:
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
