"""What a photo can be upscaled with: the camera's own profile, any profile, or a network alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.imaging.metadata import CameraFacts
    from engine.profiles.matching import ProfileMatcher
    from engine.profiles.profile import Profile

Kind = Literal["automatic", "profile", "backbone"]

_DEFAULT_SCALE = 2


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """One thing to upscale with.

    Attributes:
        kind: "automatic" is the profile of each photo's camera.
        name: Of the profile or backbone; "" for automatic.
        scale: Integer factor; 0 for automatic.
        folder: Of a profile.
    """

    kind: Kind = "automatic"
    name: str = ""
    scale: int = 0
    folder: Path | None = None


AUTOMATIC = NetworkChoice()


@dataclass(slots=True)
class NetworkChoices:
    """What there is on this computer.

    Attributes:
        profiles: Of the library, in alphabetical order.
        backbones: Shipped first, then the user's own.
        problem: Why the library cannot be read; "" where it can.
    """

    profiles: tuple[NetworkChoice, ...] = ()
    backbones: tuple[NetworkChoice, ...] = ()
    problem: str = ""
    _library: "tuple[Profile, ...]" = ()
    _matchers: "dict[int, ProfileMatcher] | None" = None
    _defaults: dict[int, str] | None = None

    @property
    def are_known(self) -> bool:
        """True once library and backbones were looked through."""
        return self._matchers is not None

    @property
    def scales(self) -> tuple[int, ...]:
        """Every scale there is a network of."""
        return tuple(sorted({choice.scale for choice in (*self.profiles, *self.backbones)}))

    def network_for(
        self, choice: NetworkChoice, camera: "CameraFacts | None", scale: int | None = None
    ) -> NetworkChoice | None:
        """Return the profile or backbone that a photo will get.

        Args:
            choice: The user's.
            camera: What the photo's EXIF names.
            scale: Only automatic choices of this scale; None for any.

        Returns:
            None where there is nothing, or nobody knows yet.
        """
        if choice.kind != "automatic":
            return choice
        if camera is None or self._matchers is None or self._defaults is None:
            return None
        matcher = self._matchers.get(scale or 0)
        match = None if matcher is None else matcher.find(camera)
        if match is not None and match.profile is not None:
            return _of_profile(match.profile)
        name = self._defaults.get(scale or _DEFAULT_SCALE)
        found = [one for one in self.backbones if one.name == name]
        return found[0] if found else None


def read_network_choices() -> NetworkChoices:
    """Look through library and backbones; slow, so not on the window's thread."""
    from engine.backbones.catalogue import (  # noqa: PLC0415 - after the first paint
        default_backbone,
        installed_backbones,
        shipped_backbones,
    )
    from engine.profiles.library import list_profiles  # noqa: PLC0415 - the same
    from engine.profiles.matching import ProfileMatcher  # noqa: PLC0415 - takes OpenCV

    try:
        library = list_profiles().profiles
        shipped, installed = shipped_backbones(), installed_backbones()
    except EngineError as error:
        return NetworkChoices(problem=str(error))
    cards = {name: found.card.scale for name, found in shipped.items()}
    cards |= {name: found.card.scale for name, found in installed.items() if name not in cards}
    backbones = tuple(NetworkChoice("backbone", name, scale) for name, scale in cards.items())
    shipped_scales = sorted({found.card.scale for found in shipped.values()})
    scales = sorted({profile.scale for profile in library} | set(cards.values()))
    return NetworkChoices(
        profiles=tuple(_of_profile(profile) for profile in library),
        backbones=backbones,
        _library=library,
        _matchers={0: ProfileMatcher(library)}
        | {scale: ProfileMatcher(library, scale=scale) for scale in scales},
        _defaults={scale: default_backbone(scale) for scale in shipped_scales},
    )


def _of_profile(profile: "Profile") -> NetworkChoice:
    return NetworkChoice("profile", profile.name, profile.scale, profile.folder)
