"""Fetches one file over HTTP: resumed, retried, bounded, checked, and stopped at any moment."""

import asyncio
import contextlib
import json
import shutil
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine import __version__
from engine.cancellation import Cancelled, CancelToken
from engine.errors import DownloadError, StorageError, storage_errors
from engine.files import atomic_write_text, sha256_of

if TYPE_CHECKING:
    import httpx

Report = Callable[[int, int | None], None]
"""Is told how many bytes have arrived, and of how many, if the server said so."""

_REMEDY_LATER = "Try again later; what has arrived is kept."
_WATCH_EVERY_S = 0.05
_SPARE_BYTES = 16 << 20
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_PROGRESS_WORTH_A_RETRY_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download waits, and how often it tries again.

    Attributes:
        connect_s: For a connection.
        stall_s: For the next bytes.
        tries: Failures in a row, without anything arriving, after which it gives up.
        most_tries: Failures after which it gives up in any case.
        first_pause_s: Before the second try; doubled every time.
        longest_pause_s: Between two tries.
        most_bytes: The largest file accepted from a server that does not say how large it is.
    """

    connect_s: float = 15.0
    stall_s: float = 20.0
    tries: int = 4
    most_tries: int = 40
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    most_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file somewhere.

    Attributes:
        address: Where it is.
        size_bytes: What it must measure; None if nobody says.
        sha256: What its SHA-256 must be; None if nobody says.
    """

    address: str
    size_bytes: int | None = None
    sha256: str | None = None

    @property
    def host(self) -> str:
        """The name of the computer that has it."""
        return urlsplit(self.address).hostname or self.address


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has arrived whole."""

    path: Path
    size_bytes: int
    sha256: str


class _TryAgain(Exception):  # noqa: N818 - it never leaves this module
    """This try failed, the next may not.

    Args:
        what: What to tell the user if it was the last one.
        after_s: How long the server asks to wait.
    """

    def __init__(self, what: str, after_s: float = 0.0) -> None:
        super().__init__(what)
        self.what = what
        self.after_s = after_s


def fetch(
    wanted: Wanted,
    part: Path,
    *,
    report: Report,
    token: CancelToken,
    patience: Patience | None = None,
) -> Fetched:
    """Download a file, going on where an earlier call stopped.

    Proxy settings of the system or environment are respected and certificates are verified. A
    server that cannot resume, or whose file changed meanwhile, makes it start anew. Call it from a
    thread without a running asyncio loop.

    Args:
        wanted: The file.
        part: What has arrived. It stays there when the download is stopped or fails on the way, to
            be gone on with, and is deleted when it turns out to be the wrong file.
        report: Is told about the progress, at most some twenty times a second.
        token: Stops it within a tenth of a second, also while nothing arrives; or pauses it.
        patience: How long to wait; the default is for people.

    Returns:
        The file, still at `part`, of the wanted size and hash.

    Raises:
        DownloadError: If there is no connection, no such file, or another file than wanted.
        StorageError: If the disk is full, gone or not writable.
        Cancelled: If the token says so.
    """
    with storage_errors(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    transfer = _Transfer(wanted, part, report, token, patience or Patience())
    asyncio.run(_watched(transfer, token))
    with storage_errors(part):
        size_bytes = part.stat().st_size
    sha256 = sha256_of(part)
    if wanted.size_bytes not in {None, size_bytes} or wanted.sha256 not in {None, sha256}:
        transfer.discard()
        raise _another_file(wanted, size_bytes, sha256)
    with storage_errors(part):
        transfer.notes.unlink(missing_ok=True)
    return Fetched(part, size_bytes, sha256)


async def _watched(transfer: "_Transfer", token: CancelToken) -> None:
    task = asyncio.ensure_future(transfer.run())
    while not task.done():
        await asyncio.wait({task}, timeout=_WATCH_EVERY_S)
        if token.is_cancelled and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            raise Cancelled
    task.result()


class _Transfer:
    """The tries at one file."""

    def __init__(
        self, wanted: Wanted, part: Path, report: Report, token: CancelToken, patience: Patience
    ) -> None:
        self.wanted = wanted
        self.part = part
        self.notes = part.with_name(f"{part.name}.json")
        self._report = report
        self._token = token
        self._patience = patience
        self._reported_s = 0.0
        self._may_resume = True

    async def run(self) -> None:
        """Try until the file has arrived or patience ends."""
        patience = self._patience
        failures = in_a_row = 0
        async with _client(patience) as client:
            while True:
                before_bytes = self._arrived_bytes()
                try:
                    with _explained(self.wanted):
                        await self._once(client)
                except _TryAgain as failure:
                    failures += 1
                    gained = self._arrived_bytes() - before_bytes
                    in_a_row = 1 if gained >= _PROGRESS_WORTH_A_RETRY_BYTES else in_a_row + 1
                    if in_a_row >= patience.tries or failures >= patience.most_tries:
                        raise DownloadError(failure.what, remedy=_REMEDY_LATER) from failure
                    pause_s = max(failure.after_s, patience.first_pause_s * 2 ** (in_a_row - 1))
                    await asyncio.sleep(min(pause_s, patience.longest_pause_s))
                else:
                    return

    async def _once(self, client: "httpx.AsyncClient") -> None:
        start = self._arrived_bytes()
        if start and start == self.wanted.size_bytes:
            return
        headers = self._resuming(start)
        async with client.stream("GET", self.wanted.address, headers=headers) as response:
            self._check_safe(response)
            if response.status_code == 416:  # no such range: it is whole already, or another file
                self.discard()
                raise _TryAgain(f"{self.wanted.host} gave another part of the file than asked for.")
            self._check_status(response, resuming=bool(headers))
            start = self._begin(response, start)
            await self._receive(response, start)

    def _resuming(self, start: int) -> dict[str, str]:
        """Return the headers that ask for the rest, of the same file only."""
        if not start or not self._may_resume:
            return {}
        try:
            notes = json.loads(self.notes.read_text("utf-8"))
            validator = notes["validator"] if notes["address"] == self.wanted.address else ""
        except (OSError, ValueError, KeyError, TypeError):
            validator = ""
        if validator:
            return {"Range": f"bytes={start}-", "If-Range": str(validator)}
        # Without a sign that it is the same file, only a known hash can tell in the end.
        return {"Range": f"bytes={start}-"} if self.wanted.sha256 else {}

    def _check_safe(self, response: "httpx.Response") -> None:
        secure = urlsplit(self.wanted.address).scheme == "https"
        urls = [step.url for step in (*response.history, response)]
        if secure and any(url.scheme != "https" for url in urls):
            raise DownloadError(
                f"{self.wanted.host} sends the download on to an address that is not secure.",
                remedy="Nothing was taken from there. Try another network, or later.",
            )

    def _check_status(self, response: "httpx.Response", *, resuming: bool) -> None:
        status = response.status_code
        if status in {200, 206}:
            return
        what = f"{self.wanted.host} answered “{status} {response.reason_phrase}”."
        if status in _RETRIED_STATUS:
            raise _TryAgain(what, _asked_pause_s(response))
        if resuming:  # some servers refuse a range of a file they would give as a whole
            self._may_resume = False
            raise _TryAgain(what)
        if status in {404, 410}:
            raise DownloadError(
                f"{self.wanted.host} does not have this file any more.",
                remedy="Look on its project's page, then use “adaptsr models add FILE”.",
            )
        raise DownloadError(what, remedy="Look on its project's page, or try again later.")

    def _begin(self, response: "httpx.Response", start: int) -> int:
        """Return the place in the file where this answer begins; check that it all fits."""
        if response.headers.get("content-type", "").startswith("text/html"):
            raise DownloadError(
                f"A web page came instead of the file from {self.wanted.host}.",
                remedy="Does this network want you to sign in first? Open a page in your browser, "
                "then try again.",
            )
        if response.status_code == 206:
            begins = response.headers.get("content-range", "").partition("-")[0]
            if begins != f"bytes {start}":
                self.discard()
                raise _TryAgain(f"{self.wanted.host} gave another part of the file than asked for.")
        else:
            start = 0
        announced = response.headers.get("content-length", "")
        rest_bytes = int(announced) if announced.isdecimal() else None
        total = None if rest_bytes is None else start + rest_bytes
        if total is not None and self.wanted.size_bytes not in {None, total}:
            self.discard()
            raise _another_file(self.wanted, total, None)
        self._check_room(rest_bytes or 0)
        headers = response.headers
        etag = headers.get("etag", "")
        validator = headers.get("last-modified", "") if etag.startswith("W/") or not etag else etag
        notes = {"address": self.wanted.address, "validator": validator}
        atomic_write_text(self.notes, json.dumps(notes))
        return start

    def _check_room(self, rest_bytes: int) -> None:
        with storage_errors(self.part):
            free_bytes = shutil.disk_usage(self.part.parent).free
        if rest_bytes + _SPARE_BYTES > free_bytes:
            raise StorageError(
                f"The disk is too full: {rest_bytes / 1e6:,.0f} MB are still to come and "
                f"{free_bytes / 1e6:,.0f} MB are free.",
                path=self.part.parent,
                remedy="Free some space, then try again.",
            )

    async def _receive(self, response: "httpx.Response", start: int) -> None:
        announced = response.headers.get("content-length", "")
        total = start + int(announced) if announced.isdecimal() else self.wanted.size_bytes
        arrived = start
        with storage_errors(self.part), self.part.open("ab" if start else "wb") as file:
            async for chunk in response.aiter_raw():
                arrived += len(chunk)
                if arrived > (total or self._patience.most_bytes):
                    break
                file.write(chunk)
                self._tell(arrived, total)
                while self._token.is_paused:
                    await asyncio.sleep(_WATCH_EVERY_S)
        if arrived > (total or self._patience.most_bytes):
            self.discard()
            raise _another_file(self.wanted, arrived, None)
        self._reported_s = 0.0
        self._tell(arrived, total)

    def _tell(self, arrived: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._reported_s >= _WATCH_EVERY_S:
            self._reported_s = now
            self._report(arrived, total)

    def _arrived_bytes(self) -> int:
        with storage_errors(self.part):
            return self.part.stat().st_size if self.part.exists() else 0

    def discard(self) -> None:
        """Delete what has arrived."""
        with storage_errors(self.part):
            self.part.unlink(missing_ok=True)
            self.notes.unlink(missing_ok=True)


def _client(patience: Patience) -> "httpx.AsyncClient":
    import httpx  # noqa: PLC0415 - takes half a second

    try:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(patience.stall_s, connect=patience.connect_s),
            headers={"User-Agent": f"AdaptSR/{__version__}", "Accept-Encoding": "identity"},
            follow_redirects=True,
            max_redirects=10,
        )
    except (ValueError, OSError, httpx.InvalidURL) as error:
        raise DownloadError(
            f"This computer's settings for proxies or certificates do not work: {error}.",
            remedy="Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE.",
        ) from error


@contextlib.contextmanager
def _explained(wanted: Wanted) -> Iterator[None]:
    """Turn what httpx raises into a failure worth another try, or into words."""
    import httpx  # noqa: PLC0415 - takes half a second

    host = wanted.host
    try:
        yield
    except httpx.ConnectError as error:
        if _is_about_certificates(error):
            raise DownloadError(
                f"The connection to {host} cannot be trusted: its certificate is not known here.",
                remedy="Some company networks read along: ask for their certificate and name its "
                "file in SSL_CERT_FILE.",
            ) from error
        raise _TryAgain(f"There is no connection to {host}.") from error
    except httpx.ProxyError as error:
        raise _TryAgain(f"The network's proxy does not let this through to {host}.") from error
    except httpx.TimeoutException as error:
        raise _TryAgain(f"{host} stopped answering.") from error
    except httpx.TooManyRedirects as error:
        what = f"{host} sends the download round in circles."
        raise DownloadError(what, remedy="Try again later.") from error
    except httpx.RequestError as error:
        raise _TryAgain(f"The connection to {host} broke off.") from error


def _is_about_certificates(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _asked_pause_s(response: "httpx.Response") -> float:
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else 0.0


def _another_file(wanted: Wanted, size_bytes: int, sha256: str | None) -> DownloadError:
    found = f"{size_bytes:,} bytes"
    if wanted.size_bytes not in {None, size_bytes}:
        found += f" instead of {wanted.size_bytes:,}"
    elif sha256 is not None:
        found += f" with another content (SHA-256 {sha256[:12]}…)"
    return DownloadError(
        f"This is not the file it should be: {wanted.host} gave {found}. It was thrown away.",
        remedy="Try again later. If it stays so, the file was changed where it comes from.",
    )
