import cv2
import numpy as np
import pytest
import torch

from engine.imaging.resampling import downsample_bicubic
from engine.registration.geometry import Lens, Warp, centres
from engine.registration.sampling import HrSampler
from tests.registration_samples import scene


def aligned(scale):
    """The warp from an LR that was made of HR by `imresize`."""
    middle = (scale - 1) / 2
    return Warp(np.array([[scale, 0, middle], [0, scale, middle], [0, 0, 1.0]]))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_hr_on_its_own_grid_comes_back_as_it_is(scale):
    hr = scene("coffee")[:160, :240]
    xs, ys = centres(5, 20 * scale, 1 / scale), centres(3, 30 * scale, 1 / scale)
    found = HrSampler(hr, scale).sample(aligned(scale), xs, ys, pitch_px=1 / scale)
    there = hr[3 * scale : 33 * scale, 5 * scale : 25 * scale]
    np.testing.assert_allclose(found, there, atol=0.02)


@pytest.mark.parametrize("scale", [2, 3, 5, 8])
def test_hr_on_the_lr_grid_is_what_imresize_makes_of_it(scale):
    hr = scene("coffee")[: 40 * scale, : 60 * scale].astype(np.float32)
    rows, columns = hr.shape[0] // scale, hr.shape[1] // scale
    hr = np.ascontiguousarray(hr[: rows * scale, : columns * scale])
    small = downsample_bicubic(torch.from_numpy(hr.transpose(2, 0, 1))[None], scale)[0].numpy()
    found = HrSampler(hr, scale).sample(
        aligned(scale), centres(0, columns, 1), centres(0, rows, 1), pitch_px=1
    )
    inner = (slice(4, -4), slice(4, -4))
    difference = np.abs(found - small.transpose(1, 2, 0))[inner]
    assert difference.mean() < 1.5
    moved = np.abs(found[:, 1:] - small.transpose(1, 2, 0)[:, :-1])[inner]
    assert difference.mean() < moved.mean() / 4


def test_a_pattern_finer_than_the_grid_becomes_even_instead_of_another_pattern():
    x = np.arange(400)
    stripes = np.repeat((127.5 + 100 * np.cos(np.pi * x / 1.25))[None], 80, axis=0)
    hr = np.repeat(stripes[..., None], 3, axis=2).astype(np.float32)
    found = HrSampler(hr, 4.0).sample(aligned(4), centres(5, 80, 1), centres(2, 12, 1), pitch_px=1)
    assert found.std() < 2


def test_tiles_join_without_a_seam():
    hr = scene("astronaut")
    sampler = HrSampler(hr, 1.4)
    turn = cv2.getRotationMatrix2D((250, 250), 2.0, 1.4)
    warp = Warp(np.vstack([turn, [0, 0, 1]]))
    xs, ys = centres(10, 300, 1), centres(100, 10, 1)
    whole = sampler.sample(warp, xs, ys, pitch_px=1)
    across = sampler.sample(warp, xs[200:], ys, pitch_px=1)
    np.testing.assert_allclose(whole[:, 200:], across, atol=0.01)


def test_a_mirrored_warp_has_negative_zoom():
    points = np.array([[3.0, 4.0], [10.0, 2.0]])
    assert (Warp(np.diag([-2.0, 2.0, 1.0])).zoom(points) < 0).all()
    np.testing.assert_allclose(Warp(np.diag([2.0, 2.0, 1.0])).zoom(points), 2.0)


def test_a_lens_leaves_the_middle_and_moves_corners_by_its_two_numbers():
    lens = Lens(0.02, -0.005, 401, 301)
    points = np.array([[200.0, 150.0], [200.0 + lens.half_diagonal_px, 150.0]])
    middle, edge = lens.straighten(points)
    np.testing.assert_allclose(middle, [200, 150])
    np.testing.assert_allclose(edge, [200 + lens.half_diagonal_px * 1.015, 150])
