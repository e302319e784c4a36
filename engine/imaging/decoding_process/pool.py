"""Decoder processes, started when first wanted and kept: whichever is free reads the next file."""

import atexit
import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from engine.cancellation import Cancelled, CancelToken
from engine.imaging.decoding_process.limits import Limits
from engine.imaging.decoding_process.process import DecoderProcess, Reply
from engine.imaging.decoding_process.protocol import Request

_MOST, _MOST_WITH_PIXELS = 3, 2
"""One more than may decode pixels, so that a header never waits behind a large photo."""

_LOOKS_EVERY_S = 0.1


class DecoderPool:
    """Hands files to decoders; used from any thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._idle: list[DecoderProcess] = []
        self._busy: set[DecoderProcess] = set()
        self._slots = 0
        self._pixel_slots = 0
        self._changed = threading.Condition()

    @property
    def pids(self) -> tuple[int, ...]:
        """The numbers of all running decoders."""
        with self._changed:
            return tuple(process.pid for process in (*self._idle, *self._busy))

    def read(self, path: Path, request: Request, token: CancelToken | None = None) -> Reply:
        """Have a file read by whichever decoder is free.

        Raises:
            PhotoError, StorageError, MemoryExhaustedError: As `DecoderProcess.read` says.
            Cancelled: If the token says so.
        """
        with self._slot(token, pixels=request.want == "pixels"):
            process = self._take() or DecoderProcess(self._limits, path, token)
            with self._changed:
                self._busy.add(process)
            try:
                return process.read(path, request, token)
            finally:
                with self._changed:
                    self._busy.discard(process)
                    if process.is_alive:
                        self._idle.append(process)

    def close(self) -> None:
        """End every decoder; the next file starts a new one."""
        with self._changed:
            processes = [*self._idle, *self._busy]
            self._idle.clear()
        for process in processes:
            process.end()

    def forget(self) -> None:
        """Give up what belongs to the program that this one was forked from."""
        for process in (*self._idle, *self._busy):
            process.forget()

    @contextlib.contextmanager
    def _slot(self, token: CancelToken | None, *, pixels: bool) -> Iterator[None]:
        with self._changed:
            while self._slots >= _MOST or (pixels and self._pixel_slots >= _MOST_WITH_PIXELS):
                if token is not None and token.is_cancelled:
                    raise Cancelled
                self._changed.wait(_LOOKS_EVERY_S)
            self._slots += 1
            self._pixel_slots += pixels
        try:
            yield
        finally:
            with self._changed:
                self._slots -= 1
                self._pixel_slots -= pixels
                self._changed.notify_all()

    def _take(self) -> DecoderProcess | None:
        """Return the decoder used last, whose memory is the warmest; drop those that ended."""
        with self._changed:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive:
                    return process
                process.end()
        return None


_pools: list[DecoderPool] = []
_making = threading.Lock()


def shared_pool() -> DecoderPool:
    """Return the program's decoders."""
    with _making:
        if not _pools:
            pool = DecoderPool()
            _pools.append(pool)
            atexit.register(pool.close)
    return _pools[0]


def _after_fork() -> None:
    global _making  # noqa: PLW0603 - another thread may have held it
    _making = threading.Lock()
    while _pools:
        pool = _pools.pop()
        atexit.unregister(pool.close)
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
