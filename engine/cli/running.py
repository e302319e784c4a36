"""Runs a job for the command line: progress, Ctrl-C, and what becomes of its outcome."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TypeVar

from engine.cancellation import CancelToken
from engine.cli.exit_codes import Interrupted, ReportedBug
from engine.cli.invocation import Invocation
from engine.cli.progress import ProgressView
from engine.errors import EngineError
from engine.jobs.storage import remove_leftovers
from engine.outcomes import Done, Failed, Stopped
from engine.running import Job, run_job

T = TypeVar("T")

_STOPPING = b"\nStopping at the next safe point. Press Ctrl-C again to stop at once.\n"


def perform(name: str, job: Job[T], invocation: Invocation) -> T:
    """Run a job with its progress on stderr and return what it returned.

    Args:
        name: What the job is called in its events.
        job: Takes an `Emit` and a token.
        invocation: Of the command.

    Raises:
        EngineError: What the job raised.
        Interrupted: If the user stopped it.
        ReportedBug: If the job raised anything else.
    """
    remove_leftovers()
    token = CancelToken()
    with (
        stopped_by_signals(token),
        contextlib.redirect_stdout(sys.stderr),
        ProgressView(invocation.terminal.err) as view,
    ):
        outcome = run_job(name, job, view.emit, token)
    match outcome:
        case Done(value):
            return value
        case Stopped():
            resume = invocation.resuming()
            if resume is None or view.checkpoint is None:
                raise Interrupted
            raise Interrupted(view.checkpoint, resume)
        case Failed(EngineError() as error):
            raise error
        case Failed(error, report):
            raise ReportedBug(error, report)


@contextlib.contextmanager
def stopped_by_signals(token: CancelToken) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal stop the job at its next check, and a second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        if token.is_cancelled:
            signal.signal(number, signal.SIG_DFL)  # a third one ends even a process that hangs
            raise KeyboardInterrupt
        token.cancel()
        # Not through a stream: this may run in the middle of a write to it.
        with contextlib.suppress(OSError):
            os.write(2, _STOPPING)

    # A terminal that is closed hangs up; a program started by nohup is to live on.
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
