"""A batch with several networks: each loaded once, one in memory at a time, all photos done."""

import weakref

import numpy as np
import pytest
from PIL import Image

from engine.cancellation import Cancelled, CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.errors import BackboneError, PhotoError
from engine.events import Notice, PhotoFailed, PhotoFinished, ignore_events
from engine.upscaling.batch.networks import NetworkFacts
from engine.upscaling.batch.running import upscale_batch
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler
from tests.tiny_backbones import tiny_backbone


class ByWidth:
    """Chooses networks by the width of a photo, and counts what it loads."""

    def __init__(self, broken=()):
        self.broken = broken
        self.loaded = []
        self.alive = []

    def facts_for(self, _choice, info):
        if info.width_px == 13:
            raise PhotoError("There is nothing for this photo.")
        scale = 2 if info.width_px < 15 else 3
        name = f"net{scale}"
        return NetworkFacts(name, scale, name, reason=f"{name} for its width")

    def load(self, network):
        assert all(module() is None for module in self.alive)
        self.loaded.append(network.name)
        if network.name in self.broken:
            raise BackboneError("This network is damaged.")
        backbone = tiny_backbone("Compact", scale=network.scale)
        self.alive.append(weakref.ref(backbone.module))
        return PhotoUpscaler(backbone, precision="fp32")


@pytest.fixture
def photos(tmp_path):
    paths = []
    for index, width in enumerate((20, 12, 20, 13, 12, 20)):
        path = tmp_path / f"{index}.png"
        Image.fromarray(np.full((9, width, 3), 90, np.uint8)).save(path)
        paths.append(path)
    return paths


def run(photos, out, networks, emit=ignore_events, token=None):
    settings = UpscaleSettings(sources=tuple(photos), out=out)
    return upscale_batch(settings, networks, emit, token or CancelToken())


def test_each_network_is_loaded_once_and_gone_before_the_next(photos, tmp_path):
    networks, events = ByWidth(), []
    report = run(photos, tmp_path / "out", networks, events.append)
    assert networks.loaded == ["net3", "net2"]
    assert [source.stem for source, _ in report.done] == ["0", "1", "2", "4", "5"]
    assert [source.stem for source, _ in report.failed] == ["3"]
    finished = [event.path.stem for event in events if isinstance(event, PhotoFinished)]
    assert finished == ["0", "2", "5", "1", "4"]
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "3 photos: net3 for its width.",
        "2 photos: net2 for its width.",
    ]
    for (_, output), result in zip(report.done, report.results, strict=True):
        assert result.path == output
        with Image.open(output) as image:
            assert image.width in {24, 60}


def test_what_is_finished_loads_nothing(photos, tmp_path):
    run(photos, tmp_path / "out", ByWidth())
    networks, events = ByWidth(), []
    report = run(photos, tmp_path / "out", networks, events.append)
    assert networks.loaded == []
    assert len(report.skipped) == 5
    assert not [event for event in events if isinstance(event, Notice)]


def test_a_network_that_cannot_be_loaded_fails_its_own_photos_and_is_tried_once(photos, tmp_path):
    networks, events = ByWidth(broken={"net3"}), []
    report = run(photos, tmp_path / "out", networks, events.append)
    assert networks.loaded == ["net3", "net2"]
    assert [source.stem for source, _ in report.done] == ["1", "4"]
    failed = [event.path.stem for event in events if isinstance(event, PhotoFailed)]
    assert failed == ["3", "0", "2", "5"]
    assert "damaged" in report.failed[-1][1]


def test_stopping_between_two_networks_leaves_whole_results(photos, tmp_path):
    token = CancelToken()
    seen = []

    def emit(event):
        if isinstance(event, PhotoFinished):
            seen.append(event.output.name)
            if len(seen) == 3:
                token.cancel()

    networks = ByWidth()
    with pytest.raises(Cancelled):
        run(photos, tmp_path / "out", networks, emit, token)
    assert networks.loaded == ["net3"]
    assert sorted(p.name for p in (tmp_path / "out").glob("[!.]*")) == sorted(seen)
