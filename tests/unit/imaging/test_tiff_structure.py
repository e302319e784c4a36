"""Of a TIFF the photo is read, not its thumbnail; wrong lengths of strips do not matter."""

import struct

import numpy as np
import pytest
import tifffile

from engine.errors import PhotoError
from engine.imaging.decoding import decode_photo, read_header
from tests.photo_samples import scene

SIZE, SMALL = (40, 60), (10, 15)
REDUCED = 1


def read(path):
    return decode_photo(path, max_pixels=1_000_000, keep_16_bit=True)


def thumbnail():
    return scene(*SMALL, seed=1)


@pytest.mark.parametrize("flagged", [True, False])
def test_a_first_page_that_is_the_thumbnail_is_passed_over(tmp_path, flagged):
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        kind = REDUCED if flagged else 0
        writer.write(
            thumbnail(), photometric="rgb", subfiletype=kind, description="a caption", metadata=None
        )
        writer.write(scene(*SIZE), photometric="rgb", compression="zlib", metadata=None)
    photo = read(path)
    np.testing.assert_array_equal(photo.pixels, scene(*SIZE))
    assert photo.notices == ()
    assert read_header(path).width_px == SIZE[1]
    assert b"a caption" in photo.metadata.exif


def test_a_photo_below_its_thumbnail_is_found(tmp_path):
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(thumbnail(), photometric="rgb", subifds=1, subfiletype=REDUCED)
        writer.write(scene(*SIZE), photometric="rgb")
    np.testing.assert_array_equal(read(path).pixels, scene(*SIZE))


def test_smaller_copies_of_the_photo_are_no_other_pictures(tmp_path):
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(scene(*SIZE), photometric="rgb", subifds=1)
        writer.write(thumbnail(), photometric="rgb", subfiletype=REDUCED)
        writer.write(thumbnail(), photometric="rgb", subfiletype=REDUCED)
    photo = read(path)
    np.testing.assert_array_equal(photo.pixels, scene(*SIZE))
    assert photo.notices == ()


def test_pages_of_another_shape_are_other_pictures(tmp_path):
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(scene(*SIZE), photometric="rgb")
        writer.write(scene(80, 80), photometric="rgb")
    photo = read(path)
    np.testing.assert_array_equal(photo.pixels, scene(*SIZE))
    assert "more than one picture" in photo.notices[0]


def test_pages_that_lead_in_a_circle_end(tmp_path):
    path = tmp_path / "p.tif"
    tifffile.imwrite(path, scene(*SIZE), photometric="rgb")
    data = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<L", data, first + 2 + 12 * count, first)
    path.write_bytes(data)
    np.testing.assert_array_equal(read(path).pixels, scene(*SIZE))


def with_lengths(path, compression, change, rows_each=7):
    """Write a photo in strips and change what its directory says of their lengths."""
    values = scene(*SIZE)
    tifffile.imwrite(
        path, values, photometric="rgb", compression=compression, rowsperstrip=rows_each
    )
    with tifffile.TiffFile(path, mode="r+") as file:
        tag = file.pages.first.tags["StripByteCounts"]
        lengths = tag.value if isinstance(tag.value, tuple) else (tag.value,)
        tag.overwrite(tuple(change(length) for length in lengths))
    return values


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
@pytest.mark.parametrize("change", [lambda _n: 0, lambda _n: 60_000], ids=["none", "too long"])
@pytest.mark.parametrize("rows_each", [7, 40])
def test_wrong_lengths_of_strips_are_found_out(tmp_path, compression, change, rows_each):
    path = tmp_path / "p.tif"
    values = with_lengths(path, compression, change, rows_each)
    np.testing.assert_array_equal(read(path).pixels, values)


def test_uncompressed_strips_are_as_long_as_their_pixels(tmp_path):
    path = tmp_path / "p.tif"
    values = with_lengths(path, None, lambda length: length // 2)
    np.testing.assert_array_equal(read(path).pixels, values)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
@pytest.mark.parametrize("change", [lambda n: n, lambda _n: 0, lambda _n: 60_000])
def test_strips_that_are_not_all_there_are_still_refused(tmp_path, compression, change):
    path = tmp_path / "p.tif"
    with_lengths(path, compression, change)
    with tifffile.TiffFile(path) as file:
        last = max(file.pages.first.dataoffsets)
    path.write_bytes(path.read_bytes()[: last + 20])
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(path)
