"""Random numbers that depend on a seed, a step and a sample, and on nothing else.

They are made on the CPU from the raw words of a counter-based generator, so that they are the same
in every NumPy and torch, on every device, in every order of asking for samples.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

_UNIT = 2.0**-53
_UNIT_32 = np.float32(2.0**-24)


class Stream:
    """The random numbers of one sample of one step.

    Args:
        seed: Any integer from 0 on.
        step: Any integer from 0 on.
        sample: The place in the batch, from 0 on.
    """

    def __init__(self, seed: int, step: int, sample: int) -> None:
        # `PatchSampler` draws at counter step << 192; a sample's own place lies above it.
        self._words = np.random.Philox(key=seed, counter=(step << 192) + ((sample + 1) << 128))

    def unit(self) -> float:
        """Return a number in [0, 1)."""
        return (int(self._words.random_raw()) >> 11) * _UNIT

    def uniform(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return low + (high - low) * self.unit()

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.unit() < probability

    def index(self, weights: Sequence[float]) -> int:
        """Return an index with a probability in proportion to its weight."""
        place = self.unit() * sum(weights)
        for index, weight in enumerate(weights):
            place -= weight
            if place < 0:
                return index
        return max(index for index, weight in enumerate(weights) if weight > 0)

    def normal(self, shape: Sequence[int]) -> Tensor:
        """Return standard normal numbers of a shape, float32, on the CPU."""
        count = int(np.prod(shape))
        halves = self._words.random_raw((count + 1) // 2).view(np.uint32)
        units = (halves >> np.uint32(8)).astype(np.float32)
        first, second = torch.from_numpy((units + np.float32(0.5)) * _UNIT_32).view(2, -1)
        radius = first.log_().mul_(-2).sqrt_()  # Box and Muller's transform
        angle = second.mul_(2 * np.pi)
        both = torch.cat([radius * angle.cos(), radius * angle.sin()])
        return both[:count].reshape(tuple(shape))
