import math
from collections import Counter

import pytest

from engine.data.degradation.plans import draw_plan
from engine.data.degradation.randomness import Stream
from engine.data.degradation.settings import (
    PRESETS,
    BlurSettings,
    DegradationSettings,
    ResizeSettings,
    StageSettings,
    read_degradation,
)
from engine.errors import ConfigError

COUNT = 6000


@pytest.fixture(scope="module")
def plans():
    return [draw_plan(DegradationSettings(), Stream(1, step, 0)) for step in range(COUNT)]


def shares(values) -> dict:
    return {key: count / len(values) for key, count in Counter(values).items()}


def near(share: float, expected: float, count: int = COUNT) -> bool:
    return abs(share - expected) < 5 * math.sqrt(expected * (1 - expected) / count)


def test_kernel_families_are_drawn_as_often_as_published(plans):
    found = shares([plan.first.kernel.family for plan in plans])
    published = {
        "iso": 0.45,
        "aniso": 0.25,
        "generalised_iso": 0.12,
        "generalised_aniso": 0.03,
        "plateau_iso": 0.12,
        "plateau_aniso": 0.03,
    }
    assert near(found.pop("sinc"), 0.1)
    assert found.keys() == published.keys()
    for family, share in found.items():
        assert near(share, 0.9 * published[family]), family


def test_the_second_blur_happens_in_four_of_five(plans):
    assert near(shares([plan.second.kernel is None for plan in plans])[True], 0.2)


@pytest.mark.parametrize(("stage", "largest"), [("first", 3.0), ("second", 1.5)])
def test_blur_widths_fill_the_published_range(plans, stage: str, largest: float):
    kernels = [getattr(plan, stage).kernel for plan in plans]
    sigmas = [k.sigma_x_px for k in kernels if k is not None and k.family != "sinc"]
    assert 0.2 <= min(sigmas) < 0.25
    assert largest - 0.05 < max(sigmas) <= largest
    assert sum(sigmas) / len(sigmas) == pytest.approx((0.2 + largest) / 2, rel=0.03)


def test_round_kernels_are_round_and_turned_ones_lie_in_every_direction(plans):
    kernels = [plan.first.kernel for plan in plans]
    turned = [k for k in kernels if k.family.endswith("aniso")]
    assert all(k.sigma_x_px == k.sigma_y_px for k in kernels if k.family.endswith("_iso"))
    assert min(k.angle for k in turned) < -0.95 * math.pi
    assert max(k.angle for k in turned) > 0.95 * math.pi


def test_shapes_are_below_and_above_one_equally_often(plans):
    betas = [p.first.kernel.beta for p in plans if p.first.kernel.family.startswith("generalised")]
    assert min(betas) >= 0.5
    assert max(betas) <= 4
    assert near(sum(beta < 1 for beta in betas) / len(betas), 0.5, len(betas))
    plateaus = [p.first.kernel.beta for p in plans if p.first.kernel.family.startswith("plateau")]
    assert near(plateaus.count(1.0) / len(plateaus), 0.5, len(plateaus))


def test_sizes_are_odd_and_equally_likely(plans):
    found = shares([plan.first.kernel.size for plan in plans])
    assert sorted(found) == [7, 9, 11, 13, 15, 17, 19, 21]
    assert all(near(share, 1 / 8) for share in found.values())


def test_a_small_sinc_cuts_less_than_a_large_one_may(plans):
    sincs = [plan.first.kernel for plan in plans if plan.first.kernel.family == "sinc"]
    assert min(k.cutoff for k in sincs if k.size < 13) >= math.pi / 3
    assert math.pi / 5 <= min(k.cutoff for k in sincs if k.size >= 13) < math.pi / 4
    finals = [plan.final_sinc.cutoff for plan in plans if plan.final_sinc]
    assert near(len(finals) / COUNT, 0.8)
    assert math.pi / 3 <= min(finals)
    assert max(finals) < math.pi


@pytest.mark.parametrize(
    ("stage", "up", "down", "smallest", "largest"),
    [("first", 0.2, 0.7, 0.15, 1.5), ("second", 0.3, 0.4, 0.3, 1.2)],
)
def test_sizes_between_the_steps_follow_the_published_table(  # noqa: PLR0917
    plans, stage: str, up: float, down: float, smallest: float, largest: float
):
    factors = [getattr(plan, stage).factor for plan in plans]
    assert near(sum(f > 1 for f in factors) / COUNT, up)
    assert near(sum(f < 1 for f in factors) / COUNT, down)
    assert smallest <= min(factors) < smallest + 0.05
    assert largest - 0.05 < max(factors) <= largest
    modes = shares([getattr(plan, stage).mode for plan in plans])
    assert all(near(modes[mode], 1 / 3) for mode in ("area", "bilinear", "bicubic"))


@pytest.mark.parametrize(("stage", "gaussian", "poisson"), [("first", 30, 3), ("second", 25, 2.5)])
def test_noise_follows_the_published_table(plans, stage: str, gaussian: float, poisson: float):
    noises = [getattr(plan, stage).noise for plan in plans]
    by_kind = {
        kind: [n.strength for n in noises if n.kind == kind] for kind in ("gaussian", "poisson")
    }
    assert near(len(by_kind["gaussian"]) / COUNT, 0.5)
    assert near(sum(n.grey for n in noises) / COUNT, 0.4)
    assert min(by_kind["gaussian"]) >= 1 / 255
    assert 0.97 * gaussian / 255 < max(by_kind["gaussian"]) <= gaussian / 255
    assert min(by_kind["poisson"]) >= 0.05
    assert 0.97 * poisson < max(by_kind["poisson"]) <= poisson


def test_jpeg_follows_the_published_table(plans):
    for stage in ("first", "second"):
        qualities = [getattr(plan, stage).jpeg_quality for plan in plans]
        assert 30 <= min(qualities) < 31
        assert 94 < max(qualities) < 95
    assert near(sum(plan.jpeg_last for plan in plans) / COUNT, 0.5)


def test_milder_presets_spoil_less():
    assert list(PRESETS) == ["mild", "medium", "harsh"]
    for milder, harsher in (("mild", "medium"), ("medium", "harsh")):
        a, b = PRESETS[milder], PRESETS[harsher]
        for one, other in ((a.first, b.first), (a.second, b.second)):
            assert one.blur.sigma_px[1] < other.blur.sigma_px[1]
            assert one.noise.gaussian_levels[1] < other.noise.gaussian_levels[1]
            assert one.jpeg_quality[0] > other.jpeg_quality[0]
            assert one.resize.factor[0] > other.resize.factor[0]


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (BlurSettings, {"families": {"iso": 0.7}}),
        (BlurSettings, {"sizes": (8,)}),
        (BlurSettings, {"sigma_px": (3.0, 0.2)}),
        (ResizeSettings, {"up_probability": 0.7, "down_probability": 0.7}),
        (ResizeSettings, {"factor": (1.2, 1.5)}),
        (StageSettings, {"jpeg_quality": (0, 95)}),
    ],
)
def test_settings_that_contradict_themselves_are_refused(model, values):
    with pytest.raises(ValueError, match=r"must|odd|often"):
        model(**values)


def test_a_file_of_settings_is_read_and_a_wrong_name_says_what_there_is(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("final_sinc_probability = 0.25\n[first]\njpeg_quality = [70, 80]\n")
    read = read_degradation(str(path))
    assert read.final_sinc_probability == 0.25
    assert read.first.jpeg_quality == (70, 80)
    assert read_degradation("mild") is PRESETS["mild"]
    with pytest.raises(ConfigError, match="mild, medium, harsh"):
        read_degradation("gentle")
    path.write_text("final_sync_probability = 1\n")
    with pytest.raises(ConfigError, match="final_sync_probability"):
        read_degradation(str(path))
