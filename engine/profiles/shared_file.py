"""A profile as one file to give to somebody: a zip archive of exactly its own files."""

import shutil
import struct
import zipfile
import zlib
from pathlib import Path

from engine.errors import BackboneError, ProfileError, storage_errors
from engine.files import atomic_path
from engine.profiles.library import install_under_free_name
from engine.profiles.profile import PROFILE_FILES, Profile, load_adapter, load_profile
from engine.unfinished import scratch_folder

SHARED_SUFFIX = ".adaptsr"
_LARGEST_BYTES = 4 * 10**9
_LARGEST_RATIO = 100
_REMEDY = "Ask for the file again."
_ENCRYPTED = 1
_UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What a damaged archive raises, here and there in Python's reader."""


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

    Nothing in the file is run, and nothing is written outside the library. Its networks are tried
    here: whoever packed it chose the hashes as well, and a photo is too late to find out.

    Args:
        path: What `write_shared` wrote.
        library: `default_library()` if None.

    Raises:
        ProfileError: If it is damaged or no profile, or its networks cannot be used.
        StorageError: If the disk is full, gone or not writable.
    """
    with storage_errors(path), scratch_folder() as folder:
        _unpack(path, folder)
        _check_networks(load_profile(folder), path)
        return install_under_free_name(folder, library)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if set(infos) != set(PROFILE_FILES) or len(infos) != len(archive.infolist()):
                raise ProfileError("This file holds no camera profile.", path=path)
            for info in infos.values():
                _check_kind(info, path)
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
    except IsADirectoryError as error:
        raise ProfileError("This is a folder.", path=path, remedy="Choose a file.") from error
    except _UNPACKING as error:
        raise ProfileError("This profile's file is damaged.", path=path, remedy=_REMEDY) from error


def _check_kind(info: zipfile.ZipInfo, path: Path) -> None:
    """Refuse an entry of a kind that `write_shared` never writes, before a byte of it is read."""
    if info.flag_bits & _ENCRYPTED:
        raise ProfileError(
            "This file is protected by a password, which a profile never is.",
            path=path,
            remedy=_REMEDY,
        )
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ProfileError(
            "This file is packed in a way that profiles never are.", path=path, remedy=_REMEDY
        )


def _check_networks(profile: Profile, path: Path) -> None:
    try:
        merged = profile.load_merged()
        adapter = load_adapter(profile.folder)
    except (BackboneError, ProfileError) as error:
        raise ProfileError(error.what, path=path, remedy=_REMEDY) from error
    origin = profile.provenance.backbone
    found = (merged.architecture, merged.scale, merged.parameter_count)
    if found != (origin.architecture, origin.scale, origin.parameters):
        raise ProfileError(
            f"The network in this profile is not the one it says: it is {found[0]} x{found[1]} "
            f"with {found[2]:,} parameters.",
            path=path,
            remedy=_REMEDY,
        )
    if not adapter or not all(bool(tensor.isfinite().all()) for tensor in adapter.values()):
        raise ProfileError(
            "What this profile changed in its network holds numbers that are not finite.",
            path=path,
            remedy=_REMEDY,
        )
