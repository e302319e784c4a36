"""Which network upscales which photo of a batch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from engine.imaging.photo import PhotoInfo

if TYPE_CHECKING:
    from engine.upscaling.photo_upscaler import PhotoUpscaler


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
    strength: int = 100
    reason: str = ""


class Networks(Protocol):
    """Chooses a network for each photo and loads the chosen ones."""

    def facts_for(self, info: PhotoInfo) -> NetworkFacts:
        """Return what a photo is to be upscaled with, without loading it.

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


class OneNetwork:
    """The same loaded network for all photos."""

    def __init__(self, facts: NetworkFacts, upscaler: "PhotoUpscaler") -> None:
        self._facts = facts
        self._upscaler = upscaler

    def facts_for(self, _info: PhotoInfo) -> NetworkFacts:
        """Return the facts of the one network."""
        return self._facts

    def load(self, _network: NetworkFacts) -> "PhotoUpscaler":
        """Return it."""
        return self._upscaler
