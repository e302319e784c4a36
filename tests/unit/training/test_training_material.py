"""Trainings whose LR is made from sharp photos, on networks and photos small enough for tests."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from skimage import data

from engine.backbones.loading import save_backbone
from engine.camera.estimate import CameraEstimate
from engine.camera.learning import learn_camera
from engine.cancellation import CancelToken
from engine.cli.program import main
from engine.config.adapting import AdaptSettings, CameraName, ScoreSettings
from engine.config.pretraining import PretrainSettings
from engine.config.training import TrainingSettings
from engine.data.on_the_fly import DegradingSampler
from engine.data.sampling import PatchSampler
from engine.errors import ConfigError, PairsError
from engine.events import FileSkipped, Notice, TrainingStep
from engine.imaging.resampling import downsample_bicubic
from engine.jobs.adapt import adapt
from engine.jobs.pretrain import pretrain
from engine.jobs.score import score
from engine.jobs.training_benchmark import plan_adaptation
from engine.profiles.profile import load_profile
from engine.profiles.provenance import Camera
from engine.training.training_data import load_training_data
from tests.tiny_backbones import tiny_backbone


@pytest.fixture
def sharp_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sharp"
    folder.mkdir()
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        Image.fromarray(getattr(data, name)()[:160, :200]).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def phone_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "phone"
    folder.mkdir()
    for index in range(4):
        photo = data.coffee()[index * 60 : index * 60 + 160, :200]
        Image.fromarray(photo).save(folder / f"{index}.jpg", quality=85)
    return folder


def settings_of(sharp_folder: Path, **changes) -> AdaptSettings:
    return AdaptSettings(
        backbone="at hand",
        pairs=sharp_folder,
        scale=2,
        out=sharp_folder.parent / "out",
        val=1,
        training=TrainingSettings(steps=2, batch=2, patch=16, precision="fp32"),
        cache_dir=sharp_folder.parent / "cache",
        **changes,
    )


def test_bicubic_lr_is_what_the_photos_hold_themselves(sharp_folder: Path):
    material = load_training_data(
        settings_of(sharp_folder, lr_from="bicubic"), [].append, CancelToken()
    )
    assert material.sampler is PatchSampler
    lr, hr = (material.split.val.lr_tensor(0), material.split.val.hr_tensor(0))
    assert torch.allclose(lr, downsample_bicubic(hr, 2).clamp(0, 1), atol=0.6 / 255)


def test_blind_lr_is_made_for_each_step_and_once_for_the_check(sharp_folder: Path):
    events = []
    settings = settings_of(sharp_folder, lr_from="blind", degradation="harsh")
    material = load_training_data(settings, events.append, CancelToken())
    assert any(isinstance(event, Notice) and "no real pairs" in event.text for event in events)
    source = material.sampler(material.split.train, patch=16, batch=2, seed=0)
    assert isinstance(source, DegradingSampler)
    assert len(material.split.train) == 3
    again = load_training_data(settings, events.append, CancelToken())
    np.testing.assert_array_equal(material.split.val.lr(0), again.split.val.lr(0))
    assert material.split.fingerprint == again.split.fingerprint
    lr, hr = material.split.val.lr_tensor(0), material.split.val.hr_tensor(0)
    assert (lr - downsample_bicubic(hr, 2)).abs().mean() > 3 / 255
    other = load_training_data(
        settings.model_copy(update={"degradation": "mild"}), events.append, CancelToken()
    )
    assert other.split.fingerprint != material.split.fingerprint


def test_a_camera_is_learnt_from_its_folder_or_read_from_its_file(
    sharp_folder: Path, phone_folder: Path
):
    settings = settings_of(sharp_folder, lr_from="camera", camera=phone_folder)
    material = load_training_data(settings, [].append, CancelToken())
    assert material.estimate is not None
    assert material.estimate.photos == 4
    assert material.estimate.jpeg is not None
    assert material.estimate.jpeg.quality == 85
    path = sharp_folder.parent / "camera.json"
    material.estimate.save(path)
    read = load_training_data(
        settings.model_copy(update={"camera": path}), [].append, CancelToken()
    )
    assert read.estimate == material.estimate
    assert read.split.fingerprint == material.split.fingerprint


def test_a_camera_without_lr_from_it_is_refused_and_the_other_way_round(sharp_folder: Path):
    with pytest.raises(ValueError, match="photos of a camera"):
        settings_of(sharp_folder, camera=sharp_folder)
    with pytest.raises(ValueError, match="photos of a camera"):
        settings_of(sharp_folder, lr_from="camera")
    with pytest.raises(ConfigError, match="mild, medium, harsh"):
        load_training_data(
            settings_of(sharp_folder, lr_from="blind", degradation="rough"),
            [].append,
            CancelToken(),
        )


def test_a_network_is_adapted_to_a_camera_without_any_pair(sharp_folder: Path, phone_folder: Path):
    settings = settings_of(sharp_folder, lr_from="camera", camera=phone_folder)
    adapted = adapt(settings, [].append, CancelToken(), backbone=tiny_backbone("EDSR"))
    assert adapted.steps == 2
    assert len(adapted.photos) == 1
    provenance = load_profile(settings.out).provenance
    assert provenance.settings["lr_from"] == "camera"
    assert provenance.settings["camera"] == "phone"


def test_the_profile_is_for_the_camera_that_was_named_where_the_photos_name_none(
    sharp_folder: Path,
):
    named = CameraName(make="Apple", model="iPhone X")
    settings = settings_of(sharp_folder, lr_from="bicubic", made_for=named)
    adapt(settings, [].append, CancelToken(), backbone=tiny_backbone("EDSR"))
    camera = load_profile(settings.out).provenance.camera
    assert camera == Camera(make="Apple", model="iPhone X")


@pytest.mark.parametrize("lr_from", ["bicubic", "blind", "camera"])
def test_layers_are_scored_alone_as_they_are_before_a_training(
    sharp_folder: Path, phone_folder: Path, lr_from: str
):
    path = sharp_folder.parent / "tiny.safetensors"
    save_backbone(tiny_backbone("EDSR"), path)
    made = {"lr_from": lr_from, "camera": phone_folder if lr_from == "camera" else None}
    settings = settings_of(sharp_folder, **made).model_copy(update={"backbone": str(path)})
    planned = plan_adaptation(settings, [].append, CancelToken())
    events: list = []
    alone = score(
        ScoreSettings(
            backbone=str(path),
            pairs=sharp_folder,
            scale=2,
            val=1,
            batch=2,
            patch=16,
            cache_dir=settings.cache_dir,
            **made,
        ),
        events.append,
        CancelToken(),
    )
    assert alone.rows() == planned.rows()
    assert not any(isinstance(event, Notice) for event in events)


def pretrain_settings(photos: Path, **changes) -> PretrainSettings:
    return PretrainSettings(
        architecture="EDSR",
        options={"features": 8, "blocks": 1},
        scale=2,
        photos=photos,
        out=photos.parent / "made",
        name="tiny",
        val=1,
        training=TrainingSettings(steps=2, batch=2, patch=16, precision="fp32"),
        cache_dir=photos.parent / "cache",
        **changes,
    )


def losses_of(settings: PretrainSettings) -> list[float]:
    events: list = []
    pretrain(settings, events.append, CancelToken())
    assert not any(isinstance(event, Notice) for event in events)
    return [event.loss for event in events if isinstance(event, TrainingStep)]


def test_a_network_is_trained_from_scratch_on_whatever_lr_is_wanted(
    sharp_folder: Path, phone_folder: Path
):
    ways: dict[str, dict] = {
        "plain": {},
        "blind": {"lr_from": "blind", "degradation": "harsh"},
        "camera": {"lr_from": "camera", "camera": phone_folder},
    }
    losses = {
        name: losses_of(pretrain_settings(sharp_folder, **way).model_copy(update={"name": name}))
        for name, way in ways.items()
    }
    assert len({tuple(found) for found in losses.values()}) == 3
    cards = {
        name: json.loads((sharp_folder.parent / "made" / f"{name}.json").read_text("utf-8"))
        for name in ways
    }
    assert "lr_from" not in cards["plain"]["recipe"]
    assert cards["blind"]["recipe"]["degradation"] == "harsh"
    assert cards["camera"]["recipe"]["camera"] == "phone"


def test_a_network_is_trained_from_scratch_on_real_pairs(sharp_folder: Path):
    pairs = sharp_folder.parent / "pairs"
    for side in ("LR", "HR"):
        (pairs / side).mkdir(parents=True)
    for path in sharp_folder.iterdir():
        with Image.open(path) as photo:
            photo.save(pairs / "HR" / path.name)
            photo.reduce(2).filter(ImageFilter.GaussianBlur(2)).save(pairs / "LR" / path.name)
    blurred = losses_of(pretrain_settings(pairs, lr_from="pairs"))
    made = losses_of(pretrain_settings(pairs / "HR"))
    assert blurred[0] > made[0]  # LR that shows less than bicubic's: these pairs were used


def test_damaged_photos_are_left_out_and_named(phone_folder: Path):
    (phone_folder / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    events = []
    estimate = learn_camera(phone_folder, events.append, CancelToken())
    assert estimate.photos == 4
    assert [e.path.name for e in events if isinstance(e, FileSkipped)] == ["broken.jpg"]
    for index in (0, 1):
        (phone_folder / f"{index}.jpg").unlink()
    with pytest.raises(PairsError, match="Only 2 photos") as caught:
        learn_camera(phone_folder, events.append, CancelToken())
    assert caught.value.path == phone_folder


def test_the_command_shows_saves_and_draws_the_estimate(phone_folder: Path, capsys):
    out, report = phone_folder.parent / "camera.json", phone_folder.parent / "camera.png"
    words = ["data", "camera", str(phone_folder), "--out", str(out), "--report", str(report)]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "quality 85" in shown
    assert "half of the contrast" in shown
    assert CameraEstimate.load(out).photos == 4
    with Image.open(report) as picture:
        assert picture.size[0] > 1000
