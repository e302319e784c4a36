"""Changes the colours of a picture at random: channels exchanged, saturated, brighter, clipped.

Photographs of ordinary scenes hold few colours near the corners of the RGB cube. A network that has
seen nothing else answers neon, concert light and drawings with values far outside [0, 1].
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.data.degradation.noise import GREY_WEIGHTS
from engine.data.degradation.randomness import Stream

_MOST_SATURATED = 8.0
_CONTRAST = (0.7, 2.0)
_OFFSET = 0.3
_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


@dataclass(frozen=True, slots=True)
class ColourChange:
    """An affine change of RGB.

    Attributes:
        matrix: Shape (3, 3), float64; rows give the new channels.
        offset: Shape (3,), float64, in units of full scale.
    """

    matrix: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]

    def __call__(self, image: Tensor) -> Tensor:
        """Return a picture with other colours, clipped to [0, 1].

        Args:
            image: RGB in [0, 1], floating, shape (3, H, W).
        """
        matrix = torch.from_numpy(self.matrix).to(image)
        offset = torch.from_numpy(self.offset).to(image)
        changed = torch.einsum("ij,jhw->ihw", matrix, image) + offset[:, None, None]
        return changed.clamp_(0, 1)


def draw_colour_change(stream: Stream) -> ColourChange:
    """Draw a change: saturation 0 to 8, contrast 0.7 to 2 about the middle, an offset of ±0.3."""
    order = np.eye(3)[list(_ORDERS[stream.index([1.0] * len(_ORDERS))])]
    # As often below 1 (towards grey) as far above it (towards pure colours).
    low, high = (0.0, 1.0) if stream.chance(0.25) else (1.0, _MOST_SATURATED)
    saturation = stream.uniform(low, high)
    grey = np.tile(np.array(GREY_WEIGHTS, dtype=np.float64), (3, 1))
    saturate = saturation * np.eye(3) + (1 - saturation) * grey
    contrast = stream.uniform(*_CONTRAST)
    offset = np.array([stream.uniform(-_OFFSET, _OFFSET) for _ in range(3)])
    return ColourChange(contrast * order @ saturate, 0.5 - 0.5 * contrast + offset)
