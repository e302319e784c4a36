"""What was read and written is read back: pixels, depth, transparency and metadata."""

import io
import struct
import tempfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from engine.imaging.encoders import tiff as tiff_encoder
from engine.imaging.exif import MAKER_NOTE as MAKER_NOTE_TAG
from engine.imaging.exif import ExifField, ascii_entry, parse
from engine.imaging.exif_layout import build
from engine.imaging.formats import FORMATS, check_format
from engine.imaging.metadata import Metadata, camera_facts, prepare
from engine.imaging.orientation import turn_upright
from engine.imaging.reading import probe, read_photo
from engine.imaging.writing import write_photo
from tests.photo_samples import (
    IPTC,
    MAKER_NOTE,
    SRGB_ICC,
    exif_block,
    grey_icc,
    png_of,
    scene,
    smooth_alpha,
    xmp_packet,
)

SIZE = (70, 53)
LOSSLESS = ["PNG", "TIFF"]
ALL = list(FORMATS)


def full_metadata(orientation=6):
    return Metadata(
        exif_block(orientation=orientation), xmp_packet(orientation), IPTC, SRGB_ICC, (300, 300)
    )


def prepared(width, height, *, strip_gps=False):
    made, _ = prepare(
        full_metadata(),
        photo_px=(40, 30),
        width_px=width,
        height_px=height,
        strip_gps=strip_gps,
        strip_place=False,
        software="AdaptSR 1",
    )
    return made


def round_trip(folder, format_, pixels, **options):
    path = folder / f"result{FORMATS[format_].suffixes[0]}"
    notices = write_photo(path, pixels, format_=format_, **options)
    return read_photo(path), notices


# Pixels


@settings(deadline=None, max_examples=40)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 40)),
    channels=st.sampled_from([1, 3]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    has_alpha=st.booleans(),
)
@pytest.mark.parametrize("format_", LOSSLESS)
def test_lossless_formats_give_back_every_value(format_, size, channels, dtype, has_alpha):
    height, width = size
    bit_depth = np.dtype(dtype).itemsize * 8
    rng = np.random.default_rng(height * 41 + width)
    white = np.iinfo(dtype).max
    pixels = rng.integers(0, white, (height, width, channels), dtype, endpoint=True)
    alpha = rng.integers(0, white, (height, width), dtype, endpoint=True) if has_alpha else None
    with tempfile.TemporaryDirectory() as folder:
        options = {"alpha": alpha, "bit_depth": bit_depth}
        photo, notices = round_trip(Path(folder), format_, pixels, **options)
    assert notices == ()
    assert photo.pixels.dtype == dtype
    np.testing.assert_array_equal(photo.pixels, pixels)
    if alpha is None:
        assert photo.alpha is None
    else:
        np.testing.assert_array_equal(photo.alpha, alpha)


@settings(deadline=None, max_examples=40)
@given(
    height=st.integers(1, 400),
    width=st.integers(1, 60),
    channels=st.sampled_from([1, 3]),
    quality=st.sampled_from([40, 89, 90, 100]),
)
def test_jpeg_joined_from_strips_equals_pillows_whole(height, width, channels, quality):
    pixels = scene(height, width, channels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.jpg"
        write_photo(path, pixels, format_="JPEG", quality=quality)
        joined = path.read_bytes()
    whole = io.BytesIO()
    image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    chroma = "4:4:4" if quality >= 90 or channels == 1 else "4:2:0"
    image.save(whole, "JPEG", quality=quality, subsampling=chroma, restart_marker_rows=1)
    assert joined == whole.getvalue()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_webp_comes_close_and_keeps_alpha_exactly(tmp_path, channels, has_alpha):
    y, x = np.mgrid[:70, :53]
    pixels = np.stack([2 * x + y] * channels, axis=-1).astype(np.uint8)
    alpha = smooth_alpha(*SIZE).clip(1) if has_alpha else None
    photo, notices = round_trip(tmp_path, "WebP", pixels, alpha=alpha, quality=100)
    assert notices == ()
    assert photo.pixels.shape == (*SIZE, 3)
    assert np.abs(photo.pixels.astype(int) - pixels).mean() < 2
    if has_alpha:
        np.testing.assert_array_equal(photo.alpha, alpha)


def test_grey_profile_is_applied_where_webp_has_only_rgb(tmp_path):
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 64, axis=0)
    metadata = Metadata(icc=grey_icc(1.0))
    photo, notices = round_trip(tmp_path, "WebP", ramp, metadata=metadata, quality=100)
    linear = ramp / 255
    srgb = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    assert notices == ()
    assert photo.metadata.icc is None
    assert np.abs(photo.pixels - 255 * srgb).mean() < 2


@pytest.mark.parametrize("format_", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 3])
def test_depth_is_converted_to_what_is_asked_for(tmp_path, format_, channels):
    pixels = scene(*SIZE, channels, np.uint16)
    photo, _ = round_trip(tmp_path, format_, pixels, bit_depth=8)
    np.testing.assert_array_equal(photo.pixels, np.rint(pixels / 257).astype(np.uint8))
    narrow = scene(*SIZE, channels)
    (tmp_path / "wide").mkdir()
    photo, _ = round_trip(tmp_path / "wide", format_, narrow, bit_depth=16)
    np.testing.assert_array_equal(photo.pixels, narrow.astype(np.uint16) * 257)


def test_jpeg_lays_transparency_over_white_and_says_so(tmp_path):
    pixels, alpha = np.zeros((*SIZE, 3), np.uint8), np.zeros(SIZE, np.uint8)
    alpha[:, 30:] = 255
    photo, notices = round_trip(tmp_path, "JPEG", pixels, alpha=alpha)
    assert photo.alpha is None
    assert photo.pixels[:, :20].min() > 250
    assert photo.pixels[:, 40:].max() < 5
    assert "transparency" in notices[0]


@pytest.mark.parametrize("format_", LOSSLESS)
@pytest.mark.parametrize("bit_depth", [8, 16])
def test_other_libraries_read_the_same_values(tmp_path, format_, bit_depth):
    pixels = scene(*SIZE, 3, np.uint8 if bit_depth == 8 else np.uint16)
    round_trip(tmp_path, format_, pixels, bit_depth=bit_depth)
    path = next(tmp_path.iterdir())
    by_opencv = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGR2RGB)
    np.testing.assert_array_equal(by_opencv, pixels)
    if format_ == "TIFF":
        np.testing.assert_array_equal(tifffile.imread(path), pixels)
    if bit_depth == 8:
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), pixels)


# Metadata


@pytest.mark.parametrize("strip_gps", [False, True])
@pytest.mark.parametrize("format_", ALL)
def test_every_block_survives_in_every_format(tmp_path, format_, strip_gps):
    metadata = prepared(*SIZE[::-1], strip_gps=strip_gps)
    photo, notices = round_trip(tmp_path, format_, scene(*SIZE), metadata=metadata)
    assert notices == photo.notices == ()
    assert photo.metadata.xmp == metadata.xmp
    assert photo.metadata.iptc == IPTC
    assert photo.metadata.icc == SRGB_ICC
    before, after = parse(metadata.exif), parse(photo.metadata.exif)
    assert after.exif == before.exif
    assert after.gps == before.gps
    assert bool(after.gps) != strip_gps
    descriptive = before.image.keys() - {0x011A, 0x011B, 0x0128}
    assert {tag: after.image[tag] for tag in descriptive} == {
        tag: before.image[tag] for tag in descriptive
    }
    assert camera_facts(photo.metadata) == camera_facts(metadata)


@pytest.mark.parametrize("format_", ALL)
def test_pillow_reads_the_metadata_of_every_format(tmp_path, format_):
    round_trip(tmp_path, format_, scene(*SIZE), metadata=prepared(*SIZE[::-1]))
    path = next(tmp_path.iterdir())
    with Image.open(path) as image:
        image.load()
        found = image.getexif()
        inner = found.get_ifd(ExifTags.IFD.Exif)
        assert image.info["icc_profile"] == SRGB_ICC
        assert found[ExifTags.Base.Orientation] == 1
        assert found[ExifTags.Base.Software] == "AdaptSR 1"
        assert inner[MAKER_NOTE_TAG] == MAKER_NOTE
        assert inner[ExifTags.Base.ExifImageWidth] == SIZE[1]
        assert found.get_ifd(ExifTags.IFD.GPSInfo)[2] == (59.0, 54.0, 3.0)
        packet = found[700] if format_ == "TIFF" else image.info["xmp"]
        assert b"Bygd\xc3\xb8y" in packet


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF"])
def test_print_resolution_survives(tmp_path, format_):
    metadata = Metadata(dpi=(240.0, 300.0))
    photo, _ = round_trip(tmp_path, format_, scene(*SIZE), metadata=metadata)
    assert photo.metadata.dpi == pytest.approx((240, 300), abs=0.02)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_keeps_the_maker_note_in_its_place(tmp_path, monkeypatch, order, big, dtype):
    if big:
        monkeypatch.setattr(tiff_encoder, "_CLASSIC_LIMIT_BYTES", 0)
    block, pixels = exif_block(order), scene(*SIZE, 3, dtype)
    depth = np.dtype(dtype).itemsize * 8
    photo, _ = round_trip(tmp_path, "TIFF", pixels, metadata=Metadata(block), bit_depth=depth)
    path = next(tmp_path.iterdir())
    assert path.read_bytes().find(MAKER_NOTE) == block.find(MAKER_NOTE)
    np.testing.assert_array_equal(photo.pixels, pixels)
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff is big
        assert file.byteorder == order
        assert file.pages.first.tags["ExifTag"].value["LensModel"] == "Linse 50mm f/2"
        assert len(file.pages) == 1


def test_layout_of_another_file_does_not_leak_into_tiff(tmp_path):
    tree = parse(exif_block())
    tree.image[0x0142] = tree.pack(3, 16)  # TileWidth
    tree.image[0x0140] = tree.pack(3, *range(12))  # ColorMap
    tree.image[0xC612] = ExifField(1, 4, b"\1\4\0\0")  # DNGVersion
    metadata = Metadata(build(tree))
    photo, _ = round_trip(tmp_path, "TIFF", scene(*SIZE), metadata=metadata)
    np.testing.assert_array_equal(photo.pixels, scene(*SIZE))


def big_exif(size):
    tree = parse(exif_block())
    tree.exif[0x9286] = ExifField(7, size, bytes(size))  # UserComment
    tree.image[0x010E] = ascii_entry("short and kept")
    return build(tree)


@pytest.mark.parametrize("format_", ALL)
def test_oversized_blocks_survive_or_are_named_but_never_fail(tmp_path, format_):
    xmp = xmp_packet(extra=f"<stevt:blob>{'A' * 200_000}</stevt:blob>")
    icc = SRGB_ICC + bytes(300_000)
    metadata = Metadata(big_exif(200_000), xmp, IPTC + bytes(100_000), icc)
    photo, notices = round_trip(tmp_path, format_, scene(*SIZE), metadata=metadata)
    assert photo.metadata.icc == icc
    assert photo.metadata.exif is not None
    assert camera_facts(photo.metadata) == camera_facts(metadata)
    assert photo.metadata.xmp is not None
    assert photo.metadata.xmp.count(b"A" * 200_000) == 1
    if format_ == "JPEG":
        assert len(notices) == 2
        assert photo.metadata.iptc is None
    else:
        assert notices == ()
        assert photo.metadata.iptc == metadata.iptc
        assert parse(photo.metadata.exif).exif == parse(metadata.exif).exif


def test_profile_and_xmp_too_long_for_any_jpeg_are_named(tmp_path):
    icc = bytearray(SRGB_ICC + bytes(17 << 20))
    xmp = xmp_packet().replace(b'xmp:Rating="4"', b'xmp:Rating="' + b"4" * 70_000 + b'"')
    photo, notices = round_trip(
        tmp_path, "JPEG", scene(*SIZE), metadata=Metadata(xmp=xmp, icc=bytes(icc))
    )
    assert photo.metadata.icc is photo.metadata.xmp is None
    assert len(notices) == 2


@pytest.mark.parametrize("format_", ALL)
def test_profile_of_another_kind_is_left_out_and_named(tmp_path, format_):
    metadata = Metadata(icc=SRGB_ICC)
    photo, notices = round_trip(tmp_path, format_, scene(*SIZE, 1), metadata=metadata)
    assert photo.metadata.icc is None
    assert "profile" in notices[0]


@pytest.mark.parametrize("format_", ALL)
def test_unreadable_exif_does_not_stop_writing(tmp_path, format_):
    metadata = Metadata(exif=b"nonsense" * 20_000, xmp=b"<nonsense" * 20_000)
    photo, _ = round_trip(tmp_path, format_, scene(*SIZE), metadata=metadata)
    assert (photo.height_px, photo.width_px) == SIZE


# From every format to every format, as an upscaler that changes nothing would do it


def source(folder, kind):
    """A photo lying on its side with metadata; return its path and how its pixels look upright."""
    stored = scene(64, 80, 3, np.uint16 if kind == "TIFF16" else np.uint8)
    path = folder / f"source.{kind}"
    image = None if kind == "TIFF16" else Image.fromarray(stored)
    exif = b"Exif\0\0" + exif_block(orientation=6)
    options = {"exif": exif, "icc_profile": SRGB_ICC}
    match kind:
        case "JPEG":
            image.save(path, "JPEG", quality=100, subsampling=0, xmp=xmp_packet(6), **options)
        case "WebP":
            image.save(path, "WEBP", lossless=True, xmp=xmp_packet(6), **options)
        case "AVIF":
            image.save(path, "AVIF", quality=100, subsampling="4:4:4", xmp=xmp_packet(6), **options)
        case "PNG":
            xmp = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet(6)
            alpha = smooth_alpha(64, 80)[..., None]
            rgba = np.concatenate([stored, alpha], axis=2)

            icc = b"icc\0\0" + zlib.compress(SRGB_ICC)
            chunks = [(b"iCCP", icc), (b"eXIf", exif[6:]), (b"iTXt", xmp)]
            path.write_bytes(png_of(rgba, 6, 8, *chunks))
        case "TIFF16":
            extra = [(700, 1, len(xmp_packet(6)), xmp_packet(6)), (274, 3, 1, 6)]
            tifffile.imwrite(path, stored, photometric="rgb", iccprofile=SRGB_ICC, extratags=extra)
        case "HEIF":
            # pillow-heif stores the orientation as HEIF's own, which libheif applies when reading.
            heif = pillow_heif.from_bytes("RGB", (80, 64), stored.tobytes())
            heif.info["icc_profile"], heif.info["icc_profile_type"] = SRGB_ICC, "prof"
            lossless = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}
            heif.save(path, exif=exif, xmp=xmp_packet(6), **lossless)
    return path, turn_upright(stored, 6)


@pytest.mark.parametrize("format_", ALL)
@pytest.mark.parametrize("kind", ["JPEG", "WebP", "AVIF", "PNG", "TIFF16", "HEIF"])
def test_every_pair_of_formats_keeps_what_both_can_hold(tmp_path, kind, format_):
    path, upright = source(tmp_path, kind)
    photo = read_photo(path)
    limits = FORMATS[format_]
    depth = photo.bit_depth if photo.bit_depth in limits.bit_depths else 8
    metadata, _ = prepare(
        photo.metadata,
        photo_px=(photo.width_px, photo.height_px),
        width_px=photo.width_px,
        height_px=photo.height_px,
        strip_gps=False,
        strip_place=False,
        software="AdaptSR 1",
    )
    (tmp_path / "out").mkdir()
    result, _ = round_trip(
        tmp_path / "out",
        format_,
        photo.pixels,
        alpha=photo.alpha,
        metadata=metadata,
        bit_depth=depth,
        quality=100,
    )
    assert result.bit_depth == depth
    assert result.pixels.shape == upright.shape
    assert probe(next((tmp_path / "out").iterdir())).width_px == upright.shape[1]
    assert (result.alpha is not None) == (kind == "PNG" and limits.has_alpha)
    assert result.metadata.icc == SRGB_ICC
    assert b'tiff:Orientation="1"' in result.metadata.xmp
    if kind != "TIFF16":
        assert camera_facts(result.metadata) == camera_facts(full_metadata())
        assert MAKER_NOTE in result.metadata.exif
    if result.alpha is None and kind != "PNG":
        scale = 257 if result.bit_depth == 16 else 1
        requested = upright.astype(float) / (257 if upright.dtype == np.uint16 else 1) * scale
        lossy = kind in {"JPEG", "AVIF"} or format_ in {"JPEG", "WebP"}
        assert np.abs(result.pixels - requested).mean() <= (4 * scale if lossy else 0.5)


def test_limits_are_those_that_the_libraries_have():
    check_format("JPEG", 65_500, 1)
    buffer = io.BytesIO()
    Image.new("L", (65_500, 1)).save(buffer, "JPEG")
    with pytest.raises(OSError, match="broken data stream"):
        Image.new("L", (65_501, 1)).save(io.BytesIO(), "JPEG")
    assert struct.unpack_from(">H", buffer.getvalue(), buffer.getvalue().index(b"\xff\xc0") + 7)
