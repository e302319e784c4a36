from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imaging import xmp
from engine.imaging.placement import Placement
from engine.imaging.xmp import XmpError
from engine.imaging.xmp_update import update
from tests.photo_samples import xmp_packet

TIFF = "{http://ns.adobe.com/tiff/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
BIG = f'<stevt:blob xmlns:stevt="urn:anything">{"A" * 70_000}</stevt:blob>'


def updated(packet, *, strip_gps=False):
    """The packet made true for a result of 80 × 60 pixels."""
    placement = Placement(1, (40, 30), (80, 60))
    made, _ = update(
        packet, placement, strip_gps=strip_gps, strip_place=False, software="AdaptSR 1"
    )
    return made


def properties(packet):
    """Every attribute and leaf element by qualified name, read by another parser."""
    found = {}
    for element in ET.fromstring(packet).iter():  # noqa: S314 - built here
        found.update(element.attrib)
        if element.text and element.text.strip():
            found[element.tag] = element.text
    return found


def test_update_makes_the_packet_true_and_keeps_the_rest():
    before, after = properties(xmp_packet(6)), properties(updated(xmp_packet(6)))
    changed = {
        TIFF + "Orientation": "1",
        EXIF + "PixelXDimension": "80",
        EXIF + "PixelYDimension": "60",
        XMP + "CreatorTool": "AdaptSR 1",
    }
    assert after == before | changed


def test_strip_gps_removes_the_position_everywhere_and_nothing_else():
    before = properties(updated(xmp_packet()))
    after = properties(updated(xmp_packet(), strip_gps=True))
    gone = {EXIF + name for name in ("GPSLatitude", "GPSLongitude", "GPSAltitude")}
    assert before.keys() - after.keys() == gone
    assert {key: value for key, value in before.items() if key not in gone} == after


@pytest.mark.parametrize(
    "stale",
    [
        '<h:Version xmlns:h="http://ns.adobe.com/hdr-gain-map/1.0/">1.0</h:Version>',
        '<c:Directory xmlns:c="http://ns.google.com/photos/1.0/container/">video</c:Directory>',
        '<g:MotionPhoto xmlns:g="http://ns.google.com/photos/1.0/camera/">1</g:MotionPhoto>',
        "<xmp:Thumbnails><rdf:Alt><rdf:li>base64</rdf:li></rdf:Alt></xmp:Thumbnails>",
    ],
)
def test_what_describes_appended_pictures_goes(stale):
    plain = properties(updated(xmp_packet()))
    assert properties(updated(xmp_packet(extra=stale))) == plain


def test_other_camera_properties_stay():
    special = (
        '<g:SpecialTypeID xmlns:g="http://ns.google.com/photos/1.0/camera/">x</g:SpecialTypeID>'
    )
    assert b"SpecialTypeID" in updated(xmp_packet(extra=special))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_found(orientation):
    assert xmp.orientation(xmp_packet(orientation)) == orientation


@pytest.mark.parametrize("value", ["", "9", "0", "six"])
def test_nonsense_orientation_is_none(value):
    assert xmp.orientation(xmp_packet(value)) is None


def test_split_then_merge_gives_back_every_property():
    packet = xmp_packet(extra=BIG)
    main, extension, guid = xmp.split(packet, 65_000)
    assert len(main) <= 65_000
    assert xmp.extended_guid(main) == guid
    merged = xmp.merge(main, extension)
    assert xmp.extended_guid(merged) is None
    assert properties(merged) == properties(packet)


def test_packet_that_cannot_be_split_is_given_up():
    attribute = xmp_packet().replace(b'xmp:Rating="4"', b'xmp:Rating="' + b"4" * 70_000 + b'"')
    assert xmp.split(attribute, 65_000) is None


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml",
        xmp_packet()[:300],
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        b"<a>" * 5000 + b"</a>" * 5000,
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
    ],
)
def test_unreadable_or_hostile_packets_are_refused(packet):
    assert not xmp.is_readable(packet)
    assert xmp.orientation(packet) is None
    with pytest.raises(XmpError):
        updated(packet)


@given(cut=st.integers(0, 1500), junk=st.binary(max_size=8))
def test_damaged_packets_are_edited_or_refused_but_never_crash(cut, junk):
    packet = xmp_packet()
    damaged = packet[:cut] + junk + packet[cut + len(junk) :]
    try:
        updated(damaged)
    except XmpError:
        assert not xmp.is_readable(damaged)
