import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from engine.imaging import exif
from engine.imaging.exif import MAKER_NOTE as MAKER_NOTE_TAG
from engine.imaging.exif import ExifError, ascii_entry, parse
from engine.imaging.exif_layout import build, build_tiff_head, build_within
from tests.photo_samples import CAMERA, LENS, MAKER_NOTE, exif_block


def directories(tree):
    return tree.image, tree.exif, tree.gps, tree.interop


def pillow_exif(block):
    found = Image.Exif()
    found.load(b"Exif\0\0" + block)
    return found


@pytest.mark.parametrize("order", ["<", ">"])
def test_building_what_was_parsed_keeps_every_field(order):
    tree = parse(exif_block(order))
    again = parse(build(tree))
    assert directories(again) == directories(tree)
    assert tree.dropped == 0
    assert {0x010F, 0x0112} <= tree.image.keys()
    assert tree.gps.keys() == {0, 1, 2}


@pytest.mark.parametrize("order", ["<", ">"])
def test_maker_note_keeps_its_bytes_and_its_place(order):
    block = exif_block(order)
    tree = parse(block)
    tree.image[0x0131] = ascii_entry("a much longer name of software than there was room for")
    tree.image[0x010E] = ascii_entry("a description that was not there before")
    built = build(tree)
    assert built.find(MAKER_NOTE) == block.find(MAKER_NOTE)
    assert pillow_exif(built).get_ifd(ExifTags.IFD.Exif)[MAKER_NOTE_TAG] == MAKER_NOTE


@pytest.mark.parametrize("order", ["<", ">"])
def test_pillow_reads_what_is_built(order):
    found = pillow_exif(build(parse(exif_block(order, orientation=6))))
    assert found[ExifTags.Base.Model] == CAMERA
    assert found[ExifTags.Base.Orientation] == 6
    assert found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] == LENS
    assert found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] == pytest.approx(1 / 125)
    assert found.get_ifd(ExifTags.IFD.GPSInfo)[2] == (59.0, 54.0, 3.0)


def test_thumbnail_is_not_carried_along():
    block = exif_block(thumbnail=True)
    assert b"\xff\xd8\xff" in block
    assert b"\xff\xd8\xff" not in build(parse(block))


def test_cleared_position_leaves_no_trace_in_the_bytes():
    tree = parse(exif_block())
    latitude = tree.gps[2].value
    assert latitude in build(tree)
    tree.gps.clear()
    built = build(tree)
    assert latitude not in built
    assert not pillow_exif(built).get_ifd(ExifTags.IFD.GPSInfo)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_head_holds_the_sub_directories_with_the_maker_note_in_place(order, big):
    block = exif_block(order)
    tree = parse(block)
    head, pointers = build_tiff_head(tree, big=big)
    assert head.find(MAKER_NOTE) == block.find(MAKER_NOTE)
    reader = exif.TiffReader(head)
    assert reader.big is big
    assert reader.first_offset == 0
    for pointer, expected in ((exif.EXIF_POINTER, tree.exif), (exif.GPS_POINTER, tree.gps)):
        entries, _, _ = reader.directory(int(tree.number(pointers, pointer) or 0))
        assert entries == expected


@pytest.mark.parametrize("limit", [14, 100, 300, 450, 10_000])
def test_block_made_to_fit_is_short_enough_and_readable(limit):
    tree = parse(exif_block())
    block, left_out = build_within(tree, limit)
    assert len(block) <= limit
    kept = sum(map(len, directories(parse(block))))
    assert kept + left_out == sum(map(len, directories(tree)))
    assert (left_out == 0) == (limit == 10_000)


def test_longest_fields_go_first():
    tree = parse(exif_block())
    block, left_out = build_within(tree, len(build(tree)) - 1)
    assert left_out == 1
    assert parse(block).exif.keys() == tree.exif.keys() - {MAKER_NOTE_TAG}


@pytest.mark.parametrize(
    "data", [b"", b"II", b"II*\0", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff"]
)
def test_what_is_no_exif_is_refused(data):
    with pytest.raises(ExifError):
        parse(data)


@settings(max_examples=300)
@given(
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=20),
    keep=st.integers(0, 10_000),
    order=st.sampled_from("<>"),
)
def test_damaged_blocks_are_parsed_as_far_as_they_go_or_refused(edits, keep, order):
    block = bytearray(exif_block(order))
    for at, value in edits:
        block[at % len(block)] = value
    try:
        tree = parse(bytes(block[:keep]))
    except ExifError:
        return
    assert directories(parse(build(tree))) == directories(tree)


def test_many_fields_that_share_the_same_bytes_cannot_fill_memory():
    shared = 1 << 20
    fields = 500
    table = struct.pack("<H", fields)
    for tag in range(fields):
        table += struct.pack("<HHLL", tag, 1, shared, 0)
    block = b"II*\0\x08\0\0\0" + table + bytes(shared)
    tree = parse(block)
    assert sum(len(entry.value) for entry in tree.image.values()) <= 64 << 20
    assert tree.dropped == fields - 64


def test_directory_that_points_at_itself_ends():
    block = b"II*\0\x08\0\0\0" + struct.pack("<HHHLLL", 1, exif.EXIF_POINTER, 4, 1, 8, 8)
    assert parse(block).exif == {}


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (3, "H", 7.0),
        (4, "L", 7.0),
        (9, "l", 7.0),
        (5, "LL", 7 / 7),
        (16, "Q", 7.0),
        (11, "f", None),
    ],
)
def test_numbers_are_read_whatever_type_they_have(kind, raw, expected):
    tree = exif.ExifTree(order=">")
    value = struct.pack(">" + raw, *[7] * len(raw))
    tree.image[1] = exif.ExifField(kind, 1, value)
    assert tree.number(tree.image, 1) == expected


def test_undefined_rational_is_no_number():
    tree = exif.ExifTree()
    tree.image[1] = tree.pack(exif.RATIONAL, 1, 0)
    assert tree.number(tree.image, 1) is None
