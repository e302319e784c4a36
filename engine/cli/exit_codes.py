"""The exit codes, and what a command can end with besides a result."""

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the process returns."""

    DONE = 0
    ERROR = 1  # the user can act on it
    USAGE = 2
    BUG = 70  # EX_SOFTWARE
    CANCELLED = 130


class Interrupted(Exception):  # noqa: N818 - not an error
    """The user stopped the command.

    Args:
        checkpoint: Where its training can go on from, if anywhere.
        resume: The command that does.
    """

    def __init__(self, checkpoint: Path | None = None, resume: str | None = None) -> None:
        self.checkpoint = checkpoint
        self.resume = resume
        super().__init__()


class ReportedBug(Exception):  # noqa: N818 - it stands for another exception
    """An unexpected exception that is written down already.

    Args:
        error: What was raised.
        report: Where it is written down, if that was possible.
    """

    def __init__(self, error: Exception, report: Path | None) -> None:
        self.error = error
        self.report = report
        super().__init__(error)
