"""A web server on this computer that misbehaves as told, for tests of downloads."""

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Handler"], None]


class Server(http.server.ThreadingHTTPServer):
    """Answers the requests one after the other with the answers it was given; the last repeats."""

    daemon_threads = True
    block_on_close = True

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    def next_answer(self, request: "Request") -> Answer:
        with self._lock:
            self.requests.append(request)
            return self.answers[min(len(self.requests), len(self.answers)) - 1]

    def address(self, path: str = "file.pth") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are what is tested."""


@dataclass
class Request:
    """What a client asked for."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)


class Handler(http.server.BaseHTTPRequestHandler):
    """Gives one answer and closes the connection."""

    server: Server
    timeout = 10

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.next_answer(Request(self.path, headers))
        self.close_connection = True
        answer(self)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def begin(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


@contextlib.contextmanager
def serving(*answers: Answer) -> Iterator[Server]:
    """Serve until the end of the block."""
    with Server(list(answers)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def whole(
    body: bytes,
    *,
    etag: str | None = '"one"',
    ranges: bool = True,
    stop_after: int | None = None,
    then_stall: bool = False,
    announced: int | None = None,
) -> Answer:
    """Give a file, or what is left of it where a range is asked for.

    Args:
        body: The file.
        etag: Its version.
        ranges: Give ranges; otherwise always the whole.
        stop_after: Send only that many bytes.
        then_stall: Then send nothing more, rather than close the connection.
        announced: The length to announce instead of the true one.
    """

    def answer(handler: Handler) -> None:
        asked = handler.headers.get("Range", "")
        fits = handler.headers.get("If-Range") in {None, etag}
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        headers = {} if etag is None else {"ETag": etag}
        if not (asked and fits and ranges):
            start, status = 0, 200
        elif start >= len(body):
            handler.begin(416, Content_Range=f"bytes */{len(body)}", Content_Length=0)
            return
        else:
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        rest = body[start:]
        handler.begin(
            status, **headers, Content_Length=len(rest) if announced is None else announced
        )
        handler.wfile.write(rest if stop_after is None else rest[:stop_after])
        handler.wfile.flush()
        if then_stall:
            handler.server.stopping.wait(10)

    return answer


def status(code: int, **headers: object) -> Answer:
    """Answer with a status and a short text."""

    def answer(handler: Handler) -> None:
        handler.begin(code, Content_Length=2, **headers)
        handler.wfile.write(b"no")

    return answer


def page(handler: Handler) -> None:
    """Answer as the sign-in page of a hotel does."""
    text = b"<!DOCTYPE html><html>Please sign in</html>"
    handler.begin(200, Content_Type="text/html; charset=utf-8", Content_Length=len(text))
    handler.wfile.write(text)


def endless(handler: Handler) -> None:
    """Send without an end or a length."""
    handler.begin(200)
    with contextlib.suppress(OSError):
        while not handler.server.stopping.is_set():
            handler.wfile.write(b"x" * 4096)


def silence(handler: Handler) -> None:
    """Never answer."""
    handler.server.stopping.wait(10)


def dripping(handler: Handler) -> None:
    """Send a byte now and then, often enough never to count as silent."""
    handler.begin(200, ETag='"one"', Content_Length=300_000)
    _drip(handler, b"x")


def dripping_headers(handler: Handler) -> None:
    """Begin an answer and never come to its end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _drip(handler, b"X-More: 1\r\n")


def _drip(handler: Handler, drop: bytes) -> None:
    with contextlib.suppress(OSError):
        while not handler.server.stopping.wait(0.05):
            handler.wfile.write(drop)
            handler.wfile.flush()
