"""The tries at one file: resumed where possible, bounded, and never more than was announced."""

import asyncio
import contextlib
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.backbones.downloading.request import DownloadRequest, Report, Timeouts, another_file
from engine.backbones.downloading.responses import (
    TryAgain,
    check_safe,
    check_status,
    client_for,
    explained,
)
from engine.cancellation import CancelToken
from engine.errors import DownloadError, StorageError, storage_errors
from engine.files import atomic_write_text
from engine.formatting import format_size

if TYPE_CHECKING:
    import httpx

_REMEDY_LATER = "Check the internet connection, or try again later."
_REMEDY_KEPT = "Try again later; what has arrived is kept."
_PAUSE_CHECK_S = 0.05
_REPORT_EVERY_S = 0.05
_SPARE_BYTES = 16 << 20
_PROGRESS_WORTH_A_RETRY_BYTES = 1 << 16


class Transfer:
    """The tries at one file.

    Args:
        requested: The file.
        part: Where it is put.
        report: Is told about the progress.
        token: Pauses it; to stop it, its task is cancelled.
        patience: How long to wait.

    Attributes:
        notes: A file beside `part` that tells which version of the file it is part of.
    """

    def __init__(
        self,
        requested: DownloadRequest,
        part: Path,
        report: Report,
        token: CancelToken,
        patience: Timeouts,
    ) -> None:
        self.requested = requested
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
        async with client_for(patience) as client:
            while True:
                before_bytes = self._arrived_bytes()
                try:
                    with explained(self.requested):
                        await self._once(client)
                except TryAgain as failure:
                    failures += 1
                    gained = self._arrived_bytes() - before_bytes
                    in_a_row = 1 if gained >= _PROGRESS_WORTH_A_RETRY_BYTES else in_a_row + 1
                    if in_a_row >= patience.tries or failures >= patience.most_tries:
                        remedy = _REMEDY_KEPT if self._arrived_bytes() else _REMEDY_LATER
                        raise DownloadError(failure.what, remedy=remedy) from failure
                    pause_s = max(failure.after_s, patience.first_pause_s * 2 ** (in_a_row - 1))
                    await asyncio.sleep(min(pause_s, patience.longest_pause_s))
                else:
                    return

    async def _once(self, client: "httpx.AsyncClient") -> None:
        start = self._arrived_bytes()
        if start and start == self.requested.size_bytes:
            return
        headers = self._resuming(start)
        async with contextlib.AsyncExitStack() as stack:
            # A server may keep its headers coming, a letter at a time, for ever.
            try:
                async with asyncio.timeout(self._patience.slow_after_s):
                    response = await stack.enter_async_context(
                        client.stream("GET", self.requested.address, headers=headers)
                    )
            except TimeoutError as error:
                raise TryAgain(f"{self.requested.host} takes too long to answer.") from error
            check_safe(self.requested, response)
            if response.status_code == 416:  # no such range: it is whole already, or another file
                self.discard()
                raise TryAgain(
                    f"{self.requested.host} gave another part of the file than asked for."
                )
            try:
                check_status(self.requested, response)
            except DownloadError as refusal:
                if not headers:
                    raise
                # Some servers refuse a range of a file that they would give as a whole.
                self._may_resume = False
                raise TryAgain(refusal.what) from refusal
            start = self._begin(response, start)
            await self._receive(response, start)

    def _resuming(self, start: int) -> dict[str, str]:
        """Return the headers that ask for the rest, of the same file only."""
        if not start or not self._may_resume:
            return {}
        try:
            notes = json.loads(self.notes.read_text("utf-8"))
            validator = notes["validator"] if notes["address"] == self.requested.address else ""
        except (OSError, ValueError, KeyError, TypeError):
            validator = ""
        if validator:
            return {"Range": f"bytes={start}-", "If-Range": str(validator)}
        # Without a sign that it is the same file, only a known hash can tell in the end.
        return {"Range": f"bytes={start}-"} if self.requested.sha256 else {}

    def _begin(self, response: "httpx.Response", start: int) -> int:
        """Return the place in the file where this answer begins; check that it all fits."""
        if response.headers.get("content-type", "").startswith("text/html"):
            raise DownloadError(
                f"A web page came instead of the file from {self.requested.host}.",
                remedy="Does this network want you to sign in first? Open a page in your browser, "
                "then try again.",
            )
        if response.status_code == 206:
            begins = response.headers.get("content-range", "").partition("-")[0]
            if begins != f"bytes {start}":
                self.discard()
                raise TryAgain(
                    f"{self.requested.host} gave another part of the file than asked for."
                )
        else:
            start = 0
        announced = response.headers.get("content-length", "")
        rest_bytes = int(announced) if announced.isdecimal() else None
        total = None if rest_bytes is None else start + rest_bytes
        if total is not None and self.requested.size_bytes not in {None, total}:
            self.discard()
            raise another_file(self.requested, total, None)
        self._check_room(rest_bytes or 0)
        headers = response.headers
        etag = headers.get("etag", "")
        validator = headers.get("last-modified", "") if etag.startswith("W/") or not etag else etag
        if not start:  # or the notes would vouch for what is left of another version
            with storage_errors(self.part):
                self.part.open("wb").close()
        notes = {"address": self.requested.address, "validator": validator}
        atomic_write_text(self.notes, json.dumps(notes))
        return start

    def _check_room(self, rest_bytes: int) -> None:
        with storage_errors(self.part):
            free_bytes = shutil.disk_usage(self.part.parent).free
        if rest_bytes + _SPARE_BYTES > free_bytes:
            raise StorageError(
                f"The disk is too full: {format_size(rest_bytes)} are still to come and "
                f"{format_size(free_bytes)} are free.",
                path=self.part.parent,
                remedy="Free some space, then try again.",
            )

    async def _receive(self, response: "httpx.Response", start: int) -> None:
        announced = response.headers.get("content-length", "")
        total = start + int(announced) if announced.isdecimal() else self.requested.size_bytes
        arrived = start
        pace = _Pace(self._patience)
        with storage_errors(self.part), self.part.open("ab" if start else "wb") as file:
            async for chunk in response.aiter_raw():
                arrived += len(chunk)
                if arrived > (total or self._patience.most_bytes):
                    break
                file.write(chunk)
                self._tell(arrived, total)
                if pace.is_too_slow(len(chunk)):
                    raise TryAgain(f"{self.requested.host} sends next to nothing.")
                while self._token.is_paused:
                    await asyncio.sleep(_PAUSE_CHECK_S)
                    pace.begin()
        if arrived > (total or self._patience.most_bytes):
            self.discard()
            raise another_file(self.requested, arrived, None)
        self._reported_s = 0.0
        self._tell(arrived, total)

    def _tell(self, arrived: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._reported_s >= _REPORT_EVERY_S:
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


class _Pace:
    """Tells a server that keeps a connection busy with a byte now and then from a slow one."""

    def __init__(self, patience: Timeouts) -> None:
        self._patience = patience
        self.begin()

    def begin(self) -> None:
        """Count from here on."""
        self._since_s = time.monotonic()
        self._bytes = 0

    def is_too_slow(self, more_bytes: int) -> bool:
        """Take note of what arrived; tell whether too little did for too long."""
        self._bytes += more_bytes
        lasted_s = time.monotonic() - self._since_s
        if lasted_s < self._patience.slow_after_s:
            return False
        too_slow = self._bytes < lasted_s * self._patience.slow_bytes_per_s
        self.begin()
        return too_slow
