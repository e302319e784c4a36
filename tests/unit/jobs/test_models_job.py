"""Getting a published network: it is usable at the end, or nothing of it is."""

import hashlib
import os
import threading

import pytest
import torch

from engine.backbones.catalogue import catalogue_entry, find_backbone, installed_backbones
from engine.backbones.downloading.request import Timeouts
from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.errors import BackboneError, DownloadError
from engine.events import Notice, Progress
from engine.jobs.models import add_model, download_model, downloads_folder
from tests.loopback import page, serving, status, whole
from tests.tiny_backbones import tiny_backbone

HASTY = Timeouts(connect_s=2.0, stall_s=0.3, tries=2, first_pause_s=0.01)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """This user's folders, empty, and no proxy on the way."""
    for kind in ("data", "cache"):
        folder = str(tmp_path / kind)
        monkeypatch.setattr(f"platformdirs.user_{kind}_dir", lambda _name, folder=folder: folder)
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A network's file as bytes."""
    folder = tmp_path_factory.mktemp("published")
    torch.save({"params": tiny_backbone("EDSR").module.state_dict()}, folder / "edsr.pth")
    return (folder / "edsr.pth").read_bytes()


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Put a server's file on the list of published networks as “tiny-x2”."""

    def publish(server, *, body=None, parameters=None):
        lines = [
            "[[backbone]]",
            'name = "tiny-x2"',
            'architecture = "EDSR"',
            "scale = 2",
            f"parameters = {parameters or tiny_backbone('EDSR').parameter_count}",
            'trained_for = "bicubic"',
            'licence = "MIT"',
            'project = "https://example.org"',
            f'address = "{server.address()}"',
            'seen = "here"',
        ]
        if body is not None:
            lines += [
                f"size_bytes = {len(body)}",
                f'sha256 = "{hashlib.sha256(body).hexdigest()}"',
            ]
        path = tmp_path / "catalogue.toml"
        path.write_text("\n".join(lines))
        monkeypatch.setattr("engine.backbones.catalogue.downloadable._FILE", path)

    return publish


def download(events=None, token=None):
    emit = (lambda _event: None) if events is None else events.append
    return download_model("tiny-x2", emit, token or CancelToken(), patience=HASTY)


def assert_nothing_is_usable():
    assert find_backbone("tiny-x2") is None
    assert installed_backbones() == {}
    assert catalogue_entry("tiny-x2").state == "downloadable"
    suffixes = {path.suffix for path in downloads_folder().glob("*")}
    assert suffixes <= {".part", ".json"}
    with pytest.raises(BackboneError, match="not on this computer yet"):
        load_backbone("tiny-x2")


@pytest.mark.parametrize("is_hash_published", [True, False])
def test_what_is_downloaded_is_used_by_name(is_hash_published, weights, publish):
    events = []
    with serving(whole(weights)) as server:
        publish(server, body=weights if is_hash_published else None)
        entry = download(events)
        assert (entry.state, entry.licence) == ("downloaded", "MIT")
        lr = torch.rand(1, 3, 16, 16)
        with torch.no_grad():
            assert torch.equal(load_backbone("tiny-x2")(lr), tiny_backbone("EDSR")(lr))
        assert list(downloads_folder().iterdir()) == []
        progress = [event for event in events if isinstance(event, Progress)]
        assert progress[-1].done == progress[-1].total == len(weights)
        assert "29 kB of 29 kB" in progress[-1].text
        # and it is not fetched again
        assert download(events).path == entry.path
        assert len(server.requests) == 1
    assert events[-1] == Notice("tiny-x2 is on this computer already.")


def test_a_wrong_hash_never_leaves_a_usable_file(weights, publish):
    changed = weights[:-100] + bytes(100)
    with serving(whole(changed)) as server:
        publish(server, body=weights)
        with pytest.raises(DownloadError, match="not the file it should be"):
            download()
    assert_nothing_is_usable()
    assert list(downloads_folder().iterdir()) == []


@pytest.mark.parametrize("stop_after", [0, 1000, 20_000])
def test_an_interrupted_download_is_nothing_until_it_is_whole(stop_after, weights, publish):
    with serving(status(503), whole(weights, stop_after=stop_after), whole(weights)) as server:
        publish(server)
        with pytest.raises(DownloadError):
            download()
        assert_nothing_is_usable()
        assert download().state == "downloaded"


def test_a_stopped_download_goes_on_where_it_was(weights, publish):
    token = CancelToken()
    with serving(whole(weights, stop_after=5000, then_stall=True), whole(weights)) as server:
        publish(server)
        timer = threading.Timer(0.25, token.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            download(token=token)
        assert_nothing_is_usable()
        assert download().state == "downloaded"
    assert server.requests[1].headers["range"] == "bytes=5000-"


@pytest.mark.parametrize("cut", [0.5, 0.99])
def test_a_truncated_file_without_a_published_hash_is_refused_too(cut, weights, publish):
    with serving(whole(weights[: int(cut * len(weights))])) as server:
        publish(server)
        with pytest.raises(BackboneError, match="cannot be used"):
            download()
    assert_nothing_is_usable()
    assert list(downloads_folder().iterdir()) == []


def test_a_file_that_wants_to_run_something_does_not(home, publish):
    class Runs:
        def __reduce__(self):
            return os.mkdir, (str(home / "it-ran"),)

    torch.save({"params": Runs()}, home / "attack.pth")
    with serving(whole((home / "attack.pth").read_bytes())) as server:
        publish(server)
        with pytest.raises(BackboneError, match=r"wants to run .*mkdir"):
            download()
    assert not (home / "it-ran").exists()
    assert_nothing_is_usable()


def test_another_network_than_promised_is_refused(weights, publish):
    with serving(whole(weights)) as server:
        publish(server, parameters=1_000_000)
        with pytest.raises(BackboneError, match=r"instead of EDSR x2 with 1,000,000"):
            download()
        assert find_backbone("tiny-x2") is None


def test_a_change_since_the_first_download_is_told(home, weights, publish):
    save_backbone(tiny_backbone("EDSR", seed=5), home / "other.safetensors")
    newer = (home / "other.safetensors").read_bytes()
    events = []
    with serving(whole(weights), whole(weights), whole(newer)) as server:
        publish(server)
        for _ in range(2):
            download(events).path.with_name("tiny-x2.card.json").unlink()
        assert not any(isinstance(event, Notice) for event in events)
        download(events)
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert len(notices) == 1
    assert notices[0].startswith("tiny-x2 is another file than the one that came")


def test_offline_the_networks_at_hand_are_listed(home, publish):
    save_backbone(tiny_backbone("EDSR"), home / "mine.safetensors")
    add_model(home / "mine.safetensors", lambda _event: None, CancelToken())
    with serving(page) as server:
        publish(server)
    with pytest.raises(DownloadError, match="There is no connection") as caught:
        download()
    assert "On this computer you have" in caught.value.remedy
    assert "safmn-x2" in caught.value.remedy
    assert "mine" in caught.value.remedy


def test_what_is_given_to_people_only_is_explained():
    with pytest.raises(DownloadError, match="to people only") as caught:
        download_model("drct-official-x4", lambda _event: None, CancelToken())
    assert "https://drive.google.com/" in caught.value.remedy
    assert "adaptsr models add FILE --name drct-official-x4" in caught.value.remedy


def test_unknown_and_shipped_names_start_no_download():
    events = []
    assert download_model("safmn-x2", events.append, CancelToken()).state == "shipped"
    with pytest.raises(BackboneError, match="no network called"):
        download_model("nonsense", events.append, CancelToken())
    assert [type(event) for event in events] == [Notice]
