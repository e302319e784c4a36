"""The thread of a job: runs it and puts its events where the window's thread takes them from."""

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from engine.cancellation import CancelToken
from engine.events import Emit, Event
from engine.running import run_job

EngineJob = Callable[[Emit, CancelToken], Any]

_STACK_BYTES = 16 << 20
"""macOS gives a thread half a MiB, which OpenBLAS overruns."""


class Worker(QThread):
    """Runs one engine job to its end, whatever that is.

    The object itself lives on the window's thread and needs no event loop of its own, so that
    nothing of Qt's is ever destroyed on a thread it does not belong to.

    Signals:
        concluded: Carries the outcome, `Done`, `Stopped` or `Failed` of `engine.outcomes`.
    """

    concluded = Signal(object)

    def __init__(
        self, name: str, job: EngineJob, token: CancelToken, events: deque[Event], parent: QObject
    ) -> None:
        """Prepare; `start` starts it.

        Args:
            name: The job's name in events and bug reports.
            job: Called as `job(emit, token)`.
            token: Stops and pauses it.
            events: Filled from this thread; appending to a deque needs no lock.
            parent: Owns the thread.
        """
        super().__init__(parent)
        self._name, self._job, self._token = name, job, token
        self._emit: Emit = events.append
        self.setObjectName(f"job {name}")
        self.setStackSize(_STACK_BYTES)

    def run(self) -> None:
        """Run the job; Qt calls this on the new thread."""
        self.concluded.emit(run_job(self._name, self._job, self._emit, self._token))
