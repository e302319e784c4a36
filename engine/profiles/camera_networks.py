"""For each camera its profile, else the network that comes with AdaptSR.

Brings no torch: the window asks the same question to show what a photo will get.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.backbones.catalogue import default_backbone
from engine.imaging.metadata import CameraFacts
from engine.profiles.matching import ProfileMatcher, describe
from engine.profiles.profile import Profile

DEFAULT_SCALE = 2


@dataclass(frozen=True, slots=True)
class CameraNetwork:
    """What photos of one camera get.

    Attributes:
        profile: The camera's; None for none.
        backbone: Name of the network without one.
        reason: Why, in the user's words.
    """

    profile: Profile | None
    backbone: str
    reason: str


class CameraNetworks:
    """Chooses by camera.

    Args:
        profiles: Those of the library.
        scale: Use only profiles and networks of this scale; None for any.
    """

    def __init__(self, profiles: Sequence[Profile], *, scale: int | None = None) -> None:
        self._matcher = ProfileMatcher(profiles, scale=scale)
        self._scale = scale or DEFAULT_SCALE
        self._has_profiles = any(scale in {None, profile.scale} for profile in profiles)

    def check(self) -> None:
        """Make sure that there is something to choose from.

        Raises:
            BackboneError: If there is neither a profile nor a network of the scale asked for.
        """
        if not self._has_profiles:
            default_backbone(self._scale)

    def find(self, camera: CameraFacts) -> CameraNetwork:
        """Return what photos of a camera get.

        Raises:
            BackboneError: If there is no profile of the camera, and no network of the scale asked
                for either.
        """
        match = self._matcher.find(camera)
        if match.profile is not None:
            made_for = match.profile.provenance.camera
            tail = "" if made_for is None else f", made for {describe(made_for)}"
            return CameraNetwork(match.profile, "", tail)
        why = match.why_not or (
            "EXIF names no camera" if camera.model is None else "there is no profile of the camera"
        )
        name = default_backbone(self._scale)
        return CameraNetwork(None, name, f"network {name}, which comes with AdaptSR; {why}")
