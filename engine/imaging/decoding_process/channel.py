"""Carries messages between the program and a decoder: a socket pair, on Windows a named pipe.

Both know at once when the other side is gone, whatever ended it. The program never waits without
looking after the child meanwhile, not even within a message.
"""

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from multiprocessing import connection
from typing import Protocol

from engine.imaging.decoding_process.protocol import HEAD_BYTES, lengths

_TICK_S = 0.04
_AT_ONCE = 1 << 16


class Channel(Protocol):
    """One end of the connection."""

    def send(self, message: bytes, descriptor: int | None = None) -> None:
        """Send a message, and a file descriptor beside it.

        Raises:
            OSError: If the other side is gone.
        """
        ...

    def receive(self, tick: Callable[[], None] | None = None) -> tuple[bytes, int | None]:
        """Wait for a message and return it with the file descriptor that came beside it.

        Args:
            tick: Called every few hundredths of a second while nothing comes; what it raises ends
                the waiting.

        Raises:
            EOFError, OSError: If the other side is gone.
            ProtocolError: If the message is too long.
        """
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class SocketChannel:
    """An end of a socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, message: bytes, descriptor: int | None = None) -> None:
        """Send a message, and a file descriptor beside it."""
        self._socket.settimeout(None)
        if descriptor is None:
            self._socket.sendall(message)
            return
        sent = socket.send_fds(self._socket, [message], [descriptor])
        self._socket.sendall(message[sent:])

    def receive(self, tick: Callable[[], None] | None = None) -> tuple[bytes, int | None]:
        """Wait for a message and return it with the file descriptor that came beside it."""
        self._socket.settimeout(None if tick is None else _TICK_S)
        message, requested = bytearray(), HEAD_BYTES
        descriptor: int | None = None
        while len(message) < requested:
            try:
                # Never beyond the message: the next one may come with a descriptor of its own.
                piece, came, _, _ = socket.recv_fds(
                    self._socket, min(requested - len(message), _AT_ONCE), 1
                )
            except TimeoutError:
                if tick is not None:
                    tick()
                continue
            descriptor = came[0] if came else descriptor
            if not piece:
                raise EOFError
            message += piece
            if len(message) == HEAD_BYTES == requested:
                requested += sum(lengths(bytes(message)))
        return bytes(message), descriptor

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


if sys.platform == "win32":

    class PipeChannel:
        """An end of a named pipe, which keeps messages apart by itself."""

        def __init__(self, end: connection.PipeConnection) -> None:
            self._end = end

        def send(self, message: bytes, descriptor: int | None = None) -> None:
            """Send a message; memory travels by its name here."""
            del descriptor
            self._end.send_bytes(message)

        def receive(self, tick: Callable[[], None] | None = None) -> tuple[bytes, int | None]:
            """Wait for a message."""
            while tick is not None and not self._end.poll(_TICK_S):
                tick()
            message = self._end.recv_bytes()
            lengths(message)
            return message, None

        def close(self) -> None:
            """Hang up."""
            self._end.close()


class ChildEnd:
    """The end that a child inherits, until it has."""

    def __init__(self, descriptor: int, close: Callable[[], None]) -> None:
        self.descriptor = descriptor
        self.name = str(descriptor)
        self.close = close


def pair() -> tuple[Channel, ChildEnd]:
    """Return the program's end of a new connection, and the child's."""
    if sys.platform == "win32":
        ours, theirs = connection.Pipe()
        handle = theirs.fileno()
        os.set_handle_inheritable(handle, True)
        return PipeChannel(ours), ChildEnd(handle, theirs.close)
    ours, theirs = socket.socketpair()
    return SocketChannel(ours), ChildEnd(theirs.fileno(), theirs.close)


def inherited(name: str) -> Channel:
    """Return the child's end of a connection, in the child."""
    if sys.platform == "win32":
        return PipeChannel(connection.PipeConnection(int(name)))
    end = socket.socket(fileno=int(name))
    with contextlib.suppress(OSError):
        end.set_inheritable(False)
    return SocketChannel(end)
