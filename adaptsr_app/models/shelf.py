"""What the library holds, read beside the window: profiles and the ones that cannot be used."""

from dataclasses import dataclass

from engine.errors import EngineError
from engine.profiles.library import list_profiles
from engine.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Shelf:
    """Profiles as they were found.

    Attributes:
        profiles: By name.
        broken: Folders that hold one that cannot be used, and why.
        problem: Why nothing can be listed at all, if so.
    """

    profiles: tuple[Profile, ...] = ()
    broken: tuple[EngineError, ...] = ()
    problem: EngineError | None = None


def read_shelf() -> Shelf:
    """Read this user's profiles; every file is checked, so not on the window's thread."""
    try:
        listing = list_profiles()
    except EngineError as error:
        return Shelf(problem=error)
    return Shelf(listing.profiles, listing.broken)
