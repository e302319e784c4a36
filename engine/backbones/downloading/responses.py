"""What a server's answer, or the lack of one, means: go on, try again, or tell the user."""

import contextlib
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine import __version__
from engine.backbones.downloading.request import DownloadRequest, Timeouts
from engine.errors import DownloadError

if TYPE_CHECKING:
    import httpx

_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class TryAgain(Exception):  # noqa: N818 - it never leaves this package
    """This try failed, the next may not.

    Args:
        what: What to tell the user if it was the last one.
        after_s: How long the server asks to wait.
    """

    def __init__(self, what: str, after_s: float = 0.0) -> None:
        super().__init__(what)
        self.what = what
        self.after_s = after_s


def client_for(patience: Timeouts) -> "httpx.AsyncClient":
    """Return a client that respects proxy settings and verifies certificates.

    Raises:
        DownloadError: If those settings make no sense.
    """
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
def explained(requested: DownloadRequest) -> Iterator[None]:
    """Turn what httpx raises into a failure worth another try, or into words."""
    import httpx  # noqa: PLC0415 - takes half a second

    host = requested.host
    try:
        yield
    except httpx.ConnectError as error:
        if _is_about_certificates(error):
            raise DownloadError(
                f"The connection to {host} cannot be trusted: its certificate is not known here.",
                remedy="Some company networks read along: ask for their certificate and name its "
                "file in SSL_CERT_FILE.",
            ) from error
        raise TryAgain(f"There is no connection to {host}.") from error
    except httpx.ProxyError as error:
        raise TryAgain(f"The network's proxy does not let this through to {host}.") from error
    except httpx.TimeoutException as error:
        raise TryAgain(f"{host} stopped answering.") from error
    except httpx.TooManyRedirects as error:
        what = f"{host} sends the download round in circles."
        raise DownloadError(what, remedy="Try again later.") from error
    except httpx.RequestError as error:
        raise TryAgain(f"The connection to {host} broke off.") from error


def check_safe(requested: DownloadRequest, response: "httpx.Response") -> None:
    """Refuse an answer that came by way of an address without encryption.

    Raises:
        DownloadError: If it did although the wanted address is encrypted.
    """
    secure = urlsplit(requested.address).scheme == "https"
    urls = [step.url for step in (*response.history, response)]
    if secure and any(url.scheme != "https" for url in urls):
        raise DownloadError(
            f"{requested.host} sends the download on to an address that is not secure.",
            remedy="Nothing was taken from there. Try another network, or later.",
        )


def check_status(requested: DownloadRequest, response: "httpx.Response") -> None:
    """Refuse an answer without the file.

    Raises:
        TryAgain: If the next one may have it.
        DownloadError: If there is no hope.
    """
    status = response.status_code
    if status in {200, 206}:
        return
    what = f"{requested.host} answered “{status} {response.reason_phrase}”."
    if status in _RETRIED_STATUS:
        raise TryAgain(what, _asked_pause_s(response))
    if status in {404, 410}:
        raise DownloadError(
            f"{requested.host} does not have this file any more.",
            remedy="Look on its project's page, then use “adaptsr models add FILE”.",
        )
    raise DownloadError(what, remedy="Look on its project's page, or try again later.")


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
