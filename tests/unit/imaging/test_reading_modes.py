"""Every way a photo may store its pixels comes out as the values that were put in."""

import struct
import sys

import cv2
import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from engine.errors import PhotoError
from engine.imaging.colour import from_bits, premultiply
from engine.imaging.decoding import read_header
from engine.imaging.icc import profile_space
from engine.imaging.orientation import turn_upright
from engine.imaging.reading import probe, read_photo, read_rgb8
from tests.photo_samples import (
    IPTC,
    MAKER_NOTE,
    SRGB_ICC,
    cmyk_icc,
    exif_block,
    grey_icc,
    png_of,
    profile_name,
    scene,
    smooth_alpha,
    xmp_packet,
)

SIZE = (37, 53)


def pillow_file(path, image, **options):
    image.save(path, **options)
    return read_photo(path)


def assert_pixels(photo, expected, alpha=None):
    expected = expected[..., None] if expected.ndim == 2 else expected
    assert photo.pixels.dtype == expected.dtype
    assert photo.pixels.flags.c_contiguous
    np.testing.assert_array_equal(photo.pixels, expected)
    if alpha is None:
        assert photo.alpha is None
    else:
        assert photo.alpha.dtype == expected.dtype
        np.testing.assert_array_equal(photo.alpha, alpha)


# PNG


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_png_grey_of_every_depth(tmp_path, depth, interlaced):
    values = from_bits(scene(*SIZE, 1, np.uint16), 16) >> (16 - depth)
    path = tmp_path / "p.png"
    path.write_bytes(png_of(values, 0, depth, interlaced=interlaced))
    white = 65535 if depth == 16 else 255
    assert_pixels(
        read_photo(path),
        (values.astype(np.uint32) * white // (2**depth - 1)).astype(
            np.uint16 if depth == 16 else np.uint8
        ),
    )
    assert probe(path).bit_depth == depth


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour_samples", [(2, 3), (4, 2), (6, 4)])
def test_png_colour_and_alpha(tmp_path, capfd, colour_samples, dtype, interlaced):
    colour, samples = colour_samples
    values = scene(*SIZE, samples, dtype)
    path = tmp_path / "p.png"
    path.write_bytes(png_of(values, colour, np.dtype(dtype).itemsize * 8, interlaced=interlaced))
    if samples == 3:
        assert_pixels(read_photo(path), values)
    else:
        assert_pixels(read_photo(path), values[..., :-1], values[..., -1])
    assert probe(path).has_alpha is (samples != 3)
    assert capfd.readouterr() == ("", "")


def test_png_palette_is_expanded(tmp_path):
    image = Image.fromarray(scene(*SIZE)).quantize(17)
    photo = pillow_file(tmp_path / "p.png", image)
    assert_pixels(photo, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("interlaced", [False, True])
def test_png_palette_with_transparency(tmp_path, interlaced):
    indices = (scene(*SIZE, 1)[..., :1] // 64).astype(np.uint8)
    table = np.array([[9, 8, 7], [250, 0, 0], [0, 250, 0], [1, 2, 3]], np.uint8)
    opacity = np.array([0, 100, 255, 255], np.uint8)
    chunks = [(b"PLTE", table.tobytes()), (b"tRNS", opacity[:2].tobytes())]
    path = tmp_path / "p.png"
    path.write_bytes(png_of(indices, 3, 8, *chunks, interlaced=interlaced))
    assert_pixels(read_photo(path), table[indices[..., 0]], opacity[indices[..., 0]])


@pytest.mark.parametrize(("colour", "samples"), [(0, 1), (2, 3)])
def test_png_with_one_transparent_colour(tmp_path, colour, samples):
    values = scene(*SIZE, samples)
    key = values[4, 5]
    path = tmp_path / "p.png"
    path.write_bytes(png_of(values, colour, 8, (b"tRNS", key.astype(">u2").tobytes())))
    expected = np.where((values == key).all(axis=-1), 0, 255).astype(np.uint8)
    assert_pixels(read_photo(path), values, expected)


def test_apng_gives_its_first_frame_and_says_so(tmp_path):
    frames = [Image.fromarray(scene(*SIZE, seed=seed)) for seed in (1, 2)]
    photo = pillow_file(tmp_path / "p.png", frames[0], save_all=True, append_images=frames[1:])
    assert_pixels(photo, scene(*SIZE, seed=1))
    assert "more than one picture" in " ".join(photo.notices)


def test_png_metadata_survives_any_size_and_damaged_text_does_not_matter(tmp_path):
    long = xmp_packet(extra=f"<dc:x>{'y' * 3_000_000}</dc:x>")
    chunks = [
        (b"iCCP", b"x\0\0" + b"not compressed"),
        (b"zTXt", b"Raw profile type iptc\0\0garbage"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + long),
        (b"eXIf", exif_block()),
    ]
    path = tmp_path / "p.png"
    path.write_bytes(png_of(scene(*SIZE), 2, 8, *chunks))
    photo = read_photo(path)
    assert photo.metadata.xmp == long
    assert photo.metadata.exif == exif_block()
    assert photo.metadata.icc is None


def test_png_with_wide_gamut_code_gets_a_profile(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(png_of(scene(*SIZE), 2, 8, (b"cICP", bytes([12, 13, 0, 1]))))
    assert profile_name(read_photo(path).metadata.icc) == "Display P3"


# JPEG, WebP, BMP


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": "4:2:0"}])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_equals_pillow(tmp_path, mode, options):
    image = Image.fromarray(scene(300, 53)).convert(mode)
    photo = pillow_file(tmp_path / "p.jpg", image, **options)
    with Image.open(tmp_path / "p.jpg") as expected:
        assert_pixels(photo, np.asarray(expected))


def test_phone_jpegs_with_appended_pictures_and_videos_read_as_the_photo(tmp_path):
    values = [scene(48, 64, seed=seed) for seed in (1, 2)]
    images = [Image.fromarray(value) for value in values]
    options = {"quality": 100, "subsampling": 0, "exif": b"Exif\0\0" + exif_block()}
    images[0].save(tmp_path / "p.jpg", "MPO", save_all=True, append_images=images[1:], **options)
    with (tmp_path / "p.jpg").open("ab") as file:
        file.write(b"\0\0\0\x18ftypmp42" + bytes(5000))
    photo = read_photo(tmp_path / "p.jpg")
    assert photo.format == "JPEG"
    assert len(photo.notices) == 1
    assert "video" in photo.notices[0]
    assert np.abs(photo.pixels.astype(int) - values[0]).mean() < 2
    assert photo.metadata.exif == exif_block()


def test_cmyk_without_profile_is_converted_and_said(tmp_path):
    image = Image.fromarray(scene(*SIZE)).convert("CMYK")
    photo = pillow_file(tmp_path / "p.jpg", image, quality=100, subsampling=0)
    assert np.abs(photo.pixels.astype(int) - np.asarray(image.convert("RGB"))).mean() < 2
    assert profile_space(photo.metadata.icc) == "RGB"
    assert "CMYK" in photo.notices[0]


def test_cmyk_goes_through_its_profile(tmp_path):
    image = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    photo = pillow_file(tmp_path / "p.jpg", image, quality=100, icc_profile=cmyk_icc())
    red, green, blue = photo.pixels[16, 16].astype(int)
    assert red > max(green, blue) + 100
    assert profile_space(photo.metadata.icc) == "RGB"
    assert photo.notices == ()


def test_lossless_webp_is_exact(tmp_path):
    values, alpha = scene(*SIZE), smooth_alpha(*SIZE)
    both = np.concatenate([values, alpha[..., None]], axis=2)
    image = Image.fromarray(both)
    photo = pillow_file(tmp_path / "p.webp", image, lossless=True, exact=True)
    assert_pixels(photo, values, alpha)
    assert_pixels(pillow_file(tmp_path / "q.webp", Image.fromarray(values), lossless=True), values)


def test_animated_webp_gives_its_first_frame_and_says_so(tmp_path):
    frames = [Image.fromarray(scene(*SIZE, seed=seed)) for seed in (1, 2)]
    options = {"save_all": True, "append_images": frames[1:], "lossless": True}
    photo = pillow_file(tmp_path / "p.webp", frames[0], **options)
    np.testing.assert_array_equal(photo.pixels, scene(*SIZE, seed=1))
    assert "more than one picture" in " ".join(photo.notices)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmp_of_every_mode(tmp_path, mode):
    image = Image.fromarray(scene(*SIZE))
    image = image.quantize(9) if mode == "P" else image.convert(mode)
    photo = pillow_file(tmp_path / "p.bmp", image)
    assert_pixels(photo, np.asarray(image.convert("L" if mode in "1L" else "RGB")))


def test_bmp_with_alpha(tmp_path):
    values, alpha = scene(*SIZE), smooth_alpha(*SIZE)
    body = np.concatenate([values[..., ::-1], alpha[..., None]], axis=2)[::-1].tobytes()
    masks = struct.pack("<4L", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    sizes = struct.pack("<LllHHLLllLL", 108, SIZE[1], SIZE[0], 1, 32, 3, len(body), 0, 0, 0, 0)
    head = sizes + masks + b"BGRs" + bytes(48)
    path = tmp_path / "p.bmp"
    path.write_bytes(b"BM" + struct.pack("<LLL", 122 + len(body), 0, 122) + head + body)
    assert_pixels(read_photo(path), values, alpha)


# TIFF


def tiff_file(path, values, **options):
    tifffile.imwrite(path, values, **options)
    return read_photo(path)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tile": (16, 32)},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"bigtiff": True, "byteorder": ">", "tile": (32, 16)},
        {"rowsperstrip": 5},
        {"compression": "lzw", "predictor": 2},
        {"compression": "deflate", "predictor": 2},
        {"compression": "zstd"},
        {"compression": "packbits"},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_tiff_in_every_layout(tmp_path, channels, dtype, options):
    values = scene(*SIZE, channels, dtype)
    stored = values[..., 0] if channels == 1 else values
    photometric = "minisblack" if channels == 1 else "rgb"
    photo = tiff_file(tmp_path / "p.tif", stored, photometric=photometric, **options)
    assert_pixels(photo, values)
    assert photo.notices == ()


def test_tiff_with_separate_planes(tmp_path):
    values = scene(*SIZE, 3, np.uint16)
    planes = np.moveaxis(values, -1, 0)
    options = {"photometric": "rgb", "planarconfig": "separate"}
    assert_pixels(tiff_file(tmp_path / "p.tif", planes, **options), values)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_floating_tiff_becomes_sixteen_bits(tmp_path, dtype, compression):
    values = scene(*SIZE, 3, np.uint16)
    options = {"photometric": "rgb", "compression": compression, "predictor": bool(compression)}
    if dtype == np.float64:
        options["predictor"] = False
    photo = tiff_file(tmp_path / "p.tif", (values / 65535).astype(dtype), **options)
    assert photo.pixels.dtype == np.uint16
    assert np.abs(photo.pixels.astype(int) - values).max() <= (32 if dtype == np.float16 else 1)
    assert photo.notices == ()


def test_floating_values_outside_the_range_are_clipped_and_said(tmp_path):
    photo = tiff_file(tmp_path / "p.tif", np.array([[-1, 0.5, 9]], np.float32))
    assert photo.pixels[..., 0].tolist() == [[0, 32768, 65535]]
    assert "clipped" in photo.notices[0]


def test_tiff_with_32_bits_keeps_the_upper_16(tmp_path):
    values = scene(*SIZE, 1, np.uint16)[..., 0]
    wide = values.astype(np.uint32) * 65537
    assert_pixels(tiff_file(tmp_path / "p.tif", wide, photometric="minisblack"), values)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_tiff_alpha_comes_out_straight(tmp_path, kind, dtype):
    values, alpha = scene(*SIZE, 3, dtype), smooth_alpha(*SIZE, dtype)
    stored = premultiply(values, alpha) if kind == "assocalpha" else values
    both = np.concatenate([stored, alpha[..., None]], axis=2)
    photo = tiff_file(tmp_path / "p.tif", both, photometric="rgb", extrasamples=[kind])
    np.testing.assert_array_equal(photo.alpha, alpha)
    white = np.iinfo(dtype).max
    error = np.abs(photo.pixels.astype(float) - values)[alpha > 0]
    allowed = 0 if kind == "unassalpha" else (0.5 * white / alpha[alpha > 0] + 0.5)[:, None]
    assert (error <= allowed).all()


def test_tiff_extra_channel_that_is_no_alpha_is_left_out_and_said(tmp_path):
    values = scene(*SIZE, 4)
    photo = tiff_file(tmp_path / "p.tif", values, photometric="rgb", extrasamples=["unspecified"])
    assert_pixels(photo, values[..., :3])
    assert "extra channel" in photo.notices[0]


def test_tiff_where_white_is_zero(tmp_path):
    values = scene(*SIZE, 1)[..., 0]
    assert_pixels(tiff_file(tmp_path / "p.tif", 255 - values, photometric="miniswhite"), values)


def test_tiff_palette(tmp_path):
    table = np.arange(768, dtype=np.uint16).reshape(3, 256) * 85
    indices = scene(*SIZE, 1)[..., 0]
    photo = tiff_file(tmp_path / "p.tif", indices, photometric="palette", colormap=table)
    expected = np.rint(table.T[indices] / 257).astype(np.uint8)
    assert_pixels(photo, expected)


@pytest.mark.parametrize("compression", ["raw", "group4", "tiff_lzw", "packbits"])
def test_bilevel_tiff(tmp_path, compression):
    image = Image.fromarray(scene(*SIZE)).convert("1")
    photo = pillow_file(tmp_path / "p.tif", image, compression=compression)
    assert_pixels(photo, np.asarray(image.convert("L")))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_cmyk_tiff_is_converted(tmp_path, dtype):
    inks = np.asarray(Image.fromarray(scene(*SIZE)).convert("CMYK"))
    stored = inks.astype(dtype) * dtype(257 if dtype == np.uint16 else 1)
    photo = tiff_file(tmp_path / "p.tif", stored, photometric="separated")
    expected = Image.frombytes("CMYK", SIZE[::-1], inks.tobytes()).convert("RGB")
    assert_pixels(photo, np.asarray(expected))
    assert profile_space(photo.metadata.icc) == "RGB"


@pytest.mark.parametrize("compression", ["raw", "jpeg"])
def test_ycbcr_tiff(tmp_path, compression):
    image = Image.fromarray(scene(*SIZE))
    photo = pillow_file(tmp_path / "p.tif", image.convert("YCbCr"), compression=compression)
    assert np.abs(photo.pixels.astype(int) - np.asarray(image)).mean() < 3


def test_tiff_with_several_pages_gives_the_first_and_says_so(tmp_path):
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        for seed in (1, 2):
            writer.write(scene(*SIZE, seed=seed), photometric="rgb")
    photo = read_photo(path)
    assert_pixels(photo, scene(*SIZE, seed=1))
    assert "more than one picture" in photo.notices[0]


@pytest.mark.parametrize("values", [np.zeros((5, 5), np.int16), np.zeros((5, 5), np.complex64)])
def test_tiff_of_measurements_is_refused_in_words(tmp_path, values):
    with pytest.raises(PhotoError, match=r"p\.tif: The TIFF holds measurements"):
        tiff_file(tmp_path / "p.tif", values)


# HEIC, AVIF


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4)])
def test_heif_of_8_bits(tmp_path, mode, channels):
    values = scene(64, 80, channels)
    path = tmp_path / "p.heic"
    options = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}
    pillow_heif.from_bytes(mode, (80, 64), values.tobytes()).save(path, **options)
    photo = read_photo(path)
    assert photo.format == "HEIF"
    colour = values[..., :3] if channels == 4 else values
    assert photo.pixels.shape == colour.shape
    assert np.abs(photo.pixels.astype(int) - colour).max() <= 1
    assert (photo.alpha is not None) == (channels == 4)


def test_heif_of_10_bits_becomes_16_with_white_staying_white(tmp_path):
    values = scene(64, 80, 3, np.uint16) >> 6 << 6
    values[:8] = 65535 >> 6 << 6
    path = tmp_path / "p.heic"
    options = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}
    pillow_heif.from_bytes("RGB;16", (80, 64), values.tobytes()).save(path, **options)
    photo = read_photo(path)
    assert probe(path).bit_depth == 10
    expected = from_bits(values >> 6, 10)
    assert photo.pixels.max() == 65535
    np.testing.assert_array_equal(photo.pixels, expected)


def test_heif_with_wide_gamut_code_gets_a_profile(tmp_path):
    path = tmp_path / "p.heic"
    image = pillow_heif.from_bytes("RGB", (80, 64), scene(64, 80).tobytes())
    image.save(path, color_primaries=12, transfer_characteristics=13, save_nclx_profile=True)
    assert profile_name(read_photo(path).metadata.icc) == "Display P3"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_avif_of_8_bits_equals_pillow(tmp_path, mode):
    image = Image.fromarray(scene(64, 80, len(mode)))
    photo = pillow_file(tmp_path / "p.avif", image, icc_profile=SRGB_ICC)
    with Image.open(tmp_path / "p.avif") as again:
        expected = np.asarray(again)
    np.testing.assert_array_equal(photo.pixels, expected[..., :3])
    assert (photo.alpha is not None) == (mode == "RGBA")
    assert photo.metadata.icc == SRGB_ICC


@pytest.mark.parametrize("bits", [10, 12])
def test_avif_of_10_and_12_bits_becomes_16(tmp_path, bits):
    values = scene(64, 80, 3, np.uint16) >> (16 - bits)
    path = tmp_path / "p.avif"
    path.write_bytes(imagecodecs.avif_encode(values, level=100, bitspersample=bits))
    photo = read_photo(path)
    assert probe(path).bit_depth == bits
    assert photo.pixels.dtype == np.uint16
    assert np.abs(photo.pixels.astype(int) - from_bits(values, bits)).mean() < 65535 * 0.01


# RAW


def dng_file(path):
    """A small Bayer DNG whose sensor sees an even grey."""
    mosaic = np.full((64, 96), 8000, np.uint16)
    matrix = [(1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1)]
    flat = [number for pair in matrix for number in pair]
    extra = [
        (50706, 1, 4, (1, 4, 0, 0), True),
        (50708, 2, 0, "Fabrik F-1", True),
        (33421, 3, 2, (2, 2), True),
        (33422, 1, 4, (0, 1, 1, 2), True),
        (50717, 4, 1, 16383, True),
        (50721, 10, 9, tuple(flat), True),
        (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
        (50778, 3, 1, 21, True),
        (271, 2, 0, "Fabrik", True),
        (272, 2, 0, "F-1", True),
    ]
    tifffile.imwrite(path, mosaic, photometric=32803, extratags=extra, metadata=None)


def test_raw_is_developed_to_16_bit_srgb(tmp_path):
    pytest.importorskip("rawpy")
    dng_file(tmp_path / "p.tif")  # its name must not make it an ordinary TIFF
    photo = read_photo(tmp_path / "p.tif")
    assert photo.format == "RAW"
    assert photo.pixels.dtype == np.uint16
    assert photo.pixels.shape[2] == 3
    assert photo.pixels.shape[:2] == (
        probe(tmp_path / "p.tif").height_px,
        probe(tmp_path / "p.tif").width_px,
    )
    assert profile_space(photo.metadata.icc) == "RGB"
    assert probe(tmp_path / "p.tif").camera.make == "Fabrik"


def test_raw_without_the_extra_says_how_to_get_it(tmp_path, monkeypatch):
    dng_file(tmp_path / "p.dng")
    monkeypatch.setitem(sys.modules, "rawpy", None)
    with pytest.raises(PhotoError, match=r"p\.dng: .*RAW.*adaptsr\[raw\]"):
        read_header(tmp_path / "p.dng")


def test_damaged_raw_is_one_clear_error(tmp_path):
    pytest.importorskip("rawpy")
    (tmp_path / "p.raf").write_bytes(b"FUJIFILMCCD-RAW" + bytes(5000))
    with pytest.raises(PhotoError, match=r"p\.raf: "):
        read_photo(tmp_path / "p.raf")


# Orientation, profiles and metadata in each container


def with_orientation(path, values, orientation):
    image, exif = Image.fromarray(values), b"Exif\0\0" + exif_block(orientation=orientation)
    match path.suffix:
        case ".tif":
            tifffile.imwrite(path, values, photometric="rgb", extratags=[(274, 3, 1, orientation)])
        case ".png":
            image.save(path, exif=exif)
        case _:
            image.save(path, exif=exif, **({"lossless": True} if path.suffix == ".webp" else {}))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg", ".avif"])
def test_every_orientation_is_applied_in_every_format(tmp_path, suffix, orientation):
    values = scene(48, 80)
    path = tmp_path / f"p{suffix}"
    with_orientation(path, values, orientation)
    photo, info = read_photo(path), probe(path)
    expected = turn_upright(values, orientation)
    assert photo.pixels.shape == expected.shape
    assert (info.width_px, info.height_px) == (photo.width_px, photo.height_px)
    tolerance = {".jpg": 3, ".avif": 6}.get(suffix, 0)
    assert np.abs(photo.pixels.astype(int) - expected).mean() <= tolerance


def test_orientation_turns_alpha_too(tmp_path):
    values, alpha = scene(*SIZE), smooth_alpha(*SIZE)
    image = Image.fromarray(np.concatenate([values, alpha[..., None]], axis=2))
    photo = pillow_file(tmp_path / "p.png", image, exif=b"Exif\0\0" + exif_block(orientation=6))
    assert_pixels(photo, turn_upright(values, 6), turn_upright(alpha, 6))


def save_full(path):
    image, exif = Image.fromarray(scene(64, 80)), exif_block(orientation=1)
    if path.suffix == ".tif":
        extra = [(700, 1, len(xmp_packet()), xmp_packet()), (33723, 7, len(IPTC), IPTC)]
        options = {"iccprofile": SRGB_ICC, "extratags": extra, "resolution": (300, 300)}
        tifffile.imwrite(path, np.asarray(image), photometric="rgb", **options)
    elif path.suffix == ".heic":
        heif = pillow_heif.from_pillow(image)
        heif.info.update(exif=b"Exif\0\0" + exif, icc_profile=SRGB_ICC, xmp=xmp_packet())
        heif.info["icc_profile_type"] = "prof"
        heif.save(path, exif=b"Exif\0\0" + exif, xmp=xmp_packet())
    else:
        image.save(path, exif=b"Exif\0\0" + exif, icc_profile=SRGB_ICC, xmp=xmp_packet())


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".heic", ".avif"])
def test_metadata_is_read_from_every_format(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    save_full(path)
    metadata = read_photo(path).metadata
    assert metadata.icc == SRGB_ICC
    assert metadata.xmp == xmp_packet()
    if suffix == ".tif":
        assert metadata.iptc == IPTC
        assert metadata.dpi == (300.0, 300.0)
    else:
        # Pillow rewrites EXIF on its way into AVIF, so only there it may be laid out otherwise.
        assert suffix == ".avif" or metadata.exif == exif_block()
        assert MAKER_NOTE in metadata.exif
        assert probe(path).camera.iso == 400


def test_profile_that_does_not_fit_is_dropped_and_said(tmp_path):
    photo = pillow_file(tmp_path / "p.jpg", Image.new("L", (9, 9)), icc_profile=SRGB_ICC)
    assert photo.metadata.icc is None
    assert "profile" in photo.notices[0]
    grey = pillow_file(tmp_path / "q.jpg", Image.new("L", (9, 9)), icc_profile=grey_icc())
    assert grey.metadata.icc == grey_icc()


# The simple face


def test_read_rgb8_gives_three_channels_of_eight_bits_whatever_the_file(tmp_path):
    wide = scene(*SIZE, 1, np.uint16)
    cv2.imwrite(str(tmp_path / "p.png"), wide)
    rgb = read_rgb8(tmp_path / "p.png")
    assert rgb.dtype == np.uint8
    np.testing.assert_array_equal(rgb, np.repeat(np.rint(wide / 257).astype(np.uint8), 3, axis=2))


def test_sixteen_bits_become_eight_on_request(tmp_path):
    values = scene(*SIZE, 3, np.uint16)
    tifffile.imwrite(tmp_path / "p.tif", values, photometric="rgb")
    photo = read_photo(tmp_path / "p.tif", keep_16_bit=False)
    assert_pixels(photo, np.rint(values / 257).astype(np.uint8))
    assert photo.bit_depth == 8
