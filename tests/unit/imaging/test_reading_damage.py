"""No file, however damaged, hostile or mislaid, gives anything but the photo or one clear error."""

import io
import os
import struct
import tempfile
import zlib
from functools import cache
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import EngineError, PhotoError, StorageError
from engine.imaging.reading import DEFAULT_MAX_PIXELS, probe, read_photo, read_rgb8
from tests.photo_samples import SRGB_ICC, exif_block, png_of, scene, xmp_packet

FUZZ_MAX_PIXELS = 1_000_000


@cache
def sample(kind):
    """A small sound file of each kind, with metadata where the writer takes it."""
    values = scene(40, 56)
    buffer = io.BytesIO()
    metadata = {"exif": b"Exif\0\0" + exif_block(), "icc_profile": SRGB_ICC, "xmp": xmp_packet()}
    match kind:
        case "JPEG" | "WebP" | "AVIF":
            Image.fromarray(values).save(buffer, kind, **metadata)
        case "JPEG progressive":
            Image.fromarray(values).save(buffer, "JPEG", progressive=True)
        case "BMP":
            Image.fromarray(values).save(buffer, kind)
        case "PNG":
            chunks = [(b"eXIf", exif_block()), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>")]
            buffer.write(png_of(values, 2, 8, *chunks))
        case "PNG 16":
            buffer.write(png_of(scene(40, 56, 3, np.uint16), 2, 16))
        case "TIFF":
            extra = [(700, 1, len(xmp_packet()), xmp_packet())]
            tifffile.imwrite(
                buffer, values, photometric="rgb", extratags=extra, iccprofile=SRGB_ICC
            )
        case "TIFF tiles":
            options = {
                "photometric": "rgb",
                "tile": (16, 16),
                "compression": "lzw",
                "bigtiff": True,
            }
            tifffile.imwrite(buffer, values, **options)
        case "HEIF":
            heif = pillow_heif.from_bytes("RGB", (56, 40), values.tobytes())
            heif.save(buffer, exif=b"Exif\0\0" + exif_block(), xmp=xmp_packet())
        case "AVIF 10":
            buffer.write(
                imagecodecs.avif_encode(scene(40, 56, 3, np.uint16) >> 6, bitspersample=10)
            )
    return buffer.getvalue()


KINDS = ["JPEG", "JPEG progressive", "WebP", "AVIF", "AVIF 10", "BMP", "PNG", "PNG 16"]
KINDS += ["TIFF", "TIFF tiles", "HEIF"]


@cache
def sound_pixels(kind):
    with tempfile.NamedTemporaryFile() as file:
        file.write(sample(kind))
        file.flush()
        return read_photo(Path(file.name)).pixels


def read_bytes(data, folder=None):
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path = Path(name) / "photo.bin"
        path.write_bytes(data)
        try:
            return read_photo(path, max_pixels=FUZZ_MAX_PIXELS)
        except PhotoError as raised:
            error = raised
    assert error.path == path
    assert str(path) in str(error)
    return None


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_truncated_file_gives_the_whole_photo_or_one_error(kind, data):
    whole = sample(kind)
    cut = data.draw(st.integers(0, len(whole) - 1))
    photo = read_bytes(whole[:cut])
    if photo is not None:  # only what follows the pixels was missing
        np.testing.assert_array_equal(photo.pixels, sound_pixels(kind))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4))))
def test_a_damaged_file_gives_a_photo_or_one_error(kind, edits):
    damaged = bytearray(sample(kind))
    for place, junk in edits:
        at = place % len(damaged)
        damaged[at : at + len(junk)] = junk
    photo = read_bytes(bytes(damaged))
    if photo is not None:
        assert photo.pixels.ndim == 3
        assert photo.pixels.shape[2] in {1, 3}
        assert photo.width_px * photo.height_px <= FUZZ_MAX_PIXELS


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_damaged_header_gives_facts_or_one_error(kind, edits):
    damaged = bytearray(sample(kind))
    for at, value in edits:
        damaged[at % len(damaged)] = value
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "photo.bin"
        path.write_bytes(bytes(damaged))
        try:
            info = probe(path)
        except PhotoError:
            return
    assert info.width_px > 0
    assert info.height_px > 0


@given(data=st.binary(max_size=300))
@settings(deadline=None)
def test_random_bytes_are_no_photo(data):
    assert read_bytes(data) is None


# Image bombs


def tiff_claiming(width, height):
    fields = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
    fields += [(273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 100)]
    table = b"".join(
        struct.pack("<HHL", tag, kind, 1) + struct.pack("<L", value) for tag, kind, value in fields
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(fields)) + table + bytes(200)


def jpeg_claiming(width, height):
    data = bytearray(sample("JPEG"))
    at = data.rindex(b"\xff\xc0\x00\x11") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def png_claiming(width, height):
    whole = bytearray(png_of(scene(2, 2), 2, 8))
    fields = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    whole[16:29] = fields
    whole[29:33] = struct.pack(">L", zlib.crc32(b"IHDR" + fields))
    return bytes(whole)


@pytest.mark.parametrize("make", [png_claiming, tiff_claiming], ids=["PNG", "TIFF"])
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, make):
    path = tmp_path / "bomb.png"
    path.write_bytes(make(100_000, 100_000))
    with pytest.raises(PhotoError, match=r"bomb\.png.*100000 × 100000.*300 megapixels"):
        read_photo(path)
    assert probe(path).width_px == 100_000


def test_a_jpeg_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.jpg"
    path.write_bytes(jpeg_claiming(65_500, 65_500))
    with pytest.raises(PhotoError, match="megapixels"):
        read_rgb8(path)


def test_the_limit_lets_the_largest_phone_photos_through_and_can_be_moved(tmp_path):
    assert DEFAULT_MAX_PIXELS >= 16_384 * 12_288
    path = tmp_path / "p.png"
    path.write_bytes(sample("PNG"))
    with pytest.raises(PhotoError, match="megapixels"):
        read_photo(path, max_pixels=40 * 56 - 1)
    assert read_photo(path, max_pixels=40 * 56).width_px == 56


@pytest.mark.parametrize("kind", ["JPEG", "WebP", "BMP", "AVIF"])
def test_pillows_own_limit_neither_stops_us_nor_is_changed(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / "p"
    path.write_bytes(sample(kind))
    assert read_photo(path).width_px == 56
    assert Image.MAX_IMAGE_PIXELS == 100


def test_compressed_metadata_bombs_are_cut_short(tmp_path):
    packed = zlib.compress(bytes(100 << 20))
    path = tmp_path / "p.png"
    path.write_bytes(png_of(scene(4, 4), 2, 8, (b"iCCP", b"x\0\0" + packed)))
    assert read_photo(path).metadata.icc is None


# Things that are not photos


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"Dear diary", "not a photo"),
        (b"%PDF-1.7", "PDF"),
        (b"GIF89a" + bytes(20), "GIF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x18ftypisom" + bytes(12), "video"),
        (b"\0\0\0\x18ftypqt  " + bytes(12), "video"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04", "ZIP"),
        (b"BM is how this text begins", "not a photo"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, content, words):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    for read in (read_photo, read_rgb8, probe):
        with pytest.raises(PhotoError, match=rf"photo\.jpg: .*{words}"):
            read(path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".nef", ".txt", ""])
def test_content_counts_and_not_the_name(tmp_path, kind, suffix):
    path = tmp_path / f"photo{suffix}"
    path.write_bytes(sample(kind))
    assert probe(path).format == kind.split()[0]
    np.testing.assert_array_equal(read_photo(path).pixels, sound_pixels(kind))


# Path tricks


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(PhotoError, match="no such file"):
        read_photo(tmp_path / "nothing.jpg")


def test_a_folder_says_so(tmp_path):
    with pytest.raises(PhotoError, match="folder"):
        read_photo(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match="ordinary file"):
        read_photo(tmp_path / "pipe.jpg")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_is_not_read():
    with pytest.raises(PhotoError, match="ordinary file"):
        read_photo(Path("/dev/zero"))


def test_links_are_followed_and_broken_ones_reported(tmp_path):
    (tmp_path / "photo.png").write_bytes(sample("PNG"))
    (tmp_path / "good.png").symlink_to(tmp_path / "photo.png")
    (tmp_path / "bad.png").symlink_to(tmp_path / "nothing.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    assert read_photo(tmp_path / "good.png").width_px == 56
    with pytest.raises(PhotoError, match="no such file"):
        read_photo(tmp_path / "bad.png")
    with pytest.raises(StorageError, match="in a circle"):
        read_photo(tmp_path / "loop.png")


@pytest.mark.parametrize(
    "name",
    [
        "-rf.png",
        "a b\nc.png",
        "日本語 ☃.png",
        "..png",
        "x" * 251 + ".png",
        os.fsdecode(b"\xff\xfe.png"),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "HEIF", "TIFF", "JPEG"])
def test_odd_names_are_no_obstacle(tmp_path, name, kind):
    path = tmp_path / name
    path.write_bytes(sample(kind))
    assert read_photo(path).width_px == 56


@pytest.mark.parametrize("name", ["nul\0byte.png", "x" * 300])
def test_impossible_names_are_one_error(tmp_path, name):
    with pytest.raises((PhotoError, StorageError)):
        read_photo(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_forbidden_file_is_one_error(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(sample("PNG"))
    path.chmod(0)
    with pytest.raises(EngineError, match="permission"):
        read_photo(path)


def test_a_jpeg_whose_extension_is_gone_keeps_its_main_xmp(tmp_path):
    main = xmp_packet(
        extra="<n:HasExtendedXMP xmlns:n='http://ns.adobe.com/xmp/note/'>AB</n:HasExtendedXMP>"
    )
    Image.fromarray(scene(9, 9)).save(tmp_path / "p.jpg", xmp=main)
    assert read_photo(tmp_path / "p.jpg").metadata.xmp == main
