"""How long a decoder may work and how much memory it may take, and who notices that it is more."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.errors import EngineError, PhotoError, StorageError
from engine.imaging.decoding_process.protocol import SizeKnown

COPY_AGAIN = "It is probably damaged: copy it from the camera or phone again."


@dataclass(frozen=True, slots=True)
class Limits:
    """What a decoder may take. Processor time, because other programs may slow the clock's down.

    Attributes:
        header_cpu_s: For what a header says.
        pixels_cpu_s: For pixels, whatever their number.
        cpu_s_per_megapixel: For each million pixels more; the slowest decoder, RAW, takes a third.
        memory_bytes: Beyond the photo's own size and what a decoder had before.
        copies: How often a photo may lie in a decoder's memory at once; CMYK takes four.
        quiet_s: By the clock, without any work done: then a drive does not answer.
        start_s: By the clock, until a decoder has started.
    """

    header_cpu_s: float = 8.0
    pixels_cpu_s: float = 12.0
    cpu_s_per_megapixel: float = 1.0
    memory_bytes: int = 768 << 20
    copies: int = 5
    quiet_s: float = 30.0
    start_s: float = 120.0


class Watch:
    """Looks after a decoder while it reads one file."""

    def __init__(self, limits: Limits, pid: int, path: Path, *, header_only: bool) -> None:
        self._limits = limits
        self._path = path
        self._cpu_s = limits.header_cpu_s if header_only else limits.pixels_cpu_s
        # The file may lie in memory, too, but not a file that is only claimed to be large.
        self._memory_bytes = limits.memory_bytes
        self._process: psutil.Process | None = None
        self._pid = pid
        self._cpu_before_s = 0.0
        self._memory_before = 0
        self._work_s, self._read_bytes = 0.0, 0
        self._quiet_since = time.monotonic()
        with self._gone():
            self._process = psutil.Process(pid)
            self._cpu_before_s = self._cpu()
            self._memory_before = self._process.memory_info().rss

    @property
    def cpu_s(self) -> float:
        """How much processor time reading this file may take in all, as far as is known."""
        return self._cpu_s

    def size_is_known(self, size: SizeKnown) -> None:
        """Allow what a photo of this size explains."""
        own = size.pixels * size.bytes_per_pixel
        self._memory_bytes = self._limits.memory_bytes + own * self._limits.copies
        self._cpu_s += size.pixels / 1e6 * self._limits.cpu_s_per_megapixel

    def tick(self) -> None:
        """Look once.

        Raises:
            PhotoError: If it takes too long or too much memory.
            StorageError: If nothing happens at all, because the drive does not answer.
        """
        with self._gone():
            error = self._judge()
            if error is not None:
                raise error

    def _judge(self) -> EngineError | None:
        if self._process is None:
            return None
        memory = self._process.memory_info().rss - self._memory_before
        if memory > self._memory_bytes:
            return PhotoError(
                "Reading this photo took far more memory than a photo of its size needs, and was "
                "stopped.",
                path=self._path,
                remedy=COPY_AGAIN,
            )
        cpu_s = self._cpu() - self._cpu_before_s
        if cpu_s > self._cpu_s:
            return self._too_long()
        now = time.monotonic()
        if cpu_s > self._work_s + 0.01:
            self._work_s, self._quiet_since = cpu_s, now
        elif (read := self._bytes_read()) > self._read_bytes:
            self._read_bytes, self._quiet_since = read, now
        elif now - self._quiet_since > self._limits.quiet_s:
            if self._process.status() == psutil.STATUS_STOPPED:
                return self._too_long()
            return StorageError(
                "The drive this photo is on does not answer.",
                path=self._path,
                remedy="Check the drive or the network, then try again.",
            )
        return None

    def _too_long(self) -> PhotoError:
        return PhotoError(
            "Reading this photo took far longer than a photo of its size needs, and was stopped.",
            path=self._path,
            remedy=COPY_AGAIN,
        )

    def _cpu(self) -> float:
        if self._process is None:
            return 0.0
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def _bytes_read(self) -> int:
        """Return how much was read, where the system says so: a slow drive is not a dead one."""
        if self._process is None or not hasattr(self._process, "io_counters"):
            return 0
        counters = self._process.io_counters()
        return int(getattr(counters, "read_chars", counters.read_bytes))

    @contextlib.contextmanager
    def _gone(self) -> Iterator[None]:
        """Pass over a process that has just ended: the connection will say so."""
        with contextlib.suppress(psutil.Error):
            yield
