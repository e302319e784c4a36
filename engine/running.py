"""Runs any job so that its listener hears exactly one terminal event, and nothing after it."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from engine.bug_reports import write_bug_report
from engine.cancellation import Cancelled, CancelToken
from engine.errors import EngineError, as_engine_error
from engine.events import (
    Emit,
    Event,
    JobCancelled,
    JobFailed,
    JobFinished,
    TerminalEvent,
)
from engine.memory import memory_errors
from engine.outcomes import Done, Failed, Stopped

T = TypeVar("T")
Job = Callable[[Emit, CancelToken], T]

_BUG = "Something went wrong inside AdaptSR. This is a bug, not your fault."


def run_job(name: str, job: Job[T], emit: Emit, token: CancelToken) -> Done[T] | Stopped | Failed:
    """Run a job to its end, whatever that is; an exception of the job's is never raised here.

    Args:
        name: What the job is called in its terminal event.
        job: Takes an `Emit` and a token; the settings are bound to it already.
        emit: Receives the job's events, then one `JobFinished`, `JobCancelled` or `JobFailed`.
            Events that a thread of the job emits later are dropped.
        token: Stops or pauses the job.

    Raises:
        KeyboardInterrupt, SystemExit: If raised inside the job, after `JobCancelled`.
    """
    gate = _Gate(emit)
    started = time.monotonic()
    try:
        with memory_errors("Close other programs, or choose smaller settings."):
            value = job(gate.emit, token)
    except Cancelled:
        gate.close(JobCancelled(name))
        return Stopped()
    except (EngineError, OSError) as raised:
        error = as_engine_error(raised)
        gate.close(JobFailed(name, str(error), is_bug=False))
        return Failed(error)
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes an event
        report = write_bug_report(error, name)
        message = _BUG if report is None else f"{_BUG} Details are in {report}"
        gate.close(JobFailed(name, message, is_bug=True))
        return Failed(error, report)
    except BaseException:
        gate.close(JobCancelled(name))
        raise
    gate.close(JobFinished(name, time.monotonic() - started))
    return Done(value)


class _Gate:
    """Lets events through until the terminal one."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.RLock()
        self._is_open = True

    def emit(self, event: Event) -> None:
        with self._lock:
            if self._is_open:
                self._emit(event)

    def close(self, terminal: TerminalEvent) -> None:
        with self._lock:
            self._is_open = False
            self._emit(terminal)
