"""Fetches one file over HTTP: resumed, retried, bounded, checked, and stopped at any moment."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path

from engine.backbones.downloading.request import DownloadRequest, Report, Timeouts, another_file
from engine.backbones.downloading.transfer import Transfer
from engine.cancellation import Cancelled, CancelToken
from engine.errors import storage_errors
from engine.files import sha256_of
from engine.locks import held

_WATCH_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has arrived whole."""

    path: Path
    size_bytes: int
    sha256: str


def fetch(
    requested: DownloadRequest,
    part: Path,
    *,
    report: Report,
    token: CancelToken,
    patience: Timeouts | None = None,
) -> Fetched:
    """Download a file, going on where an earlier call stopped.

    Proxy settings of the system or environment are respected and certificates are verified. A
    server that cannot resume, or whose file changed meanwhile, makes it start anew. Call it from a
    thread without a running asyncio loop.

    Args:
        requested: The file.
        part: What has arrived. It stays there when the download is stopped or fails on the way, to
            be gone on with, and is deleted when it turns out to be the wrong file.
        report: Is told about the progress, at most some twenty times a second.
        token: Stops it within a tenth of a second, also while nothing arrives; or pauses it.
        patience: How long to wait; the default is for people.

    Returns:
        The file, still at `part`, of the wanted size and hash.

    Raises:
        BusyError: If it is being downloaded already.
        DownloadError: If there is no connection, no such file, or another file than wanted.
        StorageError: If the disk is full, gone or not writable.
        Cancelled: If the token says so.
    """
    with storage_errors(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    transfer = Transfer(requested, part, report, token, patience or Timeouts())
    with held(part, "downloading this file"):
        return _fetched(transfer, token)


def _fetched(transfer: Transfer, token: CancelToken) -> Fetched:
    requested, part = transfer.requested, transfer.part
    _run(_watched(transfer, token))
    with storage_errors(part):
        size_bytes = part.stat().st_size
    sha256 = sha256_of(part)
    if requested.size_bytes not in {None, size_bytes} or requested.sha256 not in {None, sha256}:
        transfer.discard()
        raise another_file(requested, size_bytes, sha256)
    with storage_errors(part):
        transfer.notes.unlink(missing_ok=True)
    return Fetched(part, size_bytes, sha256)


def _run(work: Coroutine[None, None, None]) -> None:
    """Do as asyncio.run does, but don't wait for a host's name that is still being looked up."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(work)
    finally:
        for task in asyncio.all_tasks(loop):  # there are some after Ctrl-C only
            task.cancel()
            loop.run_until_complete(asyncio.wait({task}))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _watched(transfer: Transfer, token: CancelToken) -> None:
    task = asyncio.ensure_future(transfer.run())
    while not task.done():
        await asyncio.wait({task}, timeout=_WATCH_EVERY_S)
        if token.is_cancelled and not task.done():
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # it ended by itself just now; what the user wants comes first
            raise Cancelled
    task.result()
