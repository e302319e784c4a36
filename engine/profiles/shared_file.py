"""A profile as one file to give to somebody: a zip archive of exactly its own files."""

import shutil
import zipfile
from pathlib import Path

from engine.errors import ProfileError, storage_errors
from engine.files import atomic_path
from engine.profiles.library import install_under_free_name
from engine.profiles.profile import PROFILE_FILES, Profile
from engine.unfinished import scratch_folder

SHARED_SUFFIX = ".adaptsr"
_LARGEST_BYTES = 4 * 10**9
_LARGEST_RATIO = 100
_REMEDY = "Ask for the file again."


def write_shared(profile: Profile, path: Path) -> int:
    """Write a profile as one file, whole or not at all.

    Args:
        profile: Any.
        path: The file to create or replace.

    Returns:
        Its size in bytes.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    with (
        atomic_path(path) as temp,
        zipfile.ZipFile(temp, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in PROFILE_FILES:
            archive.write(profile.folder / name, name)
    return path.stat().st_size


def install_shared(path: Path, library: Path | None = None) -> Profile:
    """Take a profile that somebody gave into the library, under a free name.

    Nothing in the file is run, and nothing is written outside the library.

    Args:
        path: What `write_shared` wrote.
        library: `default_library()` if None.

    Raises:
        ProfileError: If it is damaged or no profile.
        StorageError: If the disk is full, gone or not writable.
    """
    with storage_errors(path), scratch_folder() as folder:
        _unpack(path, folder)
        return install_under_free_name(folder, library)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with storage_errors(path), zipfile.ZipFile(path) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if set(infos) != set(PROFILE_FILES):
                raise ProfileError("This file holds no camera profile.", path=path)
            total = sum(info.file_size for info in infos.values())
            packed = sum(info.compress_size for info in infos.values())
            if total > min(_LARGEST_BYTES, _LARGEST_RATIO * max(1, packed)):
                raise ProfileError(
                    "This file unpacks to far more than a profile holds.",
                    path=path,
                    remedy="Do not use it.",
                )
            for name in PROFILE_FILES:
                with archive.open(name) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except FileNotFoundError as error:
        raise ProfileError("There is no such file.", path=path) from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ProfileError("This profile's file is damaged.", path=path, remedy=_REMEDY) from error
