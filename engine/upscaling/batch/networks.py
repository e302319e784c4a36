"""Which network upscales which photo of a batch."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.imaging.photo import PhotoInfo  # takes OpenCV, before the window's first paint
    from engine.upscaling.photo.photo_upscaler import PhotoUpscaler

FULL_STRENGTH = 100


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """What the user wants a photo upscaled with.

    Attributes:
        profile: Folder of a profile.
        backbone: Name or file of a network; beside a profile, the network that was made of.
            Neither: the profile of the photo's camera, else the network that comes with AdaptSR.
        strength: Of a profile, percent.
    """

    profile: Path | None = None
    backbone: str | None = None
    strength: int = FULL_STRENGTH


BY_CAMERA = NetworkChoice()


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What planning knows of a network.

    Attributes:
        name: Of the profile or backbone, for file names.
        scale: Integer factor.
        identity: Tells it from every other network.
        strength: Of the profile, percent; part of `identity` too where it is not 100.
        reason: Why photos get it, in the user's words, such as "use the profile “phone”"; empty
            where the user named the network.
    """

    name: str
    scale: int
    identity: str
    strength: int = FULL_STRENGTH
    reason: str = ""


class Networks(Protocol):
    """Chooses a network for each photo and loads the chosen ones."""

    def facts_for(self, choice: NetworkChoice, info: "PhotoInfo") -> NetworkFacts:
        """Return what a photo is to be upscaled with.

        Raises:
            EngineError: If there is nothing for this photo.
        """
        ...

    def load(self, network: NetworkFacts) -> "PhotoUpscaler":
        """Load a network that `facts_for` returned.

        Raises:
            EngineError: If it cannot be loaded.
        """
        ...
