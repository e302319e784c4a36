"""Keeps one window per user: a second start hands its files to the first and leaves."""

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from adaptsr_app.private_socket import socket_path

_WAIT_MS = 1000
_MOST_BYTES = 1 << 20


class SingleInstance(QObject):
    """Listens for later starts.

    Signals:
        handed_over: Paths that another start was given; empty if it was given none.
    """

    handed_over = Signal(list)

    def __init__(self, name: str = "") -> None:
        """Prepare.

        Args:
            name: Tells programs apart; this user's AdaptSR if "".
        """
        super().__init__()
        self._name = socket_path(name or "window")
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._take)

    def hand_over(self, paths: Sequence[Path]) -> bool:
        """Give paths to a window that is open already.

        Returns:
            False if there is none.
        """
        if self._name is None:
            return False
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            return False
        socket.write(json.dumps([str(path.absolute()) for path in paths]).encode())
        socket.waitForBytesWritten(_WAIT_MS)
        socket.disconnectFromServer()
        if socket.state() != QLocalSocket.LocalSocketState.UnconnectedState:
            socket.waitForDisconnected(_WAIT_MS)
        return True

    def listen(self) -> None:
        """Be the window that later starts find."""
        if self._name is None:
            return
        if not self._server.listen(self._name):
            QLocalServer.removeServer(self._name)  # what a crash left behind
            self._server.listen(self._name)

    def _take(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            # The other side writes one message and hangs up at once.
            if socket.state() != QLocalSocket.LocalSocketState.UnconnectedState:
                socket.waitForDisconnected(_WAIT_MS)
            data = bytes(socket.read(_MOST_BYTES).data())
            socket.deleteLater()
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        try:
            paths = json.loads(data)
        except ValueError:
            return
        if isinstance(paths, list) and all(isinstance(path, str) for path in paths):
            self.handed_over.emit([Path(path) for path in paths])
