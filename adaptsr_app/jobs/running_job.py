"""A job as the window sees it: its state, its events in step with the screen, and its controls."""

from collections import deque
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from adaptsr_app.jobs.coalescing import coalesced
from adaptsr_app.jobs.worker import EngineJob, Worker
from engine.cancellation import CancelToken
from engine.events import Event

JobState = Literal["running", "paused", "stopping", "ended"]
_INTERVAL_MS = 33


class RunningJob(QObject):
    """One engine job on a thread of its own; all signals arrive on the window's thread.

    Signals:
        happened: One event; of those that only say how far the job is, the latest.
        state_changed: `state` is another one.
        ended: The outcome, after the last event.
    """

    happened = Signal(object)
    state_changed = Signal()
    ended = Signal(object)

    def __init__(self, name: str, title: str, job: EngineJob, parent: QObject) -> None:
        """Prepare; `start` starts it.

        Args:
            name: The job's name in events and bug reports, one word.
            title: What the user calls it.
            job: Called as `job(emit, token)` on the job's thread.
            parent: Lives on the window's thread, longer than the job.
        """
        super().__init__(parent)
        self.name, self.title = name, title
        self.token = CancelToken()
        self._state: JobState = "running"
        self._events: deque[Event] = deque()
        self._worker = Worker(name, job, self.token, self._events, self)
        self._worker.concluded.connect(self._end)
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._pass_on)

    @property
    def state(self) -> JobState:
        """What the job does now."""
        return self._state

    def start(self) -> None:
        """Start the thread."""
        self._timer.start()
        self._worker.start()

    def pause(self) -> None:
        """Wait at the next step, tile or photo."""
        if self._state == "running":
            self.token.pause()
            self._set_state("paused")

    def resume(self) -> None:
        """Go on after a pause."""
        if self._state == "paused":
            self.token.resume()
            self._set_state("running")

    def cancel(self) -> None:
        """Stop at the next step, tile or photo."""
        if self._state in {"running", "paused"}:
            self.token.cancel()
            self._set_state("stopping")

    def wait(self) -> None:
        """Block until the job has ended and was heard to; only for leaving the program."""
        self._worker.wait()
        QCoreApplication.sendPostedEvents(self)

    def _pass_on(self) -> None:
        events = [self._events.popleft() for _ in range(len(self._events))]
        for event in coalesced(events):
            self.happened.emit(event)

    def _end(self, outcome: object) -> None:
        self._timer.stop()
        self._worker.wait()
        self._pass_on()
        self._set_state("ended")
        self.ended.emit(outcome)

    def _set_state(self, state: JobState) -> None:
        self._state = state
        self.state_changed.emit()
