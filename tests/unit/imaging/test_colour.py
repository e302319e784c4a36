import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imaging.colour import (
    bands,
    from_bits,
    from_float,
    over_white,
    premultiply,
    to_depth,
    unpremultiply,
)
from engine.imaging.transparent import fill_transparent
from tests.photo_samples import scene, smooth_alpha


def test_eight_bits_survive_a_trip_through_sixteen():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    wide = to_depth(values, 16)
    assert (wide.dtype, wide.max()) == (np.uint16, 65535)
    np.testing.assert_array_equal(to_depth(wide, 8), values)


def test_sixteen_bits_are_rounded_to_the_nearest_of_eight():
    values = np.arange(65536, dtype=np.uint16).reshape(-1, 64)
    np.testing.assert_array_equal(to_depth(values, 8), np.rint(values / 257).astype(np.uint8))


@given(bits=st.integers(1, 32))
def test_any_width_stretches_black_to_black_and_white_to_white(bits):
    top = 2**bits - 1
    values = np.array([[0, top // 2, top]], dtype=np.uint32)
    stretched = from_bits(values, bits)
    white = np.iinfo(stretched.dtype).max
    assert stretched.dtype == (np.uint8 if bits <= 8 else np.uint16)
    np.testing.assert_allclose(stretched / white, values / top, atol=0.5 / white + 1e-12)


def test_floats_are_scaled_and_clipping_is_told():
    values, clipped = from_float(np.array([[0.0, 0.5, 1.0]], np.float32))
    assert values.tolist() == [[0, 32768, 65535]]
    assert not clipped
    outside = np.array([[-1.0, 7.0, np.nan, np.inf, -np.inf]], np.float64)
    values, clipped = from_float(outside)
    assert values.tolist() == [[0, 65535, 0, 65535, 0]]
    assert clipped


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_unpremultiply_undoes_premultiply_as_far_as_rounding_allows(dtype):
    white = np.iinfo(dtype).max
    pixels, alpha = scene(300, 50, 3, dtype), smooth_alpha(300, 50, dtype)
    straight = unpremultiply(premultiply(pixels, alpha), alpha).astype(np.float64)
    visible = alpha > 0
    error = np.abs(straight - pixels)[visible]
    assert (error <= (0.5 * white / alpha[visible] + 0.5)[:, None]).all()
    assert (straight[~visible] == 0).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_over_white_blends_between_the_photo_and_white(dtype):
    white = np.iinfo(dtype).max
    pixels, alpha = scene(9, 50, 3, dtype), smooth_alpha(9, 50, dtype)
    opacity = alpha[..., None] / white
    expected = pixels * opacity + white * (1 - opacity)
    np.testing.assert_allclose(over_white(pixels, alpha), expected, atol=0.5 + 1e-6)


def test_invisible_pixels_take_the_nearest_visible_colour():
    pixels = np.zeros((5, 9, 3), np.uint8)
    pixels[:, 6:] = (10, 200, 30)
    alpha = np.zeros((5, 9), np.uint8)
    alpha[:, 6:] = 1
    filled = fill_transparent(pixels, alpha)
    assert (filled == (10, 200, 30)).all()
    assert (pixels[:, :6] == 0).all()


def test_visible_pixels_are_never_changed_by_filling():
    rng = np.random.default_rng(3)
    pixels, alpha = scene(40, 30), (rng.random((40, 30)) > 0.5).astype(np.uint8)
    filled = fill_transparent(pixels, alpha)
    np.testing.assert_array_equal(filled[alpha > 0], pixels[alpha > 0])


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_is_filled_where_all_or_nothing_is_visible(value):
    pixels = scene(4, 4)
    assert fill_transparent(pixels, np.full((4, 4), value, np.uint8)) is pixels


@given(rows=st.integers(0, 2000))
def test_bands_cover_every_row_once(rows):
    covered = [row for band in bands(rows) for row in range(band.start, band.stop)]
    assert covered == list(range(rows))
