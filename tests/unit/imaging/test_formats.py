import numpy as np
import pytest

from engine.errors import PhotoError
from engine.imaging.encoders.base import Output
from engine.imaging.formats import FORMATS, check_format, disk_bytes_at_most
from engine.imaging.strips import StripWriter


@pytest.mark.parametrize("format_", list(FORMATS))
def test_the_longest_side_is_allowed_and_one_more_is_not(format_):
    longest = FORMATS[format_].max_side_px
    for sides in ((longest, 1), (1, longest)):
        check_format(format_, *sides)
    for sides in ((longest + 1, 1), (1, longest + 1)):
        with pytest.raises(PhotoError, match=str(longest)):
            check_format(format_, *sides)


def test_webp_has_a_limit_of_pixels_too():
    check_format("WebP", 10_000, 10_000)
    with pytest.raises(PhotoError, match="100 megapixels"):
        check_format("WebP", 10_000, 10_001)
    check_format("JPEG", 16_000, 12_000)


def test_the_remedy_names_only_formats_that_can():
    with pytest.raises(PhotoError) as caught:
        check_format("WebP", 70_000, 10)
    assert caught.value.remedy.startswith("Save it as PNG or TIFF")
    with pytest.raises(PhotoError) as caught:
        check_format("WebP", 20_000, 10)
    assert "JPEG or PNG or TIFF" in caught.value.remedy


@pytest.mark.parametrize("format_", ["JPEG", "WebP"])
def test_sixteen_bits_need_a_format_that_has_them(format_):
    with pytest.raises(PhotoError, match="16 bits"):
        check_format(format_, 10, 10, 16)
    check_format("PNG", 10, 10, 16)


@pytest.mark.parametrize("sides", [(0, 5), (5, 0), (-1, 5)])
def test_a_result_without_pixels_is_refused(sides):
    with pytest.raises(PhotoError, match="no pixels"):
        check_format("PNG", *sides)


@pytest.mark.parametrize("format_", list(FORMATS))
def test_no_file_needs_more_disk_than_was_said(tmp_path, format_):
    noise = np.random.default_rng(0).integers(0, 256, (500, 400, 3), np.uint8)
    with StripWriter(tmp_path / "p", Output(format_, 400, 500, quality=100)) as writer:
        writer.write(noise)
    limit = disk_bytes_at_most(format_, 400, 500, channels=3, bit_depth=8)
    assert (tmp_path / "p").stat().st_size <= limit
    assert limit < 4 * noise.nbytes
