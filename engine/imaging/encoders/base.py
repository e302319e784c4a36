"""What every encoder shares: the description of the result, and compressing strips in parallel."""

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from engine.imaging.colour import Pixels
from engine.imaging.formats import OutputFormat
from engine.imaging.icc import profile_space
from engine.imaging.metadata import Metadata

_MAX_THREADS = 4
_PROFILE_DROPPED = "The colour profile does not fit the result and was left out."


@dataclass(frozen=True, slots=True)
class Output:
    """A result to be written.

    Attributes:
        format: The file format.
        width_px: Width.
        height_px: Height.
        channels: Colour channels, 1 for grey or 3 for RGB.
        has_alpha: True if transparency comes with the rows.
        bit_depth: 8 or 16.
        metadata: As returned by `metadata.prepare`.
        quality: 1 to 100, for JPEG and WebP.
        compressed: False writes TIFF without compression.
        notices: Sentences about what of the photo is not in it, for whoever asked for the result.
    """

    format: OutputFormat
    width_px: int
    height_px: int
    channels: int = 3
    has_alpha: bool = False
    bit_depth: int = 8
    metadata: Metadata = field(default_factory=Metadata)
    quality: int = 95
    compressed: bool = True
    notices: tuple[str, ...] = ()

    @property
    def samples(self) -> int:
        """Values per pixel, transparency included."""
        return self.channels + self.has_alpha

    @property
    def row_bytes(self) -> int:
        """Uncompressed size of one row."""
        return self.width_px * self.samples * (self.bit_depth // 8)

    def fitting_icc(self) -> tuple[bytes | None, list[str]]:
        """Return the profile if it describes this kind of pixels, and a notice if it does not."""
        icc = self.metadata.icc
        if icc is None or profile_space(icc) == ("GRAY" if self.channels == 1 else "RGB"):
            return icc, []
        return None, [_PROFILE_DROPPED]


class StripEncoder(ABC):
    """Cuts the rows it is given into strips and compresses several of them at a time.

    Subclasses say how a strip is compressed (on a worker thread) and how what comes out is
    written (in order, on the caller's thread).
    """

    def __init__(self, file: BinaryIO, output: Output, rows_per_strip: int) -> None:
        self.file = file
        self.output = output
        self.notices: list[str] = []
        self.rows_per_strip = max(1, min(rows_per_strip, output.height_px))
        self._pending: list[Pixels] = []
        self._pending_rows = 0
        self._above: Pixels | None = None
        threads = min(_MAX_THREADS, os.cpu_count() or 1)
        self._backlog = threads + 1
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encode")
        self._results: deque[Future[Callable[[], None]]] = deque()

    @abstractmethod
    def begin(self) -> None:
        """Write what comes before the pixels."""

    @abstractmethod
    def compress(self, strip: Pixels, above: Pixels | None) -> Callable[[], None]:
        """Compress one strip on a worker thread.

        Args:
            strip: Shape (rows, W, samples).
            above: The last row of the strip before, shape (W, samples); None for the first.

        Returns:
            What to do with the result on the caller's thread, in order.
        """

    @abstractmethod
    def end(self) -> None:
        """Write what comes after the pixels."""

    def write(self, rows: Pixels) -> None:
        """Take the next rows, shape (rows, W, samples). Blocks only while workers are behind."""
        while len(rows):
            requested = self.rows_per_strip - self._pending_rows
            # A copy, because the caller may fill its buffer anew before a worker is done.
            self._pending.append(rows[:requested].copy())
            self._pending_rows += len(rows[:requested])
            rows = rows[requested:]
            if self._pending_rows == self.rows_per_strip:
                self._submit()

    def _submit(self) -> None:
        strip = self._pending[0] if len(self._pending) == 1 else np.concatenate(self._pending)
        self._pending = []
        self._pending_rows = 0
        self._results.append(self._pool.submit(self.compress, strip, self._above))
        self._above = strip[-1]
        while self._results and (len(self._results) > self._backlog or self._results[0].done()):
            self._results.popleft().result()()

    def finish(self) -> None:
        """Wait for the workers and write the end of the file."""
        if self._pending:
            self._submit()
        while self._results:
            self._results.popleft().result()()
        self.end()
        self.close()

    def close(self) -> None:
        """Stop the workers; safe to call at any time."""
        self._pool.shutdown(wait=True, cancel_futures=True)
