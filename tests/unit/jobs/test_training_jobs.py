"""The main job and its relatives on tiny networks and synthetic pairs."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.adapters.methods import METHODS
from engine.backbones.loading import backbone_from_module, load_backbone, save_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings, ScoreSettings
from engine.config.measuring import EvaluateSettings
from engine.config.pretraining import PretrainSettings
from engine.config.training import TrainingSettings
from engine.errors import BackboneError, CheckpointError, ConfigError, PairsError, ProfileError
from engine.events import (
    BaselinesReady,
    CropReady,
    Notice,
    PairsReady,
    RankMapReady,
    TrainingStep,
    VerdictReady,
    ignore_events,
)
from engine.jobs.adapt import adapt
from engine.jobs.evaluate import evaluate
from engine.jobs.pretrain import pretrain
from engine.jobs.score import score
from engine.profiles.profile import load_profile
from engine.profiles.provenance import Camera
from engine.training.checkpoint import CHECKPOINT_NAME
from tests.tiny_backbones import faithful_backbone, tiny_backbone

TRAINING = TrainingSettings(
    steps=8,
    batch=2,
    patch=16,
    validate_every=4,
    checkpoint_every=4,
    learning_rate=4e-3,
    rehearsal=0.125,
)


def photo(seed, side=96):
    """A smooth random picture with some edges, uint8 (side, side, 3)."""
    generator = np.random.default_rng(seed)
    coarse = Image.fromarray(generator.integers(0, 256, (12, 12, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Six pairs whose LR is box-filtered, unlike the bicubic a backbone would expect."""
    root = tmp_path_factory.mktemp("phone")
    for index in range(6):
        hr = photo(index)
        lr = hr.reshape(48, 2, 48, 2, 3).mean(axis=(1, 3)).round().astype(np.uint8)
        for folder, pixels in (("LR", lr), ("HR", hr)):
            (root / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(root / folder / f"{index:03d}.png")
    return root


@pytest.fixture(scope="module")
def backbone_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("backbone") / "tiny.safetensors"
    save_backbone(tiny_backbone("EDSR"), path)
    return path


@pytest.fixture
def settings(pairs, backbone_file, tmp_path):
    return AdaptSettings(
        backbone=str(backbone_file),
        pairs=pairs,
        scale=2,
        out=tmp_path / "profile",
        name="phone",
        val=2,
        adapter=AdapterSettings(budget="30%", score_batches=2, basis="inputs"),
        training=TRAINING,
        device="cpu",
        cache_dir=tmp_path / "cache",
    )


def run(settings, emit=ignore_events, token=None):
    return adapt(settings, emit, token or CancelToken())


def stopped_after_five(settings):
    """Leave a training that was stopped in the middle, with its checkpoint."""
    token = CancelToken()

    def stop(event):
        if isinstance(event, TrainingStep) and event.step == 5:
            token.cancel()

    with pytest.raises(Cancelled):
        run(settings, stop, token)
    return settings.model_copy(update={"resume": True})


def test_the_main_job_ends_in_a_profile_that_does_what_was_measured(settings):
    events = []
    adapted = run(settings, events.append)
    profile = load_profile(adapted.profile)
    backbone, merged = load_backbone(settings.backbone), profile.load_merged()
    assert merged.parameter_count == backbone.parameter_count == adapted.backbone_parameters
    assert 0 < adapted.trainable_parameters <= adapted.budget_parameters
    assert adapted.merge_max_abs_difference <= 1e-5
    assert adapted.steps == 8
    assert [point.step for point in adapted.curve] == [4, 8]
    measured = evaluate(
        EvaluateSettings(
            profile=adapted.profile,
            pairs=settings.pairs,
            scale=2,
            val=tuple(photo.name for photo in adapted.photos),
            device="cpu",
            cache_dir=settings.cache_dir,
        ),
        ignore_events,
        CancelToken(),
    )
    for one, other in zip(adapted.photos, measured, strict=True):
        assert other.psnr_y_db["adapted"] == pytest.approx(one.psnr_y_db["adapted"], abs=1e-6)
        assert other.psnr_y_db["bicubic"] == pytest.approx(one.psnr_y_db["bicubic"])
    kinds = [type(event) for event in events]
    order = [PairsReady, RankMapReady, BaselinesReady, TrainingStep, VerdictReady]
    assert [kinds.index(kind) for kind in order] == sorted(kinds.index(kind) for kind in order)
    assert events[-1] == VerdictReady(
        adapted.verdict.better, adapted.verdict.sentence, adapted.verdict.gain_db, 2
    )
    assert sorted(entry.name for entry in adapted.profile.iterdir()) == [
        "adapter.safetensors",
        "merged.safetensors",
        "profile.json",
        "rank_map.json",
    ]


@pytest.mark.parametrize("kind", ["one", "two lenses", "two cameras", "none"])
def test_the_profile_names_the_camera_of_all_lr_photos(settings, tmp_path, kind):
    phone = tmp_path / "named"
    for folder in ("LR", "HR"):
        (phone / folder).mkdir(parents=True)
        for index, path in enumerate(sorted((settings.pairs / folder).iterdir())):
            exif, other = Image.Exif(), index % 2
            if folder == "HR":  # the sharper camera has no say
                exif[0x010F], exif[0x0110] = "Sharp", "Camera 1"
            elif kind != "none":
                exif[0x010F] = "Maker"
                exif[0x0110] = f"Phone {8 if other and kind == 'two cameras' else 9}"
                lens = exif.get_ifd(0x8769)
                lens[0xA434] = f"back camera {6 if other and kind == 'two lenses' else 4}mm"
            with Image.open(path) as image:
                image.save(phone / folder / path.name, exif=exif)
    events = []
    named = run(settings.model_copy(update={"pairs": phone}), events.append)
    camera = load_profile(named.profile).provenance.camera
    notices = [event.text for event in events if isinstance(event, Notice)]
    if kind == "one":
        assert camera == Camera(make="Maker", model="Phone 9", lens="back camera 4mm")
    elif kind == "two lenses":
        assert camera == Camera(make="Maker", model="Phone 9")
    else:
        assert camera is None
    assert any("chosen by itself" in text for text in notices) == (camera is None)


def test_held_out_photos_are_never_trained_on(settings):
    events = []
    adapted = run(settings, events.append)
    (ready,) = [event for event in events if isinstance(event, PairsReady)]
    assert set(ready.train).isdisjoint(ready.val)
    assert [photo.name for photo in adapted.photos] == list(ready.val)
    data = load_profile(adapted.profile).provenance.data
    assert (data.train, data.val) == (ready.train, ready.val)


def test_photos_that_the_best_state_is_chosen_on_do_not_judge_it(settings):
    events = []
    training = TRAINING.model_copy(update={"keep": "best"})
    changed = settings.model_copy(update={"training": training, "val": ("000", "002", "004")})
    adapted = run(changed, events.append)
    chosen_on = {e.name for e in events if isinstance(e, CropReady)}
    assert [photo.name for photo in adapted.photos] == ["002"]
    assert chosen_on == {"000"}
    assert adapted.verdict.photos == 1


def test_one_photo_cannot_both_choose_and_judge(settings):
    training = TRAINING.model_copy(update={"keep": "best"})
    with pytest.raises(ConfigError, match="judged on another"):
        run(settings.model_copy(update={"training": training, "val": 1}))


def test_the_same_settings_and_seed_give_the_same_network(settings, tmp_path):
    first = run(settings)
    second = run(settings.model_copy(update={"out": tmp_path / "again"}))
    one, other = (load_profile(a.profile).load_merged().module for a in (first, second))
    assert all(torch.equal(one.state_dict()[k], v) for k, v in other.state_dict().items())
    assert first.photos == second.photos


def test_a_cancelled_job_resumes_to_the_same_network(settings, tmp_path):
    whole = run(settings.model_copy(update={"out": tmp_path / "whole"}))
    resuming = stopped_after_five(settings)
    assert not (settings.out / "profile.json").exists()
    with pytest.raises(ConfigError, match="--resume"):
        run(settings)
    resumed = run(resuming)
    assert resumed.photos == whole.photos
    assert resumed.curve == whole.curve


def test_a_training_whose_directions_are_gone_is_not_gone_on_with_in_others(settings):
    """Its numbers mean something in the directions it was begun in, and nowhere else."""
    resumed = stopped_after_five(settings)
    bases = settings.out / "work" / "bases.safetensors"
    whole = bases.read_bytes()
    bases.write_bytes(whole[:-4] + bytes(4))
    with pytest.raises(CheckpointError, match="other photos or settings"):
        run(resumed)
    bases.write_bytes(whole[:100])
    with pytest.raises(CheckpointError, match="damaged"):
        run(resumed)
    bases.unlink()
    with pytest.raises(CheckpointError, match="other photos or settings"):
        run(resumed)
    bases.write_bytes(whole)
    assert run(resumed).steps == 8


def test_directions_of_a_training_that_broke_off_are_none_of_the_next(settings):
    stopped_after_five(settings)
    (settings.out / "work" / CHECKPOINT_NAME).unlink()
    plain = settings.adapter.model_copy(update={"basis": "none"})
    resumed = stopped_after_five(settings.model_copy(update={"adapter": plain}))
    assert run(resumed).steps == 8


def test_a_training_of_an_older_version_goes_on_without_directions(settings, monkeypatch):
    """It kept none, nor any drawn patches; its settings knew neither word, its run is the same."""
    unaware = TRAINING.model_copy(update={"rehearsal": 0})
    with monkeypatch.context() as older:
        older.setattr("engine.training.planning.input_bases", lambda *_args, **_options: {})
        stopped_after_five(settings.model_copy(update={"training": unaware}))
    assert not (settings.out / "work" / "bases.safetensors").exists()
    assert not (settings.out / "work" / "rehearsal.safetensors").exists()
    assert run(settings.model_copy(update={"resume": True})).steps == 8


def test_drawn_patches_of_a_training_that_broke_off_are_none_of_the_next(settings):
    stopped_after_five(settings)
    (settings.out / "work" / CHECKPOINT_NAME).unlink()
    plain = TRAINING.model_copy(update={"rehearsal": 0})
    resumed = stopped_after_five(settings.model_copy(update={"training": plain}))
    assert not (settings.out / "work" / "rehearsal.safetensors").exists()
    assert run(resumed).steps == 8


def test_a_resumed_training_rehearses_what_it_began_with(settings):
    """Drawn anew by another version, or answered in another order of sums, it would be another."""
    faithful = settings.out.with_name("faithful.safetensors")
    save_backbone(faithful_backbone(), faithful)
    resumed = stopped_after_five(settings.model_copy(update={"backbone": str(faithful)}))
    kept = settings.out / "work" / "rehearsal.safetensors"
    tensors = load_file(kept)
    for share in (0.0, 0.25):
        other = TRAINING.model_copy(update={"rehearsal": share})
        with pytest.raises(CheckpointError, match="other photos or settings"):
            run(resumed.model_copy(update={"training": other}))
    save_file({**tensors, "lr": tensors["lr"] * 0.5}, kept)
    with pytest.raises(CheckpointError, match="other photos or settings"):
        run(resumed)
    save_file({"lr": tensors["lr"]}, kept)
    with pytest.raises(CheckpointError, match="damaged"):
        run(resumed)
    kept.write_bytes(b"none")
    with pytest.raises(CheckpointError, match="damaged"):
        run(resumed)


def test_a_training_of_an_older_version_that_kept_the_best_by_one_photo_goes_on(
    settings, monkeypatch, tmp_path
):
    training = TRAINING.model_copy(update={"keep": "best"})
    begun = settings.model_copy(update={"training": training, "val": 1})
    with monkeypatch.context() as older:
        older.setattr("engine.jobs.adapt.choice_and_judgement", lambda val, _training: (val, val))
        resumed = stopped_after_five(begun)
    adapted = run(resumed)
    last = settings.model_copy(update={"val": 1, "out": tmp_path / "last"})
    assert adapted.steps == 8
    assert adapted.photos == run(last).photos


def test_an_adapter_in_a_profile_needs_no_directions(settings):
    """Plain factors: their product is what was added to the backbone's weights."""
    rank_map = run(settings).rank_map
    adapter = load_file(settings.out / "adapter.safetensors")
    assert set(adapter) == {f"{site.name}.{factor}" for site in rank_map.adapted for factor in "AB"}
    again = METHODS.get("adaptsr").build(load_backbone(settings.backbone), rank_map, 0)
    again.load_state_dict(adapter)
    merged = load_file(settings.out / "merged.safetensors")
    for name, weight in again.merged().module.state_dict().items():
        assert torch.allclose(merged[name], weight, atol=1e-6)


KILLED_JOB = """
    import os, signal, sys
    from engine.cancellation import CancelToken
    from engine.config.adapting import AdaptSettings
    from engine.events import CheckpointSaved
    from engine.jobs.adapt import adapt

    def emit(event):
        if isinstance(event, CheckpointSaved) and event.step == 4:
            os.kill(os.getpid(), signal.SIGKILL)

    adapt(AdaptSettings.model_validate_json(sys.argv[1]), emit, CancelToken())
"""


def test_a_killed_job_leaves_no_profile_and_resumes_to_the_same_numbers(settings, tmp_path):
    whole = run(settings.model_copy(update={"out": tmp_path / "whole"}))
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED_JOB), settings.model_dump_json()],
        capture_output=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with pytest.raises(ProfileError):
        load_profile(settings.out)
    resumed = run(settings.model_copy(update={"resume": True}))
    assert resumed.photos == whole.photos


def test_a_profile_is_never_trained_over(settings):
    adapted = run(settings)
    before = (adapted.profile / "profile.json").read_bytes()
    with pytest.raises(ProfileError, match="already"):
        run(settings)
    assert (adapted.profile / "profile.json").read_bytes() == before


def test_any_module_with_a_scale_and_a_value_range_adapts(settings):
    class Home(torch.nn.Module):
        """Takes and returns 0 to 255, unlike the app's 0 to 1."""

        def __init__(self):
            super().__init__()
            self.first = torch.nn.Conv2d(3, 8, 3, padding=1)
            self.last = torch.nn.Conv2d(8, 12, 3, padding=1)

        def forward(self, x):
            features = self.last(torch.relu(self.first(x)))
            enlarged = torch.nn.functional.interpolate(x, scale_factor=2, mode="nearest")
            return enlarged + torch.nn.functional.pixel_shuffle(features, 2)

    torch.manual_seed(0)
    home = backbone_from_module(Home(), scale=2, value_range=255.0, name="home")
    adapted = adapt(settings, ignore_events, CancelToken(), backbone=home)
    before = [photo.psnr_y_db["backbone"] for photo in adapted.photos]
    assert min(before) > 10  # a wrong range would be noise
    weights = load_file(adapted.profile / "merged.safetensors")
    assert weights.keys() == home.module.state_dict().keys()
    assert any(not torch.equal(weights[k], v) for k, v in home.module.state_dict().items())


def test_full_fine_tuning_runs_through_the_same_job(settings):
    adapted = run(settings.model_copy(update={"adapter": AdapterSettings(method="full")}))
    assert adapted.trainable_parameters == adapted.backbone_parameters
    load_profile(adapted.profile).load_merged()


@pytest.mark.parametrize("val", [6, ("000", "nowhere")])
def test_an_impossible_split_is_refused_before_any_training(settings, val):
    with pytest.raises(PairsError):
        run(settings.model_copy(update={"val": val}))


def test_a_backbone_of_another_scale_is_refused(settings):
    with pytest.raises(ConfigError, match="enlarges 2 times"):
        run(settings.model_copy(update={"scale": 3}))


def test_an_unknown_backbone_is_refused_in_words(settings):
    with pytest.raises(BackboneError, match="no network called"):
        run(settings.model_copy(update={"backbone": "nothing-like-it"}))


def test_a_budget_too_small_for_any_rank_says_so(settings):
    with pytest.raises(ConfigError, match="too small to adapt"):
        run(settings.model_copy(update={"adapter": AdapterSettings(budget="3")}))


def test_scoring_gives_the_ranks_that_adapting_would_use(settings):
    adapted = run(settings)
    alone = score(
        ScoreSettings(
            backbone=settings.backbone,
            pairs=settings.pairs,
            scale=2,
            val=settings.val,
            adapter=settings.adapter,
            batch=TRAINING.batch,
            patch=TRAINING.patch,
            seed=TRAINING.seed,
            device="cpu",
            cache_dir=settings.cache_dir,
        ),
        ignore_events,
        CancelToken(),
    )
    assert alone.ranks == adapted.rank_map.ranks


def test_evaluating_needs_one_network(pairs):
    for given in ({}, {"backbone": "a", "profile": pairs}):
        with pytest.raises(ConfigError, match="either a backbone or a profile"):
            evaluate(
                EvaluateSettings(pairs=pairs, scale=2, device="cpu", **given),
                ignore_events,
                CancelToken(),
            )


@pytest.fixture
def pretraining(pairs, tmp_path):
    return PretrainSettings(
        architecture="EDSR",
        options={"features": 8, "blocks": 1},
        scale=2,
        photos=pairs / "HR",
        out=tmp_path / "out",
        name="tiny-x2",
        val=1,
        bench=(pairs / "HR",),
        training=TRAINING,
        device="cpu",
        data="random pictures",
        cache_dir=tmp_path / "cache",
    )


def test_pretraining_writes_a_network_and_the_card_that_describes_it(pretraining):
    pretrained = pretrain(pretraining, ignore_events, CancelToken())
    backbone = load_backbone(pretrained.path)
    card = json.loads((pretraining.out / "tiny-x2.json").read_text())
    assert card["parameters"] == backbone.parameter_count
    assert card["steps"] == 8
    assert card["recipe"]["training"]["learning_rate"] == TRAINING.learning_rate
    measured = evaluate(
        EvaluateSettings(
            backbone=str(pretrained.path),
            pairs=pretraining.photos,
            scale=2,
            bicubic_lr=True,
            device="cpu",
            cache_dir=pretraining.cache_dir,
        ),
        ignore_events,
        CancelToken(),
    )
    mean = sum(photo.psnr_y_db["backbone"] for photo in measured) / len(measured)
    assert card["psnr_y_db"]["HR"] == pytest.approx(mean, abs=1e-3)
    assert not list(pretraining.out.glob("*.work/checkpoint.pt"))


def test_pretraining_may_start_from_a_network_of_another_scale(pretraining, tmp_path):
    first = pretrain(pretraining, ignore_events, CancelToken())
    still = TRAINING.model_copy(update={"learning_rate": 1e-12, "ema_decay": None})
    x4 = pretraining.model_copy(
        update={"scale": 4, "name": "tiny-x4", "start_from": str(first.path), "training": still}
    )
    second = pretrain(x4, ignore_events, CancelToken())
    taken, learned = (load_backbone(found.path).module.state_dict() for found in (second, first))
    fitting = [
        name for name in taken if name in learned and taken[name].shape == learned[name].shape
    ]
    assert any("weight" in name for name in fitting)
    for name in fitting:
        torch.testing.assert_close(taken[name], learned[name])
    assert second.card.recipe["start_from"] == str(first.path)


def test_pretraining_from_another_kind_of_network_is_refused(pretraining, tmp_path):
    other = tmp_path / "other.safetensors"
    save_backbone(tiny_backbone("SAFMN"), other)
    with pytest.raises(ConfigError, match="fits"):
        pretrain(
            pretraining.model_copy(update={"start_from": str(other)}), ignore_events, CancelToken()
        )


def test_a_pretrained_network_is_never_overwritten(pretraining):
    pretrain(pretraining, ignore_events, CancelToken())
    with pytest.raises(ConfigError, match="already"):
        pretrain(pretraining, ignore_events, CancelToken())
