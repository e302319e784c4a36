"""Before the main job: the same ranks it will train, and a pace taken from real steps of it."""

import numpy as np
import pytest
from PIL import Image

from engine.backbones.loading import save_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings
from engine.config.training import TrainingSettings
from engine.events import CropReady, Progress, RankMapReady, TrainingStep, Validated
from engine.jobs.adapt import adapt
from engine.jobs.training_benchmark import measure_pace, plan_adaptation
from engine.training.crop_choice import CropChoice, CropPlace
from tests.photo_samples import scene
from tests.tiny_backbones import tiny_backbone


@pytest.fixture
def settings(tmp_path):
    for side, factor in (("LR", 1), ("HR", 2)):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        for number in range(4):
            picture = Image.fromarray(scene(48 * factor, 64 * factor, seed=number))
            picture.save(tmp_path / "pairs" / side / f"{number}.png")
    save_backbone(tiny_backbone("EDSR"), tmp_path / "tiny.safetensors")
    return AdaptSettings(
        backbone=str(tmp_path / "tiny.safetensors"),
        pairs=tmp_path / "pairs",
        scale=2,
        out=tmp_path / "out",
        val=1,
        adapter=AdapterSettings(budget="20%", score_batches=2),
        training=TrainingSettings(steps=3, batch=2, patch=16, validate_every=3),
        cache_dir=tmp_path / "cache",
    )


def test_the_plan_is_the_rank_map_that_is_trained(settings):
    events = []
    planned = plan_adaptation(settings, events.append, CancelToken())
    assert not settings.out.exists()
    trained = adapt(settings, lambda _event: None, CancelToken()).rank_map
    assert (planned.scores, planned.ranks) == (trained.scores, trained.ranks)
    assert planned.event() in [event for event in events if isinstance(event, RankMapReady)]


def test_a_pace_is_measured_on_real_steps_and_leaves_nothing_behind(settings):
    events = []
    pace = measure_pace(settings, events.append, CancelToken(), steps=3)
    assert 0 < pace.seconds_per_step < 10
    assert pace.seconds_per_validation > 0
    assert pace.seconds_to_judge > pace.seconds_per_validation  # two networks, whole photos
    pixels = 3 * 4 * 48 * 64 * (1 + 4)
    assert pixels < pace.disk_bytes < pixels + 10**6
    assert pace.memory_bytes > 50 * 10**6  # the program itself is larger than that
    assert pace.device in {"cpu", "cuda", "mps"}
    assert not settings.out.exists()
    assert [e.done for e in events if isinstance(e, Progress) and e.stage == "train"] == [1, 2, 3]


def test_measuring_the_pace_can_be_stopped(settings):
    token = CancelToken()

    def stop_at_the_first_step(event):
        if isinstance(event, Progress) and event.stage == "train":
            token.cancel()

    with pytest.raises(Cancelled):
        measure_pace(settings, stop_at_the_first_step, token, steps=50)


def test_scores_at_hand_are_not_computed_again_and_give_the_same_training(settings, tmp_path):
    scored = plan_adaptation(settings, lambda _event: None, CancelToken()).event()
    events = []
    again = adapt(settings, events.append, CancelToken(), scored=scored)
    assert not [e for e in events if isinstance(e, Progress) and e.stage == "score"]
    fresh = adapt(
        settings.model_copy(update={"out": tmp_path / "fresh"}),
        lambda _event: None,
        CancelToken(),
    )
    assert again.rank_map.ranks == fresh.rank_map.ranks
    assert again.curve == fresh.curve


def test_a_crop_shows_how_the_training_goes_beside_what_it_began_with(settings):
    events = []
    adapt(settings, events.append, CancelToken())
    crops = [event for event in events if isinstance(event, CropReady)]
    validated = [event for event in events if isinstance(event, Validated)]
    assert len(crops) == 1 + len(validated)
    first, last = crops[0], crops[-1]
    assert (first.now == first.backbone).all()
    assert (last.now != last.backbone).any()
    assert (last.backbone == first.backbone).all()
    assert (
        last.hr.shape
        == last.now.shape
        == tuple(n * s for n, s in zip(last.lr.shape, (2, 2, 1), strict=True))
    )
    assert last.lr.dtype == last.now.dtype == np.uint8


def test_a_training_that_is_watched_gives_the_same_numbers(settings, tmp_path):
    settings = settings.model_copy(update={"val": 2})
    unwatched = adapt(settings, lambda _event: None, CancelToken())
    choice, crops = CropChoice(), []

    def look_around(event):
        if isinstance(event, TrainingStep):
            choice.want(CropPlace(event.step % 2, 0.1 * event.step, 0.3))
        if isinstance(event, CropReady):
            crops.append(event)

    watched = adapt(
        settings.model_copy(update={"out": tmp_path / "watched"}),
        look_around,
        CancelToken(),
        crop=choice,
    )
    assert watched.curve == unwatched.curve
    assert [p.psnr_y_db for p in watched.photos] == [p.psnr_y_db for p in unwatched.photos]
    assert len({crop.name for crop in crops}) == 2
    assert len(crops) == 1 + 3  # at first, and after every step; the last is also a validation
