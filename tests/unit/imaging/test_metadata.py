import pytest
from PIL import ExifTags, Image

from engine.imaging.iptc import iptc_of, resource_block
from engine.imaging.metadata import (
    CameraFacts,
    Metadata,
    camera_facts,
    orientation_of,
    prepare,
    without_damage,
)
from tests.photo_samples import (
    CAMERA,
    IPTC,
    LENS,
    MAKER_NOTE,
    SRGB_ICC,
    exif_block,
    xmp_packet,
)

FULL = Metadata(exif_block(orientation=6), xmp_packet(6), IPTC, SRGB_ICC, (300.0, 300.0))


def prepared(metadata=FULL, *, strip_gps=False):
    made, _ = prepare(
        metadata,
        photo_px=(30, 40),
        width_px=60,
        height_px=80,
        strip_gps=strip_gps,
        strip_place=False,
        software="AdaptSR 1",
    )
    return made


def pillow_exif(metadata):
    found = Image.Exif()
    found.load(metadata.exif)
    return found


def test_prepared_exif_is_true_for_the_result():
    found = pillow_exif(prepared())
    inner = found.get_ifd(ExifTags.IFD.Exif)
    assert found[ExifTags.Base.Orientation] == 1
    assert found[ExifTags.Base.Software] == "AdaptSR 1"
    assert (inner[ExifTags.Base.ExifImageWidth], inner[ExifTags.Base.ExifImageHeight]) == (60, 80)
    assert inner[0x9214] == (44, 14)  # SubjectArea, (7, 8) of a picture 40 wide turned clockwise
    assert inner[ExifTags.Base.ISOSpeedRatings] == 400
    assert not found.get_ifd(ExifTags.IFD.IFD1)


def test_prepare_keeps_the_maker_note_in_place_and_the_other_blocks():
    result = prepared()
    assert result.exif.find(MAKER_NOTE) == FULL.exif.find(MAKER_NOTE)
    assert (result.iptc, result.icc, result.dpi) == (FULL.iptc, FULL.icc, FULL.dpi)


def test_position_stays_unless_it_is_stripped():
    assert pillow_exif(prepared()).get_ifd(ExifTags.IFD.GPSInfo)
    assert b"GPSLatitude" in prepared().xmp
    stripped = prepared(strip_gps=True)
    assert not pillow_exif(stripped).get_ifd(ExifTags.IFD.GPSInfo)
    assert b"GPS" not in stripped.xmp


@pytest.mark.parametrize("exif", [None, b"", b"garbage", b"II*\0\xff\xff\xff\xff"])
def test_photo_without_readable_exif_still_names_the_software(exif):
    found = pillow_exif(prepared(Metadata(exif=exif)))
    assert found[ExifTags.Base.Software] == "AdaptSR 1"
    assert found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExifImageWidth] == 60


def test_preparing_twice_changes_nothing_more():
    assert prepared(prepared()) == prepared()


def test_unreadable_xmp_is_left_out():
    assert prepared(Metadata(xmp=b"<broken")).xmp is None


def test_exif_orientation_wins_over_xmp_and_xmp_over_nothing():
    assert orientation_of(Metadata(exif_block(orientation=3), xmp_packet(6))) == 3
    assert orientation_of(Metadata(None, xmp_packet(6))) == 6
    assert orientation_of(Metadata()) == 1
    assert orientation_of(Metadata(exif_block(orientation=77))) == 1


def test_camera_facts_are_read():
    facts = camera_facts(FULL)
    assert facts == CameraFacts("Fabrik", CAMERA, LENS, 400, "2024-05-06T07:08:09+02:00")
    assert camera_facts(Metadata()) == CameraFacts()


def test_damaged_blocks_are_dropped_and_named():
    cleaned, notices = without_damage(Metadata(exif=b"II*\0", xmp=b"<a>", iptc=IPTC, icc=b"x"))
    assert cleaned == Metadata(iptc=IPTC, icc=b"x")
    assert len(notices) == 2


def test_sound_blocks_are_not_touched():
    assert without_damage(FULL) == (FULL, ())


def test_partly_damaged_exif_is_kept_and_named():
    block = bytearray(exif_block(thumbnail=False))
    at = block.index(b"\x34\xa4\x02\x00") + 8  # where LensModel is stored
    block[at : at + 4] = b"\xff\xff\xff\x7f"
    cleaned, notices = without_damage(Metadata(exif=bytes(block)))
    assert camera_facts(cleaned) == CameraFacts(
        "Fabrik", CAMERA, None, 400, "2024-05-06T07:08:09+02:00"
    )
    assert len(notices) == 1


def test_iptc_is_found_in_resource_blocks_and_bare():
    other = b"8BIM\x03\xed\x04name\0" + (5).to_bytes(4) + b"12345\0"
    assert iptc_of(other + resource_block(IPTC)) == IPTC
    assert iptc_of(IPTC) == IPTC


@pytest.mark.parametrize("cut", range(len(resource_block(IPTC))))
def test_truncated_resource_blocks_hold_nothing(cut):
    assert iptc_of(resource_block(IPTC + b"\0")[:cut]) is None
