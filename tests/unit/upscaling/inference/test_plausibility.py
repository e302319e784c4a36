"""A result that is not of its photo is noticed and replaced; all others stay as they are."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torch.nn import functional

from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.imaging.encoders.base import Output
from engine.imaging.reading import read_photo
from engine.imaging.resampling import downsample_bicubic, upsample_bicubic
from engine.upscaling.inference.plausibility import (
    NETWORK_LIMIT,
    PROFILE_LIMIT,
    largest_shift,
    limit_of,
    make_plausible,
)
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler
from tests.photo_samples import scene

SCALE = 2


class FailsOnBlue(nn.Module):
    """Enlarges plainly, but answers pure blue with nonsense, as real networks do."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, lr):
        sr = upsample_bicubic(lr, SCALE) * self.weight
        is_blue = (lr[:, 2:] > 0.9) & (lr[:, :1] < 0.2)
        wide = functional.interpolate(is_blue.float(), scale_factor=SCALE)
        return sr + wide * torch.tensor([9.0, -3.0, -7.0])[None, :, None, None]


def tensor(pixels):
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255


def photo_with_blue():
    pixels = np.array(scene(160, 240, seed=4))
    pixels[40:100, 60:160] = (0, 0, 255)
    return pixels


@given(st.integers(0, 20), st.floats(-0.03, 0.03), st.sampled_from([1, 2, 3, 4]))
def test_ordinary_results_stay_the_very_same_tensor(seed, brighter, scale):
    lr = tensor(scene(48, 64, seed=seed))
    noise = torch.randn(1, 3, 48 * scale, 64 * scale, generator=torch.manual_seed(seed))
    sr = upsample_bicubic(lr, scale) * (1 + brighter) + 0.03 * noise
    checked = make_plausible(lr, sr, scale, NETWORK_LIMIT)
    assert checked.sr is sr
    assert checked.repaired_px == 0


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("wrong", [-15.0, 0.5, 14.0])
def test_what_is_not_the_photo_becomes_the_photo(scale, wrong):
    lr = tensor(scene(96, 128, seed=1))
    sr = upsample_bicubic(lr, scale).clamp(0, 1)
    bad = sr.clone()
    bad[..., 20 * scale : 60 * scale, 30 * scale : 90 * scale] += wrong
    checked = make_plausible(lr, bad, scale, NETWORK_LIMIT)
    assert largest_shift(lr, bad, scale) > NETWORK_LIMIT
    assert largest_shift(lr, checked.sr, scale) <= NETWORK_LIMIT / 3
    assert checked.repaired_px >= 40 * 60
    # Far from it, nothing was touched.
    assert torch.equal(checked.sr[..., 90 * scale :], bad[..., 90 * scale :]) or wrong == 0.5
    assert torch.equal(checked.sr[..., : 10 * scale, :], bad[..., : 10 * scale, :])


def test_a_photo_is_saved_in_its_own_colours_and_the_repair_is_said(tmp_path):
    Image.fromarray(photo_with_blue()).save(tmp_path / "p.png")
    photo = read_photo(tmp_path / "p.png")
    backbone = Backbone("fails", "custom", FailsOnBlue(), SCALE)
    lr = tensor(photo.pixels)
    with torch.no_grad():
        assert largest_shift(lr, backbone(lr), SCALE) > 0.9
    output = Output("PNG", photo.width_px * SCALE, photo.height_px * SCALE)
    result = PhotoUpscaler(backbone, precision="fp32", backend="torch").upscale(
        photo, tmp_path / "r.png", output, token=CancelToken()
    )
    sr = tensor(read_photo(tmp_path / "r.png").pixels)
    small = downsample_bicubic(sr, SCALE)
    assert (small - lr).abs().max() < 0.3  # at the blue's hard edge; it was 1 all over
    assert (small - lr)[..., 45:95, 65:155].abs().max() < 0.02
    assert 0.15 < result.repaired_share < 0.5


def test_an_ordinary_photo_is_saved_to_the_same_bits_with_the_check_and_without(tmp_path):
    pixels = np.array(scene(160, 240, seed=4))
    Image.fromarray(pixels).save(tmp_path / "p.png")
    photo = read_photo(tmp_path / "p.png")
    output = Output("PNG", 480, 320)
    saved = []
    for limit in (None, 1e9):
        backbone = Backbone("fails", "custom", FailsOnBlue(), SCALE, largest_shift=limit)
        upscaler = PhotoUpscaler(backbone, precision="fp32", backend="torch")
        path = tmp_path / f"{limit}.png"
        assert upscaler.upscale(photo, path, output).repaired_share == 0.0
        saved.append(read_photo(path).pixels)
    assert np.array_equal(*saved)


def test_a_profile_gets_a_limit_from_what_was_measured_within_bounds():
    assert limit_of([]) is None
    assert limit_of([10 / 255, 16 / 255]) == pytest.approx(24 / 255)
    assert limit_of([0.0]) == pytest.approx(12 / 255)
    assert limit_of([0.9]) == pytest.approx(40 / 255)
    assert PROFILE_LIMIT > NETWORK_LIMIT
