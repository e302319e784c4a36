"""What can be done with profiles; each returns what came of it and never raises what it expects."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from engine.backbones.catalogue.installed import InstalledBackbone, remove_installed
from engine.errors import EngineError
from engine.profiles.library import (
    Removed,
    find_profile,
    install_under_free_name,
    remove_profile,
    rename_profile,
    restore_profile,
)
from engine.profiles.profile import Profile
from engine.profiles.shared_file import install_shared, write_shared

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """A value, or why there is none."""

    value: T | None = None
    problem: EngineError | None = None


def attempt(deed: Callable[[], T]) -> Outcome[T]:
    """Do something, with an `EngineError` as part of the outcome."""
    try:
        return Outcome(deed())
    except EngineError as error:
        return Outcome(problem=error)


def renamed(name: str, new_name: str) -> Outcome[Profile]:
    """Call a profile something else."""
    return attempt(lambda: rename_profile(name, new_name))


def duplicated(name: str) -> Outcome[Profile]:
    """Copy a profile under the next free name."""
    return attempt(lambda: install_under_free_name(find_profile(name).folder))


def installed(folder: Path) -> Outcome[Profile]:
    """Copy a training's profile into the library, under a free name."""
    return attempt(lambda: install_under_free_name(folder))


def exported(name: str, path: Path) -> Outcome[int]:
    """Write a profile as one file; the value is its size in bytes."""
    return attempt(lambda: write_shared(find_profile(name), path))


def imported(path: Path) -> Outcome[Profile]:
    """Take a profile that was exported into the library."""
    return attempt(lambda: install_shared(path))


def removed(name: str) -> Outcome[Removed]:
    """Take a profile out of the library; it can be brought back."""
    return attempt(lambda: remove_profile(name))


def network_removed(name: str) -> Outcome[InstalledBackbone]:
    """Delete a network that was downloaded or added."""
    return attempt(lambda: remove_installed(name))


def restored(taken: Removed) -> Outcome[Profile]:
    """Bring a profile back."""
    return attempt(lambda: restore_profile(taken))
