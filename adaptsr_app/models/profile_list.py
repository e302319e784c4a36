"""What the library holds: profiles, and the ones that cannot be used."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class ProfileList:
    """Profiles as they were found.

    Attributes:
        profiles: By name.
        broken: Folders that hold one that cannot be used, and why.
        problem: Why nothing can be listed at all, if so.
        visitors: Profiles that are not in the library, such as those of trainings.
    """

    profiles: "tuple[Profile, ...]" = ()
    broken: tuple[EngineError, ...] = ()
    problem: EngineError | None = None
    visitors: "tuple[Profile, ...]" = ()

    @property
    def all(self) -> "tuple[Profile, ...]":
        """The library's profiles, then the visitors."""
        return self.profiles + self.visitors

    def at(self, folder: Path | None) -> "Profile | None":
        """Return the profile in a folder, None if there is none."""
        return next((profile for profile in self.all if profile.folder == folder), None)
