"""Whatever a server does, a download ends soon, with the right file or with none."""

import contextlib
import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.backbones.download import fetch
from engine.backbones.downloading.request import DownloadRequest, Timeouts
from engine.cancellation import Cancelled, CancelToken
from engine.errors import BusyError, DownloadError, StorageError
from tests.loopback import (
    dripping,
    dripping_headers,
    endless,
    page,
    serving,
    silence,
    status,
    whole,
)

BODY = bytes(index * index % 251 for index in range(300_000))
SHA256 = hashlib.sha256(BODY).hexdigest()
HASTY = Timeouts(connect_s=2.0, stall_s=0.3, tries=3, most_tries=8, first_pause_s=0.01)


@pytest.fixture(autouse=True)
def _no_proxy_on_the_way(monkeypatch):
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def part(tmp_path):
    return tmp_path / "cache" / "file.pth.part"


def get(server, part, *, reports=None, token=None, sha256=SHA256, size_bytes=None, patience=HASTY):
    reports = [] if reports is None else reports
    return fetch(
        DownloadRequest(server.address(), size_bytes, sha256),
        part,
        report=lambda arrived, total: reports.append((arrived, total)),
        token=token or CancelToken(),
        patience=patience,
    )


def left_behind(part):
    return sorted(path.name for path in part.parent.iterdir()) if part.parent.exists() else []


def test_a_file_arrives_whole_and_nothing_else_is_left(part):
    reports = []
    with serving(whole(BODY)) as server:
        fetched = get(server, part, reports=reports, size_bytes=len(BODY))
    assert fetched.path == part
    assert (fetched.size_bytes, fetched.sha256) == (len(BODY), SHA256)
    assert part.read_bytes() == BODY
    assert left_behind(part) == ["file.pth.part"]
    assert reports == sorted(reports)
    assert reports[-1] == (len(BODY), len(BODY))
    assert server.requests[0].headers["user-agent"].startswith("AdaptSR/")


def test_a_broken_connection_is_gone_on_with_from_where_it_broke(part):
    with serving(whole(BODY, stop_after=100_000), whole(BODY)) as server:
        get(server, part)
    assert part.read_bytes() == BODY
    assert server.requests[1].headers["range"] == "bytes=100000-"
    assert server.requests[1].headers["if-range"] == '"one"'


def test_a_server_that_stalls_is_left_and_asked_again(part):
    with serving(whole(BODY, stop_after=70_000, then_stall=True), whole(BODY)) as server:
        get(server, part)
    assert part.read_bytes() == BODY
    assert server.requests[1].headers["range"] == "bytes=70000-"


def test_a_server_that_gives_no_ranges_is_begun_anew(part):
    answers = [whole(BODY, stop_after=100_000), whole(BODY, ranges=False)]
    with serving(*answers) as server:
        get(server, part)
    assert part.read_bytes() == BODY
    assert "range" in server.requests[1].headers


def test_a_server_that_refuses_ranges_is_asked_for_the_whole(part):
    with serving(whole(BODY, stop_after=100_000), status(403), whole(BODY)) as server:
        get(server, part)
    assert part.read_bytes() == BODY
    assert "range" not in server.requests[2].headers


def test_a_file_that_changed_meanwhile_is_not_pieced_together(part):
    newer = BODY[::-1]
    answers = [whole(BODY, stop_after=100_000), whole(newer, etag='"two"')]
    with serving(*answers) as server:
        get(server, part, sha256=None)
    assert part.read_bytes() == newer


def test_without_a_version_or_a_hash_nothing_is_pieced_together(part):
    answers = [whole(BODY, stop_after=100_000, etag=None), whole(BODY, etag=None)]
    with serving(*answers) as server:
        get(server, part, sha256=None)
    assert part.read_bytes() == BODY
    assert "range" not in server.requests[1].headers


def test_a_range_that_begins_elsewhere_is_not_taken(part):
    def elsewhere(handler):
        handler.begin(206, Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}", Content_Length=9)
        handler.wfile.write(b"123456789")

    with serving(whole(BODY, stop_after=100_000), elsewhere, whole(BODY)) as server:
        get(server, part)
    assert part.read_bytes() == BODY


@pytest.mark.parametrize("extra", [0, 17])
def test_more_than_the_file_on_disk_is_begun_anew(extra, part):
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY + b"x" * extra)
    with serving(whole(BODY)) as server:
        get(server, part)
        assert part.read_bytes() == BODY
    assert server.requests[0].headers["range"] == f"bytes={len(BODY) + extra}-"


def test_a_whole_file_on_disk_is_not_fetched_again(part):
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY)
    with serving(whole(BODY)) as server:
        get(server, part, size_bytes=len(BODY))
    assert server.requests == []


def test_a_wrong_hash_leaves_nothing(part):
    with (
        serving(whole(BODY[:-1] + b"?")) as server,
        pytest.raises(DownloadError, match="not the file it should be") as caught,
    ):
        get(server, part, size_bytes=len(BODY))
    assert left_behind(part) == []
    assert caught.value.remedy
    assert len(server.requests) == 1


def test_a_damaged_beginning_is_thrown_away_and_the_next_try_succeeds(part):
    part.parent.mkdir(parents=True)
    part.write_bytes(b"?" * 1000)
    with serving(whole(BODY)) as server:
        with pytest.raises(DownloadError, match="another content"):
            get(server, part)
        get(server, part)
    assert part.read_bytes() == BODY


def test_a_wrong_size_is_refused_before_the_file_is_taken(part):
    reports = []
    with (
        serving(whole(BODY + b"more")) as server,
        pytest.raises(DownloadError, match="300,004 bytes instead of 300,000"),
    ):
        get(server, part, reports=reports, size_bytes=len(BODY))
    assert reports == []
    assert left_behind(part) == []


def test_a_server_that_announces_less_than_it_should_is_found_out(part):
    with (
        serving(whole(BODY, announced=1000)) as server,
        pytest.raises(DownloadError, match="not the file it should be"),
    ):
        get(server, part)
    assert left_behind(part) == []


def test_a_server_that_announces_more_than_it_has_is_given_up(part):
    with (
        serving(whole(BODY, announced=len(BODY) + 1000, ranges=False)) as server,
        pytest.raises(DownloadError, match="broke off") as caught,
    ):
        get(server, part)
    assert "what has arrived is kept" in caught.value.remedy
    assert len(server.requests) <= HASTY.most_tries


def test_an_endless_file_is_cut_off(part):
    patience = Timeouts(stall_s=0.3, tries=2, first_pause_s=0.01, most_bytes=50_000)
    with serving(endless) as server, pytest.raises(DownloadError, match="not the file it should"):
        get(server, part, sha256=None, patience=patience)
    assert left_behind(part) == []


def test_an_overloaded_server_is_asked_again(part):
    with serving(status(500), status(503, Retry_After=0), whole(BODY)) as server:
        get(server, part)
    assert part.read_bytes() == BODY
    assert len(server.requests) == 3


def test_a_server_that_stays_overloaded_is_given_up(part):
    with serving(status(500)) as server, pytest.raises(DownloadError, match="500") as caught:
        get(server, part)
    assert len(server.requests) == HASTY.tries
    assert "try again later" in caught.value.remedy


def test_an_asked_for_pause_is_bounded(part):
    patience = Timeouts(stall_s=0.3, tries=2, first_pause_s=0.01, longest_pause_s=0.05)
    began = time.monotonic()
    with serving(status(429, Retry_After=3600), whole(BODY)) as server:
        get(server, part, patience=patience)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("code", [404, 410])
def test_a_file_that_is_gone_is_not_asked_for_again(code, part):
    with (
        serving(status(code)) as server,
        pytest.raises(DownloadError, match="does not have this file any more"),
    ):
        get(server, part)
    assert len(server.requests) == 1


def test_a_redirect_is_followed(part):
    with serving(status(302, Location="/elsewhere/file.pth"), whole(BODY)) as server:
        get(server, part)
    assert server.requests[1].path == "/elsewhere/file.pth"
    assert part.read_bytes() == BODY


def test_redirects_in_a_circle_end(part):
    with (
        serving(status(302, Location="/file.pth")) as server,
        pytest.raises(DownloadError, match="in circles"),
    ):
        get(server, part)
    assert len(server.requests) < 20


def test_silence_is_given_up(part):
    began = time.monotonic()
    with serving(silence) as server, pytest.raises(DownloadError, match="stopped answering"):
        get(server, part)
    assert time.monotonic() - began < 5


def test_a_sign_in_page_is_named_as_what_it_is(part):
    with serving(page) as server, pytest.raises(DownloadError, match="A web page") as caught:
        get(server, part, sha256=None)
    assert "sign in" in caught.value.remedy
    assert left_behind(part) == []


def test_without_a_connection_it_says_so_soon(part):
    with serving(whole(BODY)) as server:
        pass
    began = time.monotonic()
    with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1"):
        get(server, part)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("answer", [silence, whole(BODY, stop_after=90_000, then_stall=True)])
def test_stopping_takes_effect_while_nothing_arrives(answer, part):
    token = CancelToken()
    patience = Timeouts(stall_s=60)
    with serving(answer, whole(BODY)) as server:
        timer = threading.Timer(0.5, token.cancel)
        timer.start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            get(server, part, token=token, patience=patience)
        assert time.monotonic() - began < 1.5
        arrived = part.stat().st_size if part.exists() else 0
        get(server, part, patience=patience)
    assert part.read_bytes() == BODY
    asked = server.requests[1].headers.get("range")
    assert asked == (f"bytes={arrived}-" if arrived else None)


def test_stopping_takes_effect_while_a_name_is_looked_up(part, monkeypatch):
    answered = threading.Event()
    look_up = socket.getaddrinfo

    def slow_look_up(*arguments, **options):
        answered.wait(5)
        return look_up(*arguments, **options)

    monkeypatch.setattr("socket.getaddrinfo", slow_look_up)
    token = CancelToken()
    timer = threading.Timer(0.3, token.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fetch(
            DownloadRequest("http://localhost:9/file.pth"),
            part,
            report=lambda _arrived, _total: None,
            token=token,
        )
    assert time.monotonic() - began < 2
    answered.set()


def test_stopping_takes_effect_between_two_tries(part):
    token = CancelToken()
    timer = threading.Timer(0.3, token.cancel)
    with serving(status(503)) as server:
        timer.start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            get(server, part, token=token, patience=Timeouts(first_pause_s=60))
    assert time.monotonic() - began < 1.5


def test_a_paused_download_waits_and_goes_on(part):
    token = CancelToken()
    token.pause()
    timer = threading.Timer(0.4, token.resume)
    with serving(whole(BODY)) as server:
        timer.start()
        began = time.monotonic()
        get(server, part, token=token)
    assert time.monotonic() - began > 0.35
    assert part.read_bytes() == BODY


def test_two_downloads_do_not_write_to_the_same_part(part):
    token = CancelToken()
    with serving(whole(BODY, stop_after=50_000, then_stall=True), whole(BODY)) as server:

        def first_one():
            with pytest.raises(Cancelled):
                get(server, part, token=token, patience=Timeouts(stall_s=60))

        first = threading.Thread(target=first_one)
        first.start()
        while not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        with pytest.raises(BusyError, match="downloading this file"):
            get(server, part)
        token.cancel()
        first.join()
        get(server, part)
    assert part.read_bytes() == BODY


def test_a_file_larger_than_the_disk_is_not_begun(part):
    with (
        serving(whole(BODY, announced=10**17)) as server,
        pytest.raises(StorageError, match=r"too full: 100,000,000\.0 GB are still to come"),
    ):
        get(server, part)
    assert not part.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up_is_named(part):
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with serving(whole(BODY)) as server, pytest.raises(StorageError, match="disk is full"):
        get(server, part)


def test_the_proxy_of_the_environment_is_used(part, monkeypatch):
    with serving(whole(BODY)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address("").rstrip("/"))
        fetch(
            DownloadRequest("http://models.invalid/file.pth", None, SHA256),
            part,
            report=lambda _arrived, _total: None,
            token=CancelToken(),
            patience=HASTY,
        )
    assert proxy.requests[0].path == "http://models.invalid/file.pth"
    assert part.read_bytes() == BODY


def test_a_senseless_proxy_setting_is_named(part, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://nowhere")
    with serving(whole(BODY)) as server, pytest.raises(DownloadError, match="gopher") as caught:
        get(server, part)
    assert "ALL_PROXY" in caught.value.remedy


@pytest.fixture
def certificate(tmp_path):
    """A certificate for this computer that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program")
    key, pem = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=me"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run([openssl, *words.split(), *more], check=True, capture_output=True)
    return key, pem


def secured(server, certificate):
    key, pem = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return DownloadRequest(server.address().replace("http:", "https:"), None, SHA256)


def test_certificates_are_verified(part, certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serving(whole(BODY)) as server:
        requested = secured(server, certificate)
        reporting = {"report": lambda _arrived, _total: None, "token": CancelToken()}
        with pytest.raises(DownloadError, match="cannot be trusted"):
            fetch(requested, part, **reporting, patience=HASTY)
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(certificate[1]))
        fetch(requested, part, **reporting, patience=HASTY)
    assert part.read_bytes() == BODY


def test_a_secure_address_does_not_lead_to_an_insecure_one(part, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(certificate[1]))
    with serving(whole(BODY)) as plain, serving(status(302, Location=plain.address())) as server:
        requested = secured(server, certificate)
        with pytest.raises(DownloadError, match="not secure"):
            fetch(
                requested,
                part,
                report=lambda _arrived, _total: None,
                token=CancelToken(),
                patience=HASTY,
            )
    assert left_behind(part) == []


ANSWERS = st.one_of(
    st.builds(
        whole,
        st.just(BODY),
        etag=st.sampled_from(['"one"', None]),
        ranges=st.booleans(),
        stop_after=st.none() | st.integers(0, len(BODY)),
        announced=st.none() | st.integers(0, len(BODY) + 9),
    ),
    st.builds(whole, st.just(BODY[::-1]), etag=st.just('"two"'), stop_after=st.integers(0, 9_000)),
    st.sampled_from([status(500), status(403), status(404), page]),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(ANSWERS, min_size=1, max_size=5))
def test_any_server_gives_the_right_file_or_none(answers, tmp_path_factory):
    part = tmp_path_factory.mktemp("any") / "file.pth.part"
    patience = Timeouts(stall_s=0.2, tries=3, most_tries=6, first_pause_s=0.0)
    with serving(*answers, whole(BODY)) as server:
        for _ in range(len(answers) + 2):
            with contextlib.suppress(DownloadError):
                assert get(server, part, patience=patience).path.read_bytes() == BODY
                return
    pytest.fail("never came to an end")


@pytest.mark.parametrize(
    ("answer", "words"),
    [(dripping, "next to nothing"), (dripping_headers, "too long to answer")],
)
def test_a_server_that_drips_is_given_up(part, answer, words):
    patience = Timeouts(stall_s=30, tries=2, first_pause_s=0.01, slow_after_s=0.4)
    began = time.monotonic()
    with serving(answer) as server, pytest.raises(DownloadError, match=words):
        get(server, part, patience=patience)
    assert time.monotonic() - began < 10
