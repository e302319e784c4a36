"""Files that name their colours without an ICC profile keep their look through one made for them."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import xyz2rgb

from engine.imaging.exif import ExifTree, ascii_entry
from engine.imaging.exif_layout import build
from engine.imaging.icc import profile_from_cicp, profile_space
from engine.imaging.reading import read_photo
from tests.photo_samples import SRGB_ICC, png_of, profile_name

ADOBE_TO_XYZ = np.array(
    [
        [0.5767309, 0.1855540, 0.1881852],
        [0.2973769, 0.6273491, 0.0752741],
        [0.0270343, 0.0706872, 0.9911085],
    ]
)
"""Adobe RGB (1998) to XYZ, as published by Bruce Lindbloom."""

ADOBE_CHRM = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
SRGB_CHRM = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
COLOURS = np.array([[[100, 150, 140], [200, 180, 120], [30, 30, 60], [128, 128, 128]]], np.uint8)


def chunk(kind, *numbers):
    return kind, struct.pack(f">{len(numbers)}L", *numbers)


def read_png(tmp_path, *chunks, values=COLOURS, colour=2, depth=8):
    path = tmp_path / "p.png"
    path.write_bytes(png_of(values, colour, depth, *chunks))
    return read_photo(path)


def in_srgb(photo):
    """The photo's colours in sRGB, converted by littleCMS through its profile."""
    mode = "L" if photo.is_grey else "RGB"
    image = Image.fromarray(photo.pixels[..., 0] if photo.is_grey else photo.pixels, mode)
    profiles = (ImageCms.ImageCmsProfile(io.BytesIO(i)) for i in (photo.metadata.icc, SRGB_ICC))
    flags = ImageCms.Flags.NOOPTIMIZE
    return np.asarray(ImageCms.profileToProfile(image, *profiles, outputMode="RGB", flags=flags))


def adobe_in_srgb(values, gamma):
    return xyz2rgb((values / 255) ** gamma @ ADOBE_TO_XYZ.T).clip(0, 1) * 255


@pytest.mark.parametrize(
    ("gama", "gamma"), [(None, None), (45455, 2.2), (55556, 1.8), (100000, 1.0)]
)
def test_tone_curve_and_primaries_of_a_png_are_kept(tmp_path, gama, gamma):
    curve = [chunk(b"gAMA", gama)] if gama else []
    photo = read_png(tmp_path, *curve, chunk(b"cHRM", *ADOBE_CHRM))
    np.testing.assert_array_equal(photo.pixels, COLOURS)
    expected = adobe_in_srgb(COLOURS, gamma or 2.2)
    # Without a curve it is that of sRGB, which is a little other than a power in the shadows.
    assert np.abs(in_srgb(photo) - expected).max() <= (1.5 if gamma else 7)


@pytest.mark.parametrize(("gama", "middle"), [(100000, 188), (55556, 146), (50000, 137)])
@pytest.mark.parametrize("colour", [0, 2])
def test_a_tone_curve_alone_is_kept(tmp_path, gama, middle, colour):
    samples = 3 if colour == 2 else 1
    values = np.full((4, 4, samples), 128, np.uint8)
    photo = read_png(tmp_path, chunk(b"gAMA", gama), values=values, colour=colour)
    light = (128 / 255) ** (100000 / gama)
    assert middle == round(255 * (1.055 * light ** (1 / 2.4) - 0.055))  # the formula of sRGB
    assert np.abs(in_srgb(photo).astype(int) - middle).max() <= 1


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (chunk(b"gAMA", 45455),),
        (chunk(b"gAMA", 45455), chunk(b"cHRM", *SRGB_CHRM)),
        (chunk(b"cHRM", *SRGB_CHRM),),
        ((b"sRGB", b"\0"), chunk(b"gAMA", 100000)),
        (chunk(b"gAMA", 0),),
        (chunk(b"cHRM", *[0] * 8),),
        (chunk(b"cHRM", *[31270, 32900] * 4),),
    ],
)
def test_what_means_srgb_or_nothing_gets_no_profile(tmp_path, chunks):
    assert read_png(tmp_path, *chunks).metadata.icc is None


def exif(space, index):
    tree = ExifTree()
    tree.exif[0xA001] = tree.pack(3, space)
    if index:
        tree.interop[1] = ascii_entry(index)
    return b"Exif\0\0" + build(tree)


@pytest.mark.parametrize(("space", "index"), [(65535, "R03"), (2, None)])
def test_a_camera_that_names_adobe_rgb_without_a_profile_gets_one(tmp_path, space, index):
    path = tmp_path / "p.jpg"
    flat = np.broadcast_to(COLOURS[:, :1], (16, 16, 3))
    Image.fromarray(flat).save(path, quality=100, subsampling=0, exif=exif(space, index))
    photo = read_photo(path)
    assert profile_name(photo.metadata.icc) == "Adobe RGB (1998)"
    expected = adobe_in_srgb(photo.pixels[:1, :1], 563 / 256)
    assert np.abs(in_srgb(photo)[:1, :1] - expected).max() <= 1.5


@pytest.mark.parametrize(("space", "index"), [(1, "R98"), (1, "R03"), (65535, None)])
def test_other_cameras_get_none(tmp_path, space, index):
    path = tmp_path / "p.jpg"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path, exif=exif(space, index))
    assert read_photo(path).metadata.icc is None


def test_a_profile_in_the_file_goes_before_what_exif_names(tmp_path):
    path = tmp_path / "p.jpg"
    image = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    image.save(path, exif=exif(65535, "R03"), icc_profile=SRGB_ICC)
    assert read_photo(path).metadata.icc == SRGB_ICC


@pytest.mark.parametrize(("transfer", "middle"), [(8, 188), (4, 128)])
def test_codes_of_linear_and_power_curves_have_profiles(transfer, middle):
    icc = profile_from_cicp(1, transfer)
    assert profile_space(icc) == "RGB"
    profiles = (ImageCms.ImageCmsProfile(io.BytesIO(i)) for i in (icc, SRGB_ICC))
    image = Image.fromarray(np.full((2, 2, 3), 128, np.uint8))
    assert (
        np.abs(np.asarray(ImageCms.profileToProfile(image, *profiles)) - float(middle)).max() <= 1
    )


def test_codes_of_srgb_have_none():
    assert profile_from_cicp(1, 13) is None
    assert profile_from_cicp(2, 2) is None
