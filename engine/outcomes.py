"""What a job ended with. Loads nothing, so that whatever shows an outcome can import it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The job returned `value`."""

    value: T


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user stopped the job."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job raised.

    Attributes:
        error: An `EngineError`, or anything else: a bug.
        report: What was written down about the bug, if it is one and that was possible.
    """

    error: Exception
    report: Path | None = None
