import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.upscaling.inference.safety_net import find_problem


def photo(height=100, width=120, *, low=0.2, high=0.8):
    coarse = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
    return low + (high - low) * smooth.clamp(0, 1)


def upscaled(lr, scale=2):
    return torch.nn.functional.interpolate(lr, scale_factor=scale, mode="nearest")


@given(height=st.integers(1, 200), width=st.integers(1, 200), scale=st.integers(1, 4))
def test_a_result_that_shows_the_photo_is_no_problem(height, width, scale):
    lr = photo(height, width)
    assert find_problem(lr, upscaled(lr, scale), scale) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_one_pixel_that_is_not_a_number_is_found(value):
    sr = upscaled(photo())
    sr[0, 1, 77, 5] = value
    assert find_problem(photo(), sr, 2) == "not a number"


def test_a_black_corner_is_found():
    sr = upscaled(photo())
    sr[..., -64:, -64:] = 0
    assert find_problem(photo(), sr, 2) == "black"


def test_a_part_without_contrast_is_found():
    sr = upscaled(photo())
    sr[..., :64, :64] = 0.5
    assert find_problem(photo(), sr, 2) == "flat"


def test_black_is_no_problem_where_the_photo_is_black():
    lr = photo()
    lr[..., :32, :32] = 0
    assert find_problem(lr, upscaled(lr), 2) is None


def test_noise_in_a_dark_sky_may_be_taken_out_entirely():
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 20 / 255
    assert find_problem(noise, torch.zeros(1, 3, 128, 128), 2) is None


def test_an_even_area_may_stay_even():
    even = torch.full((1, 3, 64, 64), 0.5)
    assert find_problem(even, upscaled(even), 2) is None
