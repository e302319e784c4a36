"""What became of every photo of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError
from engine.events import Emit, FileSkipped, PhotoFailed
from engine.upscaling.photo.photo_upscaler import PhotoResult


@dataclass(frozen=True, slots=True)
class UpscaleReport:
    """What became of every photo.

    Attributes:
        done: Photo and result.
        skipped: Photo and the result that was there already.
        failed: Photo and why, in the user's words.
        elapsed_s: Time for everything.
        results: How each of `done` was made, in the same order.
        in_the_way: Photo and the file, not AdaptSR's, that lies where its result would go; each is
            among `failed` too.
    """

    done: tuple[tuple[Path, Path], ...]
    skipped: tuple[tuple[Path, Path], ...]
    failed: tuple[tuple[Path, str], ...]
    elapsed_s: float
    results: tuple[PhotoResult, ...] = ()
    in_the_way: tuple[tuple[Path, Path], ...] = ()


@dataclass(slots=True)
class ReportBuilder:
    """The report while it grows; whoever listens is told of failures and skips."""

    emit: Emit
    done: list[tuple[Path, Path]] = field(default_factory=list)
    results: list[PhotoResult] = field(default_factory=list)
    skipped: list[tuple[Path, Path]] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    in_the_way: list[tuple[Path, Path]] = field(default_factory=list)

    def fail(self, photo: Path, error: EngineError) -> None:
        """Note that a photo cannot be upscaled."""
        self.failed.append((photo, str(error)))
        self.emit(PhotoFailed(photo, str(error)))

    def skip(self, photo: Path, output: Path, reason: str) -> None:
        """Note that a photo's result is there already."""
        self.skipped.append((photo, output))
        self.emit(FileSkipped(photo, reason))

    def sort_like(self, outputs: Sequence[Path]) -> None:
        """Put what is done into the order of `outputs`."""
        place = {output: index for index, output in enumerate(outputs)}
        self.done.sort(key=lambda done: place[done[1]])
        self.results.sort(key=lambda result: place[result.path])

    def report(self, elapsed_s: float) -> UpscaleReport:
        """Return the report as it is now."""
        return UpscaleReport(
            tuple(self.done),
            tuple(self.skipped),
            tuple(self.failed),
            elapsed_s,
            tuple(self.results),
            tuple(self.in_the_way),
        )
