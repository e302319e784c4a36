"""How large a result is to be, and resampling the network's output to that size band by band."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.errors import ConfigError

_TARGET = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>px|mp|%)", re.IGNORECASE)
_LANCZOS_RADIUS = 3
_PIECE_ROWS = 128

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TargetSize:
    """A wanted size: longest side in pixels, megapixels, or percent of the photo."""

    number: float
    unit: str

    @classmethod
    def parse(cls, text: str) -> "TargetSize":
        """Read "4000px" (longest side), "24mp" or "150%".

        Raises:
            ConfigError: If it is none of these, or zero.
        """
        match = _TARGET.fullmatch(text.strip())
        if match is None or float(match["number"]) <= 0:
            raise ConfigError(
                f"{text!r} is not a size.",
                remedy="Give the longest side (4000px), megapixels (24mp) or a share (150%).",
            )
        return cls(float(match["number"]), match["unit"].lower())

    def of(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Return the result's width and height for a photo of the given size."""
        if self.unit == "px":
            factor = self.number / max(width_px, height_px)
        elif self.unit == "mp":
            factor = math.sqrt(self.number * 1e6 / (width_px * height_px))
        else:
            factor = self.number / 100
        return max(1, round(width_px * factor)), max(1, round(height_px * factor))


class BandResampler:
    """Resamples an image that arrives as bands, as if it had arrived whole.

    Lanczos, widened when making smaller so that nothing is skipped. Takes and gives float32.
    """

    def __init__(self, width_px: int, height_px: int, target: tuple[int, int]) -> None:
        """Describe the task.

        Args:
            width_px: Of what arrives.
            height_px: Of what arrives.
            target: Width and height of what is wanted.
        """
        self._size = (width_px, height_px)
        self._target = target
        step = height_px / target[1]
        self._step = step
        self._reach = math.ceil(_LANCZOS_RADIUS * max(step, 1.0)) + 1
        self._kept: list[Floats] = []
        self._kept_top = 0
        self._arrived = 0
        self._done = 0

    def add(self, band: Floats) -> Iterator[Floats]:
        """Take the next rows and yield what can be computed by now.

        Args:
            band: Shape (h, width, C).

        Yields:
            Rows of shape (h, target width, C).
        """
        self._kept.append(band)
        self._arrived += len(band)
        is_last = self._arrived == self._size[1]
        while self._done < self._target[1]:
            stop = min(self._done + _PIECE_ROWS, self._target[1])
            if not is_last and math.ceil(stop * self._step) + self._reach > self._arrived:
                break
            yield self._resample(self._done, stop)
            self._done = stop
            self._forget()

    def _resample(self, start: int, stop: int) -> Floats:
        rows = self._kept[0] if len(self._kept) == 1 else np.concatenate(self._kept)
        self._kept = [rows]
        top = max(0, math.floor(start * self._step) - self._reach)
        bottom = min(self._arrived, math.ceil(stop * self._step) + self._reach)
        part = rows[top - self._kept_top : bottom - self._kept_top]
        below = min(stop * self._step - top, float(len(part)))
        box = (0, start * self._step - top, self._size[0], below)
        size = (self._target[0], stop - start)
        planes = [
            Image.fromarray(np.ascontiguousarray(plane)).resize(
                size, Image.Resampling.LANCZOS, box=box
            )
            for plane in np.moveaxis(part, -1, 0)
        ]
        return np.stack([np.asarray(plane, np.float32) for plane in planes], axis=-1)

    def _forget(self) -> None:
        needed = max(0, math.floor(self._done * self._step) - self._reach)
        rows = self._kept[0]
        self._kept = [rows[needed - self._kept_top :]]
        self._kept_top = needed
