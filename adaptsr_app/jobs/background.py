"""Short work beside the window that needs no progress: thumbnails, folders, lists of files."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError

T = TypeVar("T")
_NAME = "background"
_Task = tuple[Callable[[], Any], Callable[[Any], None], Callable[[], None]]


def attempt(action: Callable[[], T]) -> T | EngineError:
    """Return what an action gives, or the expected error it ended with."""
    try:
        return action()
    except EngineError as error:
        return error


def has_ended(patience_s: float) -> bool:
    """Wait for what is being done, of every `Background`; return whether nothing is left.

    Args:
        patience_s: The most to wait.
    """
    give_up = time.monotonic() + patience_s
    for thread in threading.enumerate():
        if thread.name == _NAME:
            thread.join(max(0.0, give_up - time.monotonic()))
    return not any(thread.name == _NAME for thread in threading.enumerate())


class _Bridge(QObject):
    """Carries results to the window's thread; kept alive by the threads that use it.

    Signals:
        finished: What takes the result, and the result.
    """

    finished = Signal(object, object)


class Background(QObject):
    """Runs functions on a few threads, first come first served, and hands over their results.

    Threads end when there is nothing left to do. What is not begun when this object is closed or
    deleted is dropped, and nothing is handed over after that.
    """

    def __init__(self, parent: QObject, *, threads: int = 1) -> None:
        """Start with nothing to do.

        Args:
            parent: Lives on the window's thread.
            threads: The most that work at the same time.
        """
        super().__init__(parent)
        self._most = threads
        self._tasks: deque[_Task] = deque()
        self._lock = threading.Lock()
        self._running = 0
        self._bridge = _Bridge()
        self._bridge.finished.connect(self._hand_over)
        self.destroyed.connect(self._tasks.clear)

    def submit(
        self,
        work: Callable[[], T],
        on_done: Callable[[T], None],
        on_bug: Callable[[], None] = lambda: None,
    ) -> None:
        """Do something soon.

        Args:
            work: Called on another thread. Expected errors are part of its result; any other
                exception is reported as a bug, and nothing is handed over.
            on_done: Called with the result on the window's thread.
            on_bug: Called there instead where `work` raised, so that nobody waits for good.
        """
        with self._lock:
            self._tasks.append((work, on_done, on_bug))
            if self._running >= self._most:
                return
            self._running += 1
        threading.Thread(target=self._work, name=_NAME, daemon=True).start()

    @property
    def is_idle(self) -> bool:
        """True while nothing is being done."""
        return self._running == 0

    def close(self) -> None:
        """Forget what has not begun."""
        self._tasks.clear()

    def _work(self) -> None:
        bridge = self._bridge
        try:
            while True:
                with self._lock:
                    if not self._tasks:
                        self._running -= 1
                        return
                    work, on_done, on_bug = self._tasks.popleft()
                try:
                    result = work()
                except BaseException:
                    bridge.finished.emit(lambda _nothing, told=on_bug: told(), None)
                    raise
                bridge.finished.emit(on_done, result)
        except BaseException:
            with self._lock:
                self._running -= 1
            raise

    def _hand_over(self, on_done: Callable[[Any], None], result: Any) -> None:
        on_done(result)
