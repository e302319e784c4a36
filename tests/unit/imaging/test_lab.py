"""L*a*b* of TIFF files against scikit-image and littleCMS, which this program does not use for it."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from skimage.color import lab2xyz, xyz2rgb

from engine.imaging.reading import read_photo
from tests.photo_samples import LAB_ICC, SRGB_ICC, scene

BRADFORD_D50_TO_D65 = np.array(
    [
        [0.9555766, -0.0230393, 0.0631636],
        [-0.0282895, 1.0099416, 0.0210077],
        [0.0122982, -0.0204830, 1.3299098],
    ]
)
"""As published by Bruce Lindbloom."""

COLOURS = np.array(
    [
        [50, 0, 0],
        [0, 0, 0],
        [100, 0, 0],
        [5, 0, 0],
        [50, 40, 0],
        [50, -40, 0],
        [60, 0, 45],
        [60, 0, -45],
        [55, 30, 20],
        [40, -20, -15],
        [80, 10, 60],
        [30, 25, -50],
    ],
    float,
)
"""L*, a* and b* of colours that sRGB has."""


def expected(lab, white):
    rgb = xyz2rgb(lab2xyz(lab[None], illuminant="D50") @ BRADFORD_D50_TO_D65.T)
    return rgb.clip(0, 1)[0] * white


def stored(lab, photometric, dtype):
    """The colours as TIFF 6 and Adobe's notes on ICCLab put them."""
    scale = 256 if dtype is np.uint16 else 1
    lightest = {np.uint8: 255, np.uint16: 65280 if photometric == "icclab" else 65535}[dtype]
    chroma = np.round(lab[:, 1:] * scale)
    chroma = chroma + 128 * scale if photometric == "icclab" else chroma % (256 * scale)
    return np.column_stack([np.round(lab[:, 0] / 100 * lightest), chroma]).astype(dtype)[None]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
def test_colours_are_those_of_scikit_image(tmp_path, photometric, dtype):
    path = tmp_path / "lab.tif"
    tifffile.imwrite(path, stored(COLOURS, photometric, dtype), photometric=photometric)
    photo = read_photo(path)
    assert photo.pixels.dtype == dtype
    difference = photo.pixels[0] - expected(COLOURS, np.iinfo(dtype).max)
    # At 8 bits L* comes in steps of 0.4, more than one step of sRGB.
    assert np.abs(difference).max() <= (1.2 if dtype is np.uint8 else 60)


def test_middle_grey_is_119(tmp_path):
    for photometric in ("cielab", "icclab"):
        path = tmp_path / f"{photometric}.tif"
        grey = stored(np.array([[50.0, 0, 0]]), photometric, np.uint16)
        tifffile.imwrite(path, grey, photometric=photometric)
        assert (np.round(read_photo(path).pixels / 257) == 119).all()


@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
def test_photos_are_those_of_littlecms(tmp_path, photometric):
    values = scene(37, 53)
    lab = ImageCms.profileToProfile(
        Image.fromarray(values),
        ImageCms.ImageCmsProfile(io.BytesIO(SRGB_ICC)),
        ImageCms.ImageCmsProfile(io.BytesIO(LAB_ICC)),
        outputMode="LAB",
    )
    signed = np.array(lab)  # Pillow hands a* and b* out as signed numbers
    if photometric == "icclab":
        signed[..., 1:] ^= 0x80
    path = tmp_path / "lab.tif"
    tifffile.imwrite(path, signed, photometric=photometric)
    assert np.abs(read_photo(path).pixels.astype(int) - values).mean() < 1.5
