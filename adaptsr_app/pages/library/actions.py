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
class ActionResult(Generic[T]):
    """A value, or why there is none."""

    value: T | None = None
    problem: EngineError | None = None


def attempt(action: Callable[[], T]) -> ActionResult[T]:
    """Do something, with an `EngineError` as part of the outcome."""
    try:
        return ActionResult(action())
    except EngineError as error:
        return ActionResult(problem=error)


def renamed(name: str, new_name: str) -> ActionResult[Profile]:
    """Call a profile something else."""
    return attempt(lambda: rename_profile(name, new_name))


def duplicated(name: str) -> ActionResult[Profile]:
    """Copy a profile under the next free name."""
    return attempt(lambda: install_under_free_name(find_profile(name).folder))


def installed(folder: Path) -> ActionResult[Profile]:
    """Copy a training's profile into the library, under a free name."""
    return attempt(lambda: install_under_free_name(folder))


def exported(name: str, path: Path) -> ActionResult[int]:
    """Write a profile as one file; the value is its size in bytes."""
    return attempt(lambda: write_shared(find_profile(name), path))


def imported(path: Path) -> ActionResult[Profile]:
    """Take a profile that was exported into the library."""
    return attempt(lambda: install_shared(path))


def removed(name: str) -> ActionResult[Removed]:
    """Take a profile out of the library; it can be brought back."""
    return attempt(lambda: remove_profile(name))


def network_removed(name: str) -> ActionResult[InstalledBackbone]:
    """Delete a network that was downloaded or added."""
    return attempt(lambda: remove_installed(name))


def restored(taken: Removed) -> ActionResult[Profile]:
    """Bring a profile back."""
    return attempt(lambda: restore_profile(taken))
