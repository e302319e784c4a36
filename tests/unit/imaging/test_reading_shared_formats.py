"""The photos that break upscalers read as what they are, or give the expected clear error."""

import csv

import numpy as np
import pytest
from PIL import Image, ImageOps

from engine.errors import PhotoError
from engine.imaging.icc import profile_space
from engine.imaging.reading import probe, read_photo, read_rgb8
from tests.photo_samples import profile_name
from tests.shared_data import shared_data

DAMAGED = {"broken_png.png", "broken_exif.png", "bad_heif.heif"}
GREY = {"gray16.png", "la.png", "bilevel.png"}
DEEP = {"gray16.png", "tiff16rgb.tif"}
TRANSPARENT = {"rgba.png", "la.png", "webp_alpha.webp"}
TURNED = {"orientation6.jpg"}  # the size listed for it is the stored one


def listed():
    with shared_data("formats", "INDEX.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_listed_photo_reads_as_listed():
    for row in listed():
        name = row["file"]
        if name in DAMAGED:
            continue
        path = shared_data("formats", name)
        photo, info = read_photo(path), probe(path)
        width, height = map(int, row["size"].split("x"))
        if name in TURNED:
            width, height = height, width
        assert (photo.width_px, photo.height_px) == (width, height), name
        assert (info.width_px, info.height_px) == (width, height), name
        assert photo.is_grey == (name in GREY), name
        assert photo.bit_depth == (16 if name in DEEP else 8), name
        assert (photo.alpha is not None) == (name in TRANSPARENT) == info.has_alpha, name
        assert read_rgb8(path).shape == (height, width, 3), name
        if row["make model"]:
            camera = f"{info.camera.make} {info.camera.model}"
            assert camera == row["make model"], name


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_every_damaged_photo_is_one_error_that_names_it(name):
    path = shared_data("formats", name)
    with pytest.raises(PhotoError, match=f"{name}: The photo is damaged or incomplete"):
        read_photo(path)


def test_a_jpeg_that_lacks_only_its_end_is_read_and_says_so():
    photo = read_photo(shared_data("formats", "truncated.jpg"))
    assert photo.notices == ("The end of the file is missing, but nothing of the picture.",)


def test_heic_keeps_display_p3_and_its_camera():
    path = shared_data("formats", "phone_p3.heic")
    photo = read_photo(path)
    assert profile_name(photo.metadata.icc) == "Display P3"
    assert probe(path).camera.lens == "iPhone 13 Pro Max back triple camera 5.7mm f/1.5"


def test_cmyk_becomes_srgb():
    photo = read_photo(shared_data("formats", "cmyk.jpg"))
    assert not photo.is_grey
    assert profile_space(photo.metadata.icc) == "RGB"


@pytest.mark.parametrize("name", ["orientation3.jpg", "phone_jpeg.jpg", "palette.png", "rgba.png"])
def test_pixels_equal_pillows(name):
    path = shared_data("formats", name)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(read_rgb8(path), expected)


def test_sixteen_bit_tiff_keeps_all_its_bits():
    photo = read_photo(shared_data("formats", "tiff16rgb.tif"))
    assert len(np.unique(photo.pixels)) > 256
