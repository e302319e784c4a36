"""What a download is after, how long it waits for it, and the words when something else came."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.errors import DownloadError

Report = Callable[[int, int | None], None]
"""Is told how many bytes have arrived, and of how many, if the server said so."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a download waits, and how often it tries again.

    Attributes:
        connect_s: For a connection.
        stall_s: For the next bytes.
        tries: Failures in a row, without anything arriving, after which it gives up.
        most_tries: Failures after which it gives up in any case.
        first_pause_s: Before the second try; doubled every time.
        longest_pause_s: Between two tries.
        slow_bytes_per_s: What must arrive on average, over each `slow_after_s`.
        slow_after_s: How long it may be slower; also how long an answer may take to begin.
        most_bytes: The largest file accepted from a server that does not say how large it is.
    """

    connect_s: float = 15.0
    stall_s: float = 20.0
    tries: int = 4
    most_tries: int = 40
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    slow_bytes_per_s: float = 1_000.0
    slow_after_s: float = 60.0
    most_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class DownloadRequest:
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


def another_file(requested: DownloadRequest, size_bytes: int, sha256: str | None) -> DownloadError:
    """Return the error for a file that is not the wanted one.

    Args:
        requested: What was asked for.
        size_bytes: How large the other file is, or is said to be.
        sha256: Its hash, if it has arrived whole.
    """
    found = f"{size_bytes:,} bytes"
    if requested.size_bytes not in {None, size_bytes}:
        found += f" instead of {requested.size_bytes:,}"
    elif sha256 is not None:
        found += f" with another content (SHA-256 {sha256[:12]}…)"
    return DownloadError(
        f"This is not the file it should be: {requested.host} gave {found}. It was thrown away.",
        remedy="Try again later. If it stays so, the file was changed where it comes from.",
    )
