"""What the library holds, read beside the window: profiles and the ones that cannot be used."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.profiles.library import list_profiles
from engine.profiles.profile import Profile, load_profile


@dataclass(frozen=True, slots=True)
class ProfileList:
    """Profiles as they were found.

    Attributes:
        profiles: By name.
        broken: Folders that hold one that cannot be used, and why.
        problem: Why nothing can be listed at all, if so.
        visitors: Profiles that are not in the library, such as those of trainings.
    """

    profiles: tuple[Profile, ...] = ()
    broken: tuple[EngineError, ...] = ()
    problem: EngineError | None = None
    visitors: tuple[Profile, ...] = ()

    @property
    def all(self) -> tuple[Profile, ...]:
        """The library's profiles, then the visitors."""
        return self.profiles + self.visitors

    def at(self, folder: Path | None) -> Profile | None:
        """Return the profile in a folder, None if there is none."""
        return next((profile for profile in self.all if profile.folder == folder), None)


def read_profile_list(also: tuple[Path, ...] = ()) -> ProfileList:
    """Read this user's profiles; every file is checked, so not on the window's thread.

    Args:
        also: Folders of profiles that need not be in the library.
    """
    try:
        listing = list_profiles()
    except EngineError as error:
        return ProfileList(problem=error)
    inside = {profile.folder for profile in listing.profiles}
    visitors: list[Profile] = []
    broken: list[EngineError] = list(listing.broken)
    for folder in also:
        if folder in inside:
            continue
        try:
            visitors.append(load_profile(folder))
        except EngineError as error:
            broken.append(error)
    return ProfileList(listing.profiles, tuple(broken), visitors=tuple(visitors))
