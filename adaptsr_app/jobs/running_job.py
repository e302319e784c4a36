"""A job as the window sees it: its state, its events in step with the screen, and its controls."""

from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, QTimer, Signal

from adaptsr_app.jobs.coalescing import coalesced
from adaptsr_app.jobs.worker import Worker
from engine.cancellation import CancelToken
from engine.events import Emit, Event

JobState = Literal["running", "paused", "stopping", "ended"]
EngineJob = Callable[[Emit, CancelToken], Any]

_INTERVAL_MS = 33
_STACK_BYTES = 16 << 20
"""macOS gives a thread half a MiB, which OpenBLAS overruns."""


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
        self._thread = QThread(self)
        self._thread.setObjectName(f"job {name}")
        self._thread.setStackSize(_STACK_BYTES)
        self._worker = Worker(name, job, self.token, self._events)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)
        self._worker.ended.connect(self._end)
        # Direct: queued to this thread it would wait for a loop that waits for the thread.
        self._worker.ended.connect(self._thread.quit, Qt.ConnectionType.DirectConnection)
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._pass_on)

    @property
    def state(self) -> JobState:
        """What the job does now."""
        return self._state

    def start(self) -> None:
        """Start the thread."""
        self._timer.start()
        self._thread.start()

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
        self._thread.wait()
        QCoreApplication.sendPostedEvents(self)

    def _pass_on(self) -> None:
        events = [self._events.popleft() for _ in range(len(self._events))]
        for event in coalesced(events):
            self.happened.emit(event)

    def _end(self, outcome: object) -> None:
        self._timer.stop()
        self._thread.wait()
        self._pass_on()
        self._worker.deleteLater()
        self._set_state("ended")
        self.ended.emit(outcome)

    def _set_state(self, state: JobState) -> None:
        self._state = state
        self.state_changed.emit()
