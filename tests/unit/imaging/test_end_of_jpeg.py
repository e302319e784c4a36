"""A JPEG that lacks only its end is read, and how much is made up is said; more is refused."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from engine.errors import PhotoError
from engine.imaging.decoding import decode_photo
from tests.photo_samples import scene

HEIGHT, WIDTH = 400, 120
KINDS = {
    "plain": {},
    "all colours": {"subsampling": 0},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
}


def jpeg(values, mode="RGB", **how):
    buffer = io.BytesIO()
    Image.fromarray(values).convert(mode).save(buffer, "JPEG", quality=92, **how)
    return buffer.getvalue()


def read(tmp_path, data):
    path = tmp_path / "p.jpg"
    path.write_bytes(data)
    return decode_photo(path, max_pixels=1_000_000, keep_16_bit=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("end", [b"", b"\xff", bytes(5000)], ids=["cut", "half", "zeros"])
def test_without_its_last_two_bytes_it_is_the_whole_photo(tmp_path, kind, mode, end):
    whole = jpeg(scene(HEIGHT, WIDTH), mode, **KINDS[kind])
    photo = read(tmp_path, whole[:-2] + end)
    np.testing.assert_array_equal(photo.pixels, read(tmp_path, whole).pixels)
    assert any("nothing of the picture" in notice for notice in photo.notices)


@pytest.mark.parametrize("kind", ["plain", "all colours", "restarts"])
@pytest.mark.parametrize("cut", [3, 30, 120])
def test_rows_that_are_not_all_there_are_counted(tmp_path, kind, cut):
    whole = jpeg(scene(HEIGHT, WIDTH), **KINDS[kind])
    photo = read(tmp_path, whole[:-cut])
    sound = read(tmp_path, whole).pixels
    (lost,) = (int(n) for n in re.findall(r"lowest (\d+) rows", "".join(photo.notices)))
    np.testing.assert_array_equal(photo.pixels[:-lost], sound[:-lost])
    assert 0 < lost <= 0.05 * HEIGHT


def test_a_bottom_of_one_colour_is_not_mistaken_for_missing(tmp_path):
    values = scene(HEIGHT, WIDTH)
    values[HEIGHT // 3 :] = 255
    photo = read(tmp_path, jpeg(values)[:-2])
    assert photo.pixels.shape == values.shape


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_a_photo_of_which_much_is_missing_is_refused(tmp_path, kind, share):
    whole = jpeg(scene(HEIGHT, WIDTH), **KINDS[kind])
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(tmp_path, whole[: int(share * len(whole))])


def test_a_progressive_photo_without_its_last_scans_is_refused(tmp_path):
    whole = jpeg(scene(HEIGHT, WIDTH), progressive=True)
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(tmp_path, whole[:last])


def test_half_a_photo_that_a_copy_filled_with_zeros_is_refused(tmp_path):
    whole = jpeg(scene(HEIGHT, WIDTH))
    half = len(whole) // 2
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(tmp_path, whole[:half] + bytes(len(whole) - half))
