"""A batch goes on past photos that end the process that decodes them."""

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.events import ignore_events
from engine.imaging.decoding_process import pool
from engine.imaging.decoding_process.limits import Limits
from engine.imaging.decoding_process.pool import DecoderPool
from engine.upscaling.batch.networks import NetworkFacts
from engine.upscaling.batch.running import upscale_batch
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler
from tests.photo_samples import scene
from tests.tiny_backbones import tiny_backbone


class OneNetwork:
    """The same tiny network for every photo."""

    def facts_for(self, _choice, _info):
        return NetworkFacts("net", 2, "net", reason="there is one")

    def load(self, _network):
        return PhotoUpscaler(tiny_backbone("Compact", scale=2), precision="fp32")


def run(folder, out):
    settings = UpscaleSettings(sources=(folder,), out=out)
    report = upscale_batch(settings, OneNetwork(), ignore_events, CancelToken())
    done = [source.name for source, _ in report.done]
    return done, {source.name: reason for source, reason in report.failed}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.png", "c.png"):
        Image.fromarray(scene(20, 24)).save(tmp_path / "in" / name)
    return tmp_path / "in"


def test_an_animated_avif_of_10_bits_is_upscaled_with_the_rest(folder, tmp_path):
    frames = np.stack([scene(20, 24, 3, np.uint16, seed) >> 6 for seed in range(4)])
    data = imagecodecs.avif_encode(frames, bitspersample=10, level=60, speed=10)
    (folder / "b.avif").write_bytes(data)
    done, failed = run(folder, tmp_path / "out")
    assert sorted(done) == ["a.png", "b.avif", "c.png"]
    assert not failed


def test_a_decoder_ended_over_one_photo_does_not_stop_the_others(folder, tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 40, (3600, 3600, 3), np.uint8)
    options = {"compression": "lzma", "compressionargs": {"level": 0}, "rowsperstrip": 3600}
    tifffile.imwrite(folder / "b.tif", noise, photometric="rgb", **options)
    strict = DecoderPool(Limits(pixels_cpu_s=0.1, cpu_s_per_megapixel=0.0))
    monkeypatch.setattr(pool, "_pools", [strict])
    done, failed = run(folder, tmp_path / "out")
    strict.close()
    assert sorted(done) == ["a.png", "c.png"]
    assert "was stopped" in failed["b.tif"]
