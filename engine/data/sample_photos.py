"""The sample photographs of the demo: they come with scikit-image and may be used by anyone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from skimage import data

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SamplePhoto:
    """A photograph with its origin.

    Attributes:
        name: What it shows.
        credit: Who took it, and why it may be used.
        read: Returns it as scikit-image has it.
    """

    name: str
    credit: str
    read: Callable[[], npt.NDArray[np.uint8]]

    def pixels(self, multiple: int) -> Pixels:
        """Return it as RGB, sides cut to a multiple, grey repeated."""
        image = np.asarray(self.read())
        if image.ndim == 2:
            image = np.repeat(image[..., None], 3, axis=2)
        height, width = (size - size % multiple for size in image.shape[:2])
        return np.ascontiguousarray(image[:height, :width, :3])


TO_LEARN_FROM = (
    SamplePhoto("rocket", "SpaceX, public domain", data.rocket),
    SamplePhoto("camera", "Lav Varshney, CC0", data.camera),
    SamplePhoto("brick", "CC0Textures, CC0", data.brick),
    SamplePhoto("gravel", "CC0Textures, CC0", data.gravel),
    SamplePhoto("grass", "linolafett, CC0", data.grass),
    SamplePhoto("stars", "NASA, public domain", data.hubble_deep_field),
)
TO_CHECK_ON = (
    SamplePhoto("astronaut", "NASA, public domain", data.astronaut),
    SamplePhoto("coffee", "Rachel Michetti, CC0", data.coffee),
    SamplePhoto("cat", "Stefan van der Walt, CC0", data.chelsea),
)
