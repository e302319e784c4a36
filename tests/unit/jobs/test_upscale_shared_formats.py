"""Photos that break upscalers end as a whole result or as one clear error that names them."""

import csv

import numpy as np
import pytest
import torch
from torch import nn

from engine.backbones.building import build_backbone
from engine.backbones.loading import save_backbone
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.events import ignore_events
from engine.imaging.reading import probe, read_photo
from engine.jobs.upscale import upscale
from tests.shared_data import shared_data

DAMAGED = {"broken_png.png", "broken_exif.png", "bad_heif.heif"}


@pytest.fixture(scope="module")
def doubling(tmp_path_factory):
    """A network that repeats every pixel twice, so that results can be told exactly."""
    backbone = build_backbone("Compact", scale=2, num_feat=8, num_conv=1)
    for layer in backbone.module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
    path = tmp_path_factory.mktemp("backbone") / "doubling.safetensors"
    save_backbone(backbone, path)
    return str(path)


def test_the_doubling_network_doubles(doubling):
    from engine.backbones.loading import load_backbone  # noqa: PLC0415

    lr = torch.rand(1, 3, 5, 7)
    sr = load_backbone(doubling)(lr)
    torch.testing.assert_close(sr, lr.repeat_interleave(2, 2).repeat_interleave(2, 3))


@pytest.mark.slow
def test_every_shared_photo_ends_as_a_correct_result_or_one_clear_error(tmp_path, doubling):
    folder = shared_data("formats")
    with (folder / "INDEX.tsv").open(newline="") as file:
        names = {row["file"] for row in csv.DictReader(file, delimiter="\t")}
    settings = UpscaleSettings(
        sources=tuple(sorted(folder / name for name in names)),
        out=tmp_path / "out",
        backbone=doubling,
        name_template="{stem}",
        device="cpu",
        precision="fp32",
    )
    report = upscale(settings, ignore_events, CancelToken())

    assert {path.name for path, _ in report.failed} == DAMAGED
    for path, reason in report.failed:
        assert reason.startswith(f"{path}: The photo is damaged or incomplete")
        assert "\n" not in reason
    assert {path.name for path, _ in report.done} == names - DAMAGED
    for path, output in report.done:
        photo, result = read_photo(path), read_photo(output)
        assert (result.width_px, result.height_px) == (2 * photo.width_px, 2 * photo.height_px)
        assert result.is_grey == photo.is_grey, path.name
        assert result.bit_depth == photo.bit_depth, path.name
        assert (result.alpha is None) == (photo.alpha is None), path.name
        assert result.metadata.icc == photo.metadata.icc, path.name
        before, after = probe(path).camera, probe(output).camera
        assert (after.make, after.model, after.lens) == (before.make, before.model, before.lens)
        white = np.iinfo(photo.pixels.dtype).max
        seen = result.pixels[::2, ::2].astype(float) - photo.pixels
        if photo.alpha is not None:  # what cannot be seen has no colour to keep
            seen = seen[photo.alpha == white]
        # JPEG and WebP lose a little, and more of the noise that this small photo is made of.
        most = 0.01 if path.name == "truncated.jpg" else 0.006
        assert np.abs(seen).mean() <= most * white, path.name
        if output.suffix in {".png", ".tif"} and photo.alpha is None:
            np.testing.assert_array_equal(result.pixels[::2, ::2], photo.pixels, path.name)
    leftovers = {path.name for path in (tmp_path / "out").iterdir()}
    assert leftovers - {".adaptsr-finished.jsonl"} == {path.name for _, path in report.done}
