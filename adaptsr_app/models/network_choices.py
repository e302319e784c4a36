"""What a photo can be upscaled with: the camera's own profile, any profile, or a network alone."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.errors import BackboneError

if TYPE_CHECKING:
    from engine.imaging.metadata import CameraFacts
    from engine.profiles.camera_networks import CameraNetworks
    from engine.profiles.profile import Profile

Kind = Literal["automatic", "profile", "backbone"]


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
        library: The profiles themselves; None until they were looked through.
    """

    profiles: tuple[NetworkChoice, ...] = ()
    backbones: tuple[NetworkChoice, ...] = ()
    problem: str = ""
    library: "tuple[Profile, ...] | None" = None
    _by_camera: "dict[int | None, CameraNetworks]" = field(default_factory=dict)

    @property
    def are_known(self) -> bool:
        """True once library and backbones were looked through."""
        return self.library is not None

    @property
    def scales(self) -> tuple[int, ...]:
        """Every scale there is a network of."""
        return tuple(sorted({choice.scale for choice in (*self.profiles, *self.backbones)}))

    def shown_for(
        self, choice: NetworkChoice, camera: "CameraFacts | None", scale: int | None = None
    ) -> NetworkChoice | None:
        """Return what the engine will take for a photo.

        Args:
            choice: The user's.
            camera: What the photo's EXIF names.
            scale: Only automatic choices of this scale; None for any.

        Returns:
            None where there is nothing, or nobody knows yet.
        """
        from engine.profiles.camera_networks import CameraNetworks  # noqa: PLC0415 - takes OpenCV

        if choice.kind != "automatic":
            return choice
        if camera is None or self.library is None:
            return None
        if scale not in self._by_camera:
            self._by_camera[scale] = CameraNetworks(self.library, scale=scale)
        try:
            found = self._by_camera[scale].find(camera)
        except BackboneError:
            return None
        if found.profile is not None:
            return choice_of_profile(found.profile)
        return next((one for one in self.backbones if one.name == found.backbone), None)


def choice_of_profile(profile: "Profile") -> NetworkChoice:
    """Return a profile as something to choose."""
    return NetworkChoice("profile", profile.name, profile.scale, profile.folder)
