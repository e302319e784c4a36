"""One decoder process as the program sees it: reads a file at a time, or is ended for not doing so."""

import contextlib
import math
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.cancellation import Cancelled, CancelToken
from engine.errors import EngineError, MemoryExhaustedError, PhotoError, StorageError
from engine.imaging.colour import Pixels
from engine.imaging.decoding_process import channel, launch
from engine.imaging.decoding_process.limits import COPY_AGAIN, Limits, Watch
from engine.imaging.decoding_process.protocol import (
    Array,
    Bug,
    DecodingFailed,
    PixelsRead,
    ProtocolError,
    Ready,
    Request,
    Response,
    RoomNeeded,
    SizeKnown,
    pack,
)
from engine.imaging.decoding_process.responses import response_of
from engine.imaging.decoding_process.segments import Segments

_ENDS_WITHIN_S = 2.0
_ERRORS: dict[str, type[EngineError]] = {
    "PhotoError": PhotoError,
    "StorageError": StorageError,
    "MemoryExhaustedError": MemoryExhaustedError,
}
_unwaited: list["subprocess.Popen[bytes]"] = []
"""Killed, but held by a drive that does not answer; waited for later."""


class DecoderBugError(Exception):
    """An exception that no decoder should raise: a mistake of ours, with the child's traceback."""


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What a decoder said of a file, with its arrays and blobs."""

    answer: Response
    pixels: Pixels | None = None
    alpha: Pixels | None = None
    blobs: bytes = b""


class DecoderProcess:
    """A running decoder. Used by one thread at a time; unusable after anything but a reply."""

    def __init__(self, limits: Limits, path: Path, token: CancelToken | None) -> None:
        """Start it and wait until it can read.

        Args:
            limits: What it may take.
            path: The file it is started for, for messages.
            token: Ends the waiting when cancelled.

        Raises:
            PhotoError: If it does not start.
            Cancelled: If the token says so.
        """
        self._limits = limits
        self._segments = Segments()
        self._lent: set[int] = set()
        self._is_ended = False
        self._channel, child = channel.pair()
        give_up = time.monotonic() + limits.start_s
        try:
            self._process = launch.start(child.name, descriptors=[child.descriptor])
        except OSError as error:
            self._channel.close()
            raise self._does_not_start(path) from error
        finally:
            child.close()

        def tick() -> None:
            _check(token)
            if time.monotonic() > give_up:
                raise self._does_not_start(path)

        with self._ended_on_error():
            try:
                answer, _ = self._receive(tick)
            except (EOFError, OSError) as error:
                raise self._does_not_start(path) from error
            if not isinstance(answer, Ready):
                raise self._does_not_start(path)

    @property
    def pid(self) -> int:
        """The child's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True while it can read; one that was killed may be held by a drive for a while."""
        return not self._is_ended and self._process.poll() is None

    def read(self, path: Path, request: Request, token: CancelToken | None = None) -> Reply:
        """Have a file read.

        Raises:
            PhotoError, StorageError, MemoryExhaustedError: As `read_photo` says, and where the
                decoder crashed, took too long or took too much; it is then ended.
            Cancelled: If the token says so; the decoder is then ended.
            DecoderBugError: If the decoder has a mistake.
        """
        watch = Watch(self._limits, self.pid, path, header_only=request.want != "pixels")

        def tick() -> None:
            _check(token)
            watch.tick()

        with self._ended_on_error():
            try:
                request = replace(request, path=_absolute(path), forget=self._segments.trim())
                self._channel.send(pack(request))
                reply = self._reply(watch, tick)
            except (EOFError, OSError, ProtocolError) as error:
                raise PhotoError(
                    "The process that decodes photos broke down over this photo.",
                    path=path,
                    remedy=COPY_AGAIN,
                ) from error
            except MemoryError as error:
                raise MemoryExhaustedError(
                    "There is not enough memory to open this photo.",
                    path=path,
                    remedy="Close other programs, then try again.",
                ) from error
        match reply.answer:
            case DecodingFailed(error=kind, what=what, remedy=remedy):
                raise _ERRORS[kind](what, path=path, remedy=remedy)
            case Bug(text=text):
                raise DecoderBugError(text)
            case _:
                return reply

    def _reply(self, watch: Watch, tick: Callable[[], None]) -> Reply:
        try:
            while True:
                answer, blobs = self._receive(tick)
                match answer:
                    case SizeKnown():
                        watch.size_is_known(answer)
                    case RoomNeeded(size=size):
                        self._lend(size)
                    case PixelsRead(pixels=pixels, alpha=None):
                        return Reply(answer, self._array(pixels, 3), None, blobs)
                    case PixelsRead(pixels=pixels, alpha=Array() as alpha):
                        return Reply(answer, self._array(pixels, 3), self._array(alpha, 2), blobs)
                    case Ready():
                        raise ProtocolError("started twice")
                    case _:
                        return Reply(answer)
        finally:
            for index in self._lent:
                self._segments.give_back(index)
            self._lent.clear()

    def _lend(self, size: int) -> None:
        if not 0 < size < 1 << 40:
            raise ProtocolError("no such size")
        try:
            room, descriptor = self._segments.lend(size)
        except OSError as error:
            raise MemoryError from error
        self._lent.add(room.index)
        self._channel.send(pack(room), descriptor)

    def _array(self, place: Array, dimensions: int) -> Pixels:
        dtype = np.dtype(np.uint8 if place.bit_depth == 8 else np.uint16)
        count = math.prod(place.shape)
        if (
            place.index not in self._lent
            or len(place.shape) != dimensions
            or min(place.shape) < 1
            or count * dtype.itemsize > self._segments.size_of(place.index)
        ):
            raise ProtocolError("an array that cannot be")
        self._lent.remove(place.index)
        stored = self._segments.hand_out(place.index)[: count * dtype.itemsize]
        values: Pixels = stored.view(dtype).reshape(place.shape)
        return values

    def _receive(self, tick: Callable[[], None]) -> tuple[Response, bytes]:
        message, _ = self._channel.receive(tick)
        return response_of(message)

    @contextlib.contextmanager
    def _ended_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Kill the child and wait for it, unless a drive keeps it."""
        self._is_ended = True
        self._channel.close()
        self._segments.close()
        self._process.kill()
        _unwaited.append(self._process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_WITHIN_S)
        _unwaited[:] = [process for process in _unwaited if process.poll() is None]

    def forget(self) -> None:
        """Give up the connection in a fork of the program; the child is not its child."""
        self._channel.close()
        self._segments.close()
        self._process.returncode = 0

    def _does_not_start(self, path: Path) -> PhotoError:
        return PhotoError(
            "The process that decodes photos does not start.",
            path=path,
            remedy="Close other programs, then try again; if it stays so, install AdaptSR anew.",
        )


def _check(token: CancelToken | None) -> None:
    if token is not None and token.is_cancelled:
        raise Cancelled


def _absolute(path: Path) -> str:
    # Not resolved: links are the decoder's business, which may wait for a drive.
    return os.fsencode(os.path.abspath(path)).hex()  # noqa: PTH100
