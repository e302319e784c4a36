"""Stopping and pausing a running job from another thread.

`end_early` ends a training in order with what it has; `cancel` keeps a checkpoint to go on from.
"""

import threading


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """The user stopped the job. Not an error: nothing is reported as failed."""


class CancelToken:
    """Carries "stop" and "pause" from the one who started a job to the job.

    A job calls `check` at every step, tile and image.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._ending_early = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        """True between `pause` and `resume`."""
        return not self._running.is_set()

    @property
    def is_ending_early(self) -> bool:
        """True once `end_early` was called."""
        return self._ending_early.is_set()

    def end_early(self) -> None:
        """Ask a job that gets better step by step to make do with what it has; wakes it.

        A job that cannot goes on to its ordinary end.
        """
        self._ending_early.set()
        self._running.set()

    def cancel(self) -> None:
        """Ask the job to stop at its next check; wakes a paused job."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Ask the job to wait at its next check."""
        if not self._cancelled.is_set():
            self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._running.set()

    def check(self) -> None:
        """Block while paused.

        Raises:
            Cancelled: If `cancel` was called.
        """
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled
