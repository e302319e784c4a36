"""A few threads that live only while there is something to do, so that none is left behind."""

import threading
from collections import deque
from collections.abc import Callable, Iterable

Work = Callable[[], None]


class Workers:
    """Does pieces of work in order, a few at the same time, on threads of its own."""

    def __init__(self, name: str, count: int) -> None:
        """Start nothing yet.

        Args:
            name: Of the threads.
            count: Most threads at a time.
        """
        self._name, self._count = name, count
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self._threads: set[threading.Thread] = set()
        self._closed = False

    def add(self, work: Work) -> None:
        """Do this after what is waiting."""
        with self._lock:
            self._waiting.append(work)
            self._start()

    def replace(self, works: Iterable[Work]) -> None:
        """Do these instead of what is waiting; what is being done is finished."""
        with self._lock:
            self._waiting = deque(works)
            self._start()

    def close(self) -> None:
        """Forget what is waiting and wait for what is being done; nothing is done afterwards."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join()

    def _start(self) -> None:
        if self._closed:
            self._waiting.clear()
        for _ in range(min(self._count - len(self._threads), len(self._waiting))):
            thread = threading.Thread(target=self._run, name=self._name)
            self._threads.add(thread)
            thread.start()

    def _run(self) -> None:
        try:
            while (work := self._next()) is not None:
                work()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
                self._start()  # what a bug in one piece of work would leave undone

    def _next(self) -> Work | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            # Under the lock, so that work added from now on starts another thread.
            self._threads.discard(threading.current_thread())
            return None
