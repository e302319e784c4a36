import cv2
import numpy as np
import pytest

from engine.registration.colour_match import match_colours, mean_delta_e, unchanged
from engine.registration.geometry import centres

MATRIX = np.array([[0.9, 0.06, -0.02], [0.03, 1.05, 0.02], [0.0, -0.05, 0.85]])
OFFSET = np.array([5.0, -4.0, 9.0])
XS, YS = centres(0, 80, 8), centres(0, 60, 8)
ALL = np.ones((60, 80), bool)


@pytest.fixture
def hr():
    coarse = np.random.default_rng(0).uniform(30, 220, (60, 80, 3))
    return coarse.astype(np.float32)


def seen_by_lr(hr):
    return (hr @ MATRIX.T + OFFSET).astype(np.float32)


@pytest.mark.parametrize("mode", ["global", "local"])
def test_a_matrix_and_an_offset_are_found(hr, mode):
    match = match_colours(seen_by_lr(hr), hr, ALL, XS, YS, mode=mode)
    np.testing.assert_allclose(match.apply(hr, XS, YS), seen_by_lr(hr), atol=1.5)


def test_what_moved_has_no_say(hr):
    lr = seen_by_lr(hr)
    lr[10:30, 10:35] = 200
    match = match_colours(lr, hr, ALL, XS, YS, mode="global")
    off = np.abs(match.apply(hr, XS, YS) - seen_by_lr(hr))
    assert off.mean() < 2


def test_vignetting_is_followed_by_the_slow_gain_only(hr):
    x, y = np.meshgrid(np.linspace(-1, 1, 80), np.linspace(-1, 1, 60))
    hr = cv2.GaussianBlur(hr, (0, 0), 2) * 0.5 + 60
    lr = hr * (1 - 0.18 * (x**2 + y**2) / 2)[..., None].astype(np.float32)
    slow, fixed = (match_colours(lr, hr, ALL, XS, YS, mode=mode) for mode in ("local", "global"))
    errors = [np.abs(match.apply(hr, XS, YS) - lr).mean() for match in (slow, fixed)]
    assert errors[0] < errors[1] / 2


def test_the_gain_holds_no_detail(hr):
    noisy = hr + np.random.default_rng(1).normal(0, 20, hr.shape).astype(np.float32)
    match = match_colours(noisy, hr, ALL, XS, YS, mode="local")
    fine_x, fine_y = centres(200, 64, 0.5), centres(200, 64, 0.5)
    flat = np.full((64, 64, 3), 120, np.float32)
    assert np.abs(np.diff(match.apply(flat, fine_x, fine_y), axis=1)).max() < 0.1


def test_off_and_too_little_to_go_by_change_nothing(hr):
    nowhere = np.zeros_like(ALL)
    for match in (
        match_colours(seen_by_lr(hr), hr, ALL, XS, YS, mode="off"),
        match_colours(seen_by_lr(hr), hr, nowhere, XS, YS, mode="local"),
        unchanged(),
    ):
        np.testing.assert_allclose(match.apply(hr, XS, YS), hr, atol=1e-4)


def test_a_grey_scene_gets_one_gain_and_no_colour():
    grey = np.repeat(np.random.default_rng(2).uniform(40, 200, (60, 80, 1)), 3, 2)
    hr = grey.astype(np.float32)
    match = match_colours(0.9 * hr + 5, hr, ALL, XS, YS, mode="global")
    found = match.apply(hr, XS, YS)
    assert np.abs(found - (0.9 * hr + 5)).mean() < 1
    assert np.ptp(found, axis=2).max() < 0.5


def test_the_colour_difference_of_black_and_white_is_a_hundred():
    black, white = np.zeros((2, 2, 3), np.float32), np.full((2, 2, 3), 255, np.float32)
    assert mean_delta_e(black, white, np.ones((2, 2), bool)) == pytest.approx(100, abs=0.1)
    assert mean_delta_e(black, black, np.ones((2, 2), bool)) == 0
