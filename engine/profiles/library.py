"""The profiles of this user: listed, found by name, installed, removed and brought back."""

import contextlib
import difflib
import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.errors import ProfileError, storage_errors
from engine.locks import held
from engine.profiles.names import check_profile_name
from engine.profiles.profile import (
    PROFILE_FILE,
    PROFILE_FILES,
    Profile,
    load_profile,
    write_profile_name,
)
from engine.unfinished import unfinished_path

_TRASH = ".trash"
_PATIENCE_S = 30.0
"""For others who change the library: a copy of a profile, or moving one."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the library holds: profiles by name, and folders that hold one that cannot be used."""

    profiles: tuple[Profile, ...]
    broken: tuple[ProfileError, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """A profile that was removed and can still be brought back."""

    name: str
    folder: Path
    trashed: Path


def default_library() -> Path:
    """Return the folder that holds this user's profiles."""
    return Path(platformdirs.user_data_dir("adaptsr")) / "profiles"


def list_profiles(library: Path | None = None) -> Listing:
    """Read every profile of the library, in alphabetical order.

    Args:
        library: `default_library()` if None.

    Raises:
        StorageError: If the drive is gone or a file may not be read.
    """
    profiles: list[Profile] = []
    broken: list[ProfileError] = []
    for folder in _folders(library or default_library()):
        try:
            profiles.append(load_profile(folder))
        except ProfileError as error:
            broken.append(error)
    profiles.sort(key=lambda profile: (profile.name.casefold(), profile.name))
    return Listing(tuple(profiles), tuple(broken))


def find_profile(name_or_folder: str | Path, library: Path | None = None) -> Profile:
    """Return the profile of that name, in whatever case, or the one in that folder.

    Args:
        name_or_folder: A `str` that is the name of a profile in the library means that; anything
            else is a folder.
        library: `default_library()` if None.

    Raises:
        ProfileError: If there is none; the message suggests the nearest name.
        StorageError: If the drive is gone or a file may not be read.
    """
    listing = list_profiles(library)
    if isinstance(name_or_folder, str):
        for profile in listing.profiles:
            if profile.name.casefold() == name_or_folder.casefold():
                return profile
    folder = Path(name_or_folder).expanduser()
    is_name = isinstance(name_or_folder, str) and not {os.sep, os.altsep or os.sep} & {
        *name_or_folder
    }
    if folder.exists() or not is_name:
        return load_profile(folder.parent if folder.name == PROFILE_FILE else folder)
    for error in listing.broken:
        if error.path is not None and name_or_folder in error.path.parts:
            raise error
    raise _unknown(str(name_or_folder), [profile.name for profile in listing.profiles])


def install_profile(
    folder: Path, library: Path | None = None, *, name: str | None = None
) -> Profile:
    """Copy a profile into the library, whole or not at all.

    Args:
        folder: A profile anywhere.
        library: `default_library()` if None.
        name: What the copy is called; as it is called now if None.

    Raises:
        ProfileError: If it cannot be used, or the library has one of this name.
        StorageError: If the disk is full, gone or not writable.
    """
    library = library or default_library()
    profile = load_profile(folder)
    name = check_profile_name(name or profile.name)
    with _changing(library), held(library / name, "installing a profile"):
        return _install(folder, library, name)


def install_under_free_name(folder: Path, library: Path | None = None) -> Profile:
    """Copy a profile into the library under its own name, or that with a number behind it.

    Args:
        folder: A profile anywhere.
        library: `default_library()` if None.

    Raises:
        ProfileError: If it cannot be used.
        StorageError: If the disk is full, gone or not writable.
    """
    library = library or default_library()
    profile = load_profile(folder)
    with _changing(library):
        return install_profile(folder, library, name=free_profile_name(profile.name, library))


def _install(folder: Path, library: Path, name: str) -> Profile:
    _check_free(name, library)
    target = library / name
    temp = unfinished_path(library / name, "")
    try:
        with storage_errors(library):
            temp.mkdir(parents=True)
            for file in PROFILE_FILES:
                shutil.copyfile(folder / file, temp / file)
            write_profile_name(temp, name)
            load_profile(temp)
            temp.rename(target)
    except FileExistsError as error:  # made by who asks for no lock
        raise _taken(name, library) from error
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        raise _taken(name, library) from error
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    return load_profile(target)


@contextlib.contextmanager
def _changing(library: Path) -> Iterator[None]:
    """Be the only one who gives or takes names in a library; waits, for that is soon over."""
    with held(library, "changing the library", patience_s=_PATIENCE_S):
        yield


def rename_profile(name: str, new_name: str, library: Path | None = None) -> Profile:
    """Call a profile of the library something else.

    Args:
        name: As listed.
        new_name: What it is called from now on; may differ in case only.
        library: `default_library()` if None.

    Raises:
        ProfileError: If there is none of this name, or the new one is unfit or taken.
        StorageError: If the disk is not writable.
    """
    library = library or default_library()
    new_name = check_profile_name(new_name)
    with _changing(library):
        profile = find_profile(name, library)
        if new_name == profile.name:
            return profile
        if new_name.casefold() != profile.name.casefold():
            _check_free(new_name, library)
        target = library / new_name
        # The name it is listed by first: a crash between the two leaves a whole profile that has
        # the new name, in a folder that is called as before.
        write_profile_name(profile.folder, new_name)
        try:
            with storage_errors(profile.folder):
                profile.folder.rename(target)
        except BaseException:
            write_profile_name(profile.folder, profile.name)
            raise
        return load_profile(target)


def free_profile_name(requested: str, library: Path | None = None) -> str:
    """Return `requested`, or with the first number behind it that no profile has.

    Args:
        requested: Fit to be a profile's name.
        library: `default_library()` if None.
    """
    taken = _taken_names(library or default_library())
    name, number = requested, 2
    while check_profile_name(name).casefold() in taken:
        name, number = f"{requested} {number}", number + 1
    return name


def remove_profile(name: str, library: Path | None = None) -> Removed:
    """Take a profile out of the library; `restore_profile` brings it back.

    Args:
        name: As listed.
        library: `default_library()` if None.

    Raises:
        ProfileError: If there is none of this name.
        StorageError: If the disk is not writable.
    """
    library = library or default_library()
    names = []
    with _changing(library):
        for profile in list_profiles(library).profiles:
            if profile.name == name:
                trashed = trash_folder(library) / uuid.uuid4().hex / profile.folder.name
                with storage_errors(profile.folder):
                    trashed.parent.mkdir(parents=True)
                    profile.folder.rename(trashed)
                return Removed(name, profile.folder, trashed)
            names.append(profile.name)
    raise _unknown(name, names)


def restore_profile(removed: Removed) -> Profile:
    """Bring back a profile that `remove_profile` took out.

    Raises:
        ProfileError: If another one took its name, or it was thrown away for good.
        StorageError: If the disk is not writable.
    """
    library = removed.folder.parent
    with _changing(library):
        _check_free(removed.name, library)
        if not removed.trashed.is_dir():
            raise ProfileError("This profile was thrown away for good.", path=removed.trashed)
        with storage_errors(removed.folder):
            removed.trashed.rename(removed.folder)
            removed.trashed.parent.rmdir()
        return load_profile(removed.folder)


def trash_folder(library: Path | None = None) -> Path:
    """Return the folder where removed profiles wait to be brought back.

    Args:
        library: `default_library()` if None.
    """
    return (library or default_library()) / _TRASH


def empty_trash(library: Path | None = None) -> None:
    """Throw removed profiles away for good.

    Args:
        library: `default_library()` if None.
    """
    trash = trash_folder(library)
    with _changing(library or default_library()), storage_errors(trash):
        if trash.exists():
            shutil.rmtree(trash)


def _folders(library: Path) -> Iterator[Path]:
    with storage_errors(library):
        entries = sorted(library.iterdir()) if library.is_dir() else []
    for entry in entries:
        if not entry.name.startswith(".") and (entry / PROFILE_FILE).is_file():
            yield entry


def _taken_names(library: Path) -> set[str]:
    taken = {profile.name.casefold() for profile in list_profiles(library).profiles}
    with storage_errors(library):
        if library.is_dir():
            taken |= {entry.name.casefold() for entry in library.iterdir()}
    return taken


def _check_free(name: str, library: Path) -> None:
    """Make sure no profile has this name, and no file system takes two names for one folder."""
    taken = _taken_names(library)
    if check_profile_name(name).casefold() in taken:
        raise _taken(name, library)


def _taken(name: str, library: Path) -> ProfileError:
    return ProfileError(
        f"There is a profile called {name!r} already.",
        path=library,
        remedy="Remove that one first.",
    )


def _unknown(name: str, names: list[str]) -> ProfileError:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        remedy = f"Did you mean {near[0]!r}?"
    elif names:
        remedy = f"There are: {', '.join(names)}. Or give the folder of one."
    else:
        remedy = "Make one with `adaptsr adapt`, or give the folder of one."
    return ProfileError(f"There is no profile called {name!r}.", remedy=remedy)
