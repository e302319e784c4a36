"""Odd colours and drawings: in range, the same for the same step, and as many as asked for."""

import numpy as np
import pytest
import torch
from skimage import data as samples

from engine.cli.settings import build
from engine.config.pretraining import PretrainSettings
from engine.data.degradation.randomness import Stream
from engine.data.on_the_fly import DegradingSampler
from engine.data.pair_set import pairs_from_arrays
from engine.data.variety.bicubic import VariedBicubic
from engine.data.variety.colours import draw_colour_change
from engine.data.variety.drawings import draw_picture
from engine.data.variety.montage import draw_montage
from engine.errors import ConfigError
from engine.imaging.resampling import downsample_bicubic, downsample_bicubic_uint8
from tests.photo_samples import scene

SIDE_PX = 64


def tensor(pixels):
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255


def streams(count, seed=0):
    return [Stream(seed, 3, index) for index in range(count)]


def test_other_colours_are_drawn_within_range_and_reach_the_corners_of_the_cube():
    image = tensor(samples.astronaut()[::8, ::8])[0]
    changed = torch.stack([draw_colour_change(stream)(image) for stream in streams(64)])
    assert changed.min() == 0
    assert changed.max() == 1
    saturation = changed.amax(1) - changed.amin(1)
    before = image.amax(0) - image.amin(0)
    assert (saturation > 0.9).float().mean() > (before > 0.9).float().mean() + 0.1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_drawings_are_pictures_and_the_same_for_the_same_stream(scale):
    photo = scene(SIDE_PX, SIDE_PX)
    for index in range(60):
        first, second = (draw_picture(Stream(1, 2, index), SIDE_PX, scale, photo) for _ in "ab")
        assert first.shape == (SIDE_PX, SIDE_PX, 3)
        assert first.dtype == np.uint8
        assert np.array_equal(first, second)


def test_shares_are_kept_and_photographs_are_left_alone():
    hr = tensor(scene(SIDE_PX, SIDE_PX)).expand(400, -1, -1, -1).contiguous()
    lr, varied = VariedBicubic(recoloured=0.25, drawn=0.25)(hr, streams(400), 2)
    same = (varied == hr).flatten(1).all(1)
    assert 0.4 < same.float().mean() < 0.6
    exact = (downsample_bicubic(hr[:1], 2).clamp(0, 1) * 255).round() / 255
    # A few are drawings of nothing on a photograph, and made smaller as drawings may be.
    assert (lr[same] == exact).flatten(1).all(1).float().mean() > 0.9
    assert lr.min() >= 0
    assert lr.max() <= 1
    assert torch.equal((lr * 255).round() / 255, lr)


def test_patterns_of_single_lr_pixels_are_drawn_at_full_contrast():
    hr = torch.zeros(1, 3, SIDE_PX, SIDE_PX).expand(600, -1, -1, -1).contiguous()
    lr, _ = VariedBicubic(recoloured=0, drawn=1)(hr, streams(600), 2)
    steps = (lr[..., 1:, 1:] - lr[..., :-1, 1:]).abs()
    diagonal = (lr[..., 1:, 1:] - lr[..., :-1, :-1]).abs()
    checkered = ((steps > 0.99) & (diagonal < 0.01)).float().mean(dim=(1, 2, 3)) > 0.2
    assert checkered.sum() >= 3


def test_a_batch_depends_on_its_step_and_nothing_else(tmp_path):
    pixels = [scene(96, 96, seed=seed) for seed in range(2)]
    pairs = pairs_from_arrays(
        ((str(i), downsample_bicubic_uint8(hr, 2), hr) for i, hr in enumerate(pixels)), 2, tmp_path
    )
    degradation = VariedBicubic(recoloured=0.3, drawn=0.3)
    samplers = [
        DegradingSampler(pairs, patch=16, batch=4, seed=5, degradation=degradation) for _ in "ab"
    ]
    samplers[0].batch_at(0)
    for first, second in zip(samplers[0].batch_at(7), samplers[1].batch_at(7), strict=True):
        assert torch.equal(first, second)


@pytest.mark.parametrize(
    "wrong", [{"recoloured": 0.6, "drawn": 0.6}, {"drawn": 0.1, "lr_from": "pairs"}]
)
def test_shares_that_cannot_be_are_refused(wrong, tmp_path):
    values = {"architecture": "SAFMN", "scale": 2, "photos": tmp_path, "out": tmp_path, "name": "n"}
    with pytest.raises(ConfigError):
        build(PretrainSettings, {**values, **wrong})


@pytest.mark.parametrize("side_px", [32, 33, 8])
def test_a_montage_is_whole_levels_the_same_for_a_stream_and_of_four_different_things(side_px):
    photo = torch.rand(3, side_px, side_px, generator=torch.Generator().manual_seed(0))
    before = photo.clone()
    found = [draw_montage(stream, photo) for stream in streams(20)]
    assert torch.equal(photo, before)
    half = side_px // 2
    for patch, again in zip(found, [draw_montage(s, photo) for s in streams(20)], strict=True):
        assert patch.shape == photo.shape
        assert torch.equal(patch, again)
        assert torch.equal((patch * 255).round() / 255, patch)
        corners = patch[:, :half, :half], patch[:, :half, -half:], patch[:, -half:, :half]
        assert len({corner.numpy().tobytes() for corner in corners}) == 3
    pure = torch.stack(found)
    assert ((pure == 0) | (pure == 1)).float().mean() > 0.2  # of the photo's: none
