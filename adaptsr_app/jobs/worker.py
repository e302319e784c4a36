"""The part of a job that lives on its own thread."""

from collections import deque
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.cancellation import CancelToken
from engine.events import Emit, Event


class Worker(QObject):
    """Runs one engine job and puts its events where the window's thread takes them from.

    Signals:
        ended: Carries the outcome, `Done`, `Stopped` or `Failed` of `engine.jobs.run`.
    """

    ended = Signal(object)

    def __init__(self, name: str, job: Any, token: CancelToken, events: deque[Event]) -> None:
        """Prepare.

        Args:
            name: The job's name in events and bug reports.
            job: Called as `job(emit, token)`.
            token: Stops and pauses it.
            events: Filled from this thread; appending to a deque needs no lock.
        """
        super().__init__()
        self._name, self._job, self._token = name, job, token
        self._emit: Emit = events.append

    @Slot()
    def run(self) -> None:
        """Run the job to its end, whatever that is."""
        # Here, because it loads torch, which takes seconds.
        from engine.jobs.run import run_job  # noqa: PLC0415

        self.ended.emit(run_job(self._name, self._job, self._emit, self._token))
