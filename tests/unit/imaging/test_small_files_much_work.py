"""A small file does not buy a lot of work: what no photo needs is refused before it is done."""

import io
import struct
import sys
import time
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from engine.errors import PhotoError
from engine.imaging import xmp
from engine.imaging.decoding import decode_photo, read_header
from engine.imaging.reading import probe, read_photo
from tests.photo_samples import png_of, scene, xmp_packet
from tests.torture import photos as torture

_SOON_S = 5.0


def refused(path):
    """Both ways of reading end soon, with one sentence."""
    started = time.process_time()
    with pytest.raises(PhotoError, match="damaged"):
        read_header(path)
    with pytest.raises(PhotoError, match="damaged"):
        decode_photo(path, max_pixels=10**9, keep_16_bit=True)
    assert time.process_time() - started < _SOON_S


def jpeg(**options):
    buffer = io.BytesIO()
    Image.fromarray(scene(64, 64)).convert("L").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def test_an_animated_avif_of_10_bits_gives_its_first_picture(tmp_path):
    frames = np.stack([scene(96, 128, 3, np.uint16, seed) >> 6 for seed in range(4)])
    path = tmp_path / "animated.avif"
    path.write_bytes(imagecodecs.avif_encode(frames, bitspersample=10, level=90, speed=10))
    photo = read_photo(path)
    assert photo.pixels.shape == (96, 128, 3)
    assert np.abs(photo.pixels.astype(int) - (frames[0] >> 2)).mean() < 4
    assert any("more than one picture" in notice for notice in photo.notices)
    assert any("8 bits" in notice for notice in photo.notices)
    assert probe(path).bit_depth == 10


def test_texts_that_unpack_to_gigabytes_are_not_unpacked(tmp_path):
    packed = zlib.compress(bytes(64 << 20), 9)
    texts = [(b"zTXt", b"XML:com.adobe.xmp\0\0" + packed)] * 40
    texts += [(b"zTXt", b"a%d\0\0" % number + packed) for number in range(40)]
    path = tmp_path / "texts.png"
    path.write_bytes(png_of(scene(8, 8), 2, 8, *texts))
    started = time.process_time()
    photo = decode_photo(path, max_pixels=100, keep_16_bit=True)
    assert np.array_equal(photo.pixels, scene(8, 8))
    assert photo.metadata.xmp is None
    assert time.process_time() - started < _SOON_S


def test_a_png_of_empty_chunks_is_refused(tmp_path):
    whole = png_of(scene(8, 8), 2, 8)
    empty = struct.pack(">L4sL", 0, b"abCd", zlib.crc32(b"abCd"))
    (tmp_path / "p.png").write_bytes(whole[:33] + empty * 600_000 + whole[33:])
    refused(tmp_path / "p.png")


@pytest.mark.parametrize("tags", [(322, 323, 324, 325), (278, 278, 273, 279)])
def test_a_tiff_that_claims_more_pieces_than_it_lists_is_refused(tmp_path, tags):
    width, height, offsets, sizes = tags
    fields = [(256, 4, 1, 17000), (257, 4, 1, 17000), (258, 3, 1, 8), (259, 3, 1, 1)]
    fields += [(262, 3, 1, 1), (277, 3, 1, 1), (width, 4, 1, 1), (height, 4, 1, 1)]
    fields += [(offsets, 4, 1, 200), (sizes, 4, 1, 1)]
    table = b"".join(struct.pack("<HHLL", *field) for field in sorted(set(fields)))
    head = b"II*\0" + struct.pack("<LH", 8, len(set(fields)))
    (tmp_path / "p.tif").write_bytes(head + table + bytes(400))
    refused(tmp_path / "p.tif")


@pytest.mark.parametrize("listed", [0, 800_000])
def test_a_tiff_whose_tiles_all_lie_on_each_other_is_refused(tmp_path, listed):
    count = 10_000
    fields = [(256, 4, 1, 1600), (257, 4, 1, 1600), (258, 3, 1, 8), (259, 3, 1, 8)]
    fields += [(262, 3, 1, 1), (277, 3, 1, 1), (322, 4, 1, 16), (323, 4, 1, 16)]
    start = 8 + 2 + 12 * 10 + 4
    fields += [(324, 4, count, start), (325, 4, count, start + 4 * count)]
    table = b"".join(struct.pack("<HHLL", *field) for field in fields)
    offsets = struct.pack("<L", start + 8 * count) * count
    packed = zlib.compress(np.random.default_rng(0).bytes(900_000))
    lists = offsets + struct.pack("<L", listed) * count
    head = b"II*\0" + struct.pack("<LH", 8, len(fields)) + table + bytes(4)
    (tmp_path / "p.tif").write_bytes(head + lists + packed)
    assert read_header(tmp_path / "p.tif").width_px == 1600
    started = time.process_time()
    with pytest.raises(PhotoError, match="damaged"):
        decode_photo(tmp_path / "p.tif", max_pixels=10**9, keep_16_bit=True)
    assert time.process_time() - started < _SOON_S


@pytest.mark.parametrize("filler", [b"\xff\xe1\0\2", b"\xff\xfe\0\2", b"\xff", b"\xff\xd0"])
def test_a_jpeg_of_markers_is_refused(tmp_path, filler):
    (tmp_path / "p.jpg").write_bytes(b"\xff\xd8" + filler * 5_000_000)
    refused(tmp_path / "p.jpg")


def test_a_jpeg_of_scans_is_refused_and_one_of_many_is_read(tmp_path):
    whole = jpeg(progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    for scans, is_read in ((60, True), (2000, False)):
        path = tmp_path / f"{scans}.jpg"
        path.write_bytes(whole[:-2] + last * scans + whole[-2:])
        if is_read:
            assert read_photo(path).width_px == 64
        else:
            with pytest.raises(PhotoError, match="damaged"):
                read_photo(path)


def lol(encoding):
    lines = ['<!ENTITY a "aaaaaaaaaa">']
    lines += [
        f'<!ENTITY {this} "{f"&{before};" * 10}">'
        for this, before in zip("bcdefghij", "abcdefghi", strict=True)
    ]
    return f"<!DOCTYPE x [{''.join(lines)}]><x>&j;</x>".encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_entities_are_refused_in_every_encoding_and_the_photo_is_read(tmp_path, encoding):
    started = time.process_time()
    assert not xmp.is_readable(lol(encoding))
    Image.fromarray(scene(9, 9)).save(tmp_path / "p.jpg", xmp=lol(encoding))
    photo = read_photo(tmp_path / "p.jpg")
    assert photo.metadata.xmp is None
    assert any("XMP" in notice for notice in photo.notices)
    assert time.process_time() - started < _SOON_S


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("padding", ["", " " * 2001, "\n\0"])
def test_a_packet_is_read_in_every_encoding(encoding, padding):
    wide = (xmp_packet(6).decode() + padding).encode(encoding)
    assert xmp.is_readable(wide)
    assert xmp.orientation(wide) == 6
    assert xmp.serialise(xmp.parse(wide)) == xmp.serialise(xmp.parse(xmp_packet(6)))


def test_a_packet_of_millions_of_properties_is_refused_before_it_is_taken_apart():
    started = time.process_time()
    assert not xmp.is_readable(b"<r>" + b"<a/>" * 2_000_000 + b"</r>")
    assert time.process_time() - started < 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_sample_of_the_torture_costs_little_and_ends_nothing():
    outcomes = torture.run(150, seed=1)
    assert {outcome.result for outcome in outcomes} <= {"read", "refused"}
    assert max(outcome.elapsed_s for outcome in outcomes) < 20
    beyond = max(outcome.memory_bytes - outcome.own_bytes for outcome in outcomes)
    assert beyond < 2 << 30
