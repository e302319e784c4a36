import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from engine.imaging.icc import (
    grey_to_srgb,
    profile_from_cicp,
    profile_space,
    srgb_profile,
    to_srgb,
)
from tests.photo_samples import LAB_ICC, cmyk_icc, grey_icc


def lcms(icc):
    return ImageCms.ImageCmsProfile(io.BytesIO(icc))


def test_profile_space_is_read():
    assert profile_space(srgb_profile()) == "RGB"
    assert profile_space(LAB_ICC) == "Lab"


@pytest.mark.parametrize("icc", [b"", b"x" * 500, srgb_profile()[:200], srgb_profile()[:-1]])
def test_damaged_profiles_have_no_space(icc):
    assert profile_space(icc) is None


# D50-adapted primaries as Apple's and the ICC's own profiles give them.
@pytest.mark.parametrize(
    ("code", "name", "red", "green", "blue"),
    [
        (
            12,
            "Display P3",
            (0.5151, 0.2412, -0.0011),
            (0.2920, 0.6922, 0.0419),
            (0.1571, 0.0666, 0.7841),
        ),
        (
            9,
            "Rec. 2020",
            (0.6735, 0.2790, -0.0019),
            (0.1656, 0.6753, 0.0300),
            (0.1251, 0.0456, 0.7969),
        ),
    ],
)
def test_made_profiles_have_the_published_primaries(code, name, red, green, blue):
    icc = profile_from_cicp(code, 13)
    profile = lcms(icc).profile
    assert profile_space(icc) == "RGB"
    assert profile.profile_description == name
    assert profile.red_primary[0] == pytest.approx(red, abs=2e-3)
    assert profile.green_primary[0] == pytest.approx(green, abs=2e-3)
    assert profile.blue_primary[0] == pytest.approx(blue, abs=2e-3)


def test_made_profile_has_the_srgb_tone_curve():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    made = lcms(profile_from_cicp(12, 13))
    transform = ImageCms.buildTransform(made, lcms(srgb_profile()), "RGB", "RGB", 1)
    converted = np.asarray(transform.apply(Image.fromarray(ramp)))
    assert np.abs(converted.astype(int) - ramp).max() <= 1


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (2, 2), (9, 16), (12, 18)])
def test_no_profile_is_made_where_srgb_or_hdr_is_meant(primaries, transfer):
    assert profile_from_cicp(primaries, transfer) is None


def test_cmyk_without_a_profile_uses_the_plain_formula():
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255]]], np.uint8)
    expected = [[255, 255, 255], [0, 255, 255], [255, 0, 0], [0, 0, 0]]
    assert to_srgb(inks, "CMYK", None)[0].tolist() == expected
    assert to_srgb(inks, "CMYK", b"garbage")[0].tolist() == expected


def test_cmyk_is_converted_through_its_profile():
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)
    paper, ink, black = to_srgb(inks, "CMYK", cmyk_icc())[0].astype(int)
    assert (paper >= 254).all()
    assert (black <= 1).all()
    assert ink[0] > ink[1] + 100  # red, where the plain formula gives cyan
    assert ink[0] > ink[2] + 100


def test_grey_profile_gives_the_srgb_tone_of_the_same_lightness():
    tones = grey_to_srgb(grey_icc(1.0))
    linear = np.arange(256) / 255
    expected = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    assert np.abs(tones - expected * 255).max() < 1.5


def test_other_profiles_have_no_grey_tones():
    assert grey_to_srgb(srgb_profile()) is None
    assert grey_to_srgb(b"") is None
