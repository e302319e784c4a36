"""Any backbone: six families adapt, merge, export, load in plain spandrel, and upscale a photo."""

import numpy as np
import pytest
import spandrel
import torch
from PIL import Image
from safetensors.torch import load_file

from engine.backbones.detection import library_quirks
from engine.backbones.edsr_architecture import register_edsr
from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings
from engine.config.exporting import ExportSettings
from engine.config.training import TrainingSettings
from engine.config.upscaling import UpscaleSettings
from engine.events import ignore_events
from engine.jobs.adapt import adapt
from engine.jobs.export import export
from engine.jobs.upscale import upscale
from engine.profiles.profile import load_profile
from tests.cli_samples import write_pairs
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone

ADAPTER = AdapterSettings(budget="30%", score_batches=1)
TRAINING = TrainingSettings(
    steps=2, batch=2, patch=16, learning_rate=1e-2, warmup_steps=0, precision="fp32"
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("pairs"))


@pytest.mark.parametrize("architecture", TINY_OPTIONS)
def test_a_network_of_this_kind_goes_all_the_way(architecture, pairs, tmp_path):
    start = tiny_backbone(architecture)
    save_backbone(start, tmp_path / "start.safetensors")
    settings = AdaptSettings(
        backbone=str(tmp_path / "start.safetensors"),
        pairs=pairs,
        scale=2,
        out=tmp_path / "phone",
        val=1,
        adapter=ADAPTER,
        training=TRAINING,
        device="cpu",
        cache_dir=tmp_path / "cache",
    )
    adapted = adapt(settings, ignore_events, CancelToken())
    assert adapted.merge_max_abs_difference <= 1e-5

    profile = load_profile(tmp_path / "phone")
    file = tmp_path / "merged.safetensors"
    export(ExportSettings(profile=profile.folder, out=file), ignore_events, CancelToken())
    weights = load_file(file)
    assert {key: value.shape for key, value in weights.items()} == {
        key: value.shape for key, value in start.module.state_dict().items()
    }
    changed = [
        key
        for key, value in weights.items()
        if not torch.equal(value, start.module.state_dict()[key])
    ]
    assert changed

    register_edsr()
    merged = load_backbone(file)
    with library_quirks(), torch.no_grad():
        plain = spandrel.ModelLoader(device="cpu").load_from_file(file)
        lr = torch.rand(1, 3, 24, 24)
        assert torch.allclose(plain(lr), merged(lr).clamp(0, 1), atol=1e-6)

    photo = tmp_path / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (20, 27, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(photo)
    report = upscale(
        UpscaleSettings(
            sources=(photo,), out=tmp_path / "large", profile=profile.folder, device="cpu"
        ),
        ignore_events,
        CancelToken(),
    )
    assert not report.failed
    (result,) = (tmp_path / "large").glob("*.png")
    with Image.open(result) as large:
        assert large.size == (54, 40)
        assert np.asarray(large).std() > 1
