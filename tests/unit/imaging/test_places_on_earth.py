"""Without positions no number of a position is left anywhere, whoever wrote it; names on request."""

import struct

import pytest

from engine.imaging.exif import ExifField, parse
from engine.imaging.exif_layout import build
from engine.imaging.metadata import Metadata, prepare, without_damage
from tests.photo_samples import MAKER_NOTE, exif_block

LATITUDE = "47.166"
"""Written nowhere but as a position."""

DRONES = """
 xmlns:dji="http://www.dji.com/drone-dji/1.0/" dji:GpsLatitude="+47.166" dji:GpsLongtitude="+47.166"
 dji:Latitude="47.166" dji:AbsoluteAltitude="+47.166" dji:GimbalYawDegree="+12.5"
 xmlns:parrot="http://www.parrot.com/drone-parrot/1.0" parrot:HomeLatitude="47.166"
 xmlns:skydio="https://www.skydio.com/drone-skydio/1.0/" skydio:Longitude="47.166"
 xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" geo:lat="47.166" geo:long="47.166"
 xmlns:dwc="http://rs.tdwg.org/dwc/terms/" dwc:decimalLatitude="47.166"
"""
PACKET = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:RDF><rdf:Description rdf:about=""
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {DRONES}
 exif:GPSLatitude="47.166N" photoshop:City="Zug" photoshop:Country="Schweiz"
 photoshop:LegacyIPTCDigest="0123" core:Location="Seestrasse" core:CountryCode="CH">
<dc:subject><rdf:Bag><rdf:li>boat</rdf:li><rdf:li>geotagged</rdf:li><rdf:li>geo:lat=47.166</rdf:li>
<rdf:li>alternative</rdf:li></rdf:Bag></dc:subject>
<lr:hierarchicalSubject xmlns:lr="http://ns.adobe.com/lightroom/1.0/"><rdf:Bag>
<rdf:li>places|geo:lon=47.166</rdf:li></rdf:Bag></lr:hierarchicalSubject>
<digiKam:TagsList xmlns:digiKam="http://www.digikam.org/ns/1.0/"><rdf:Seq>
<rdf:li>places/geo:lat=47.166</rdf:li></rdf:Seq></digiKam:TagsList>
<ext:LocationCreated><rdf:Bag><rdf:li rdf:parseType="Resource"><ext:City>Zug</ext:City>
<exif:GPSLatitude>47.166N</exif:GPSLatitude></rdf:li></rdf:Bag></ext:LocationCreated>
<ext:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource"><ext:GPSLatitude>47.166</ext:GPSLatitude>
</rdf:li></rdf:Bag></ext:LocationShown>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def dataset(number, value):
    return b"\x1c\x02" + struct.pack(">BH", number, len(value)) + value


RECORDS = b"".join(
    [
        dataset(105, b"A caption"),
        dataset(25, b"boat"),
        dataset(25, b"geo:lat=47.166"),
        dataset(90, b"Zug"),
        dataset(92, b"Seestrasse"),
        dataset(101, b"Schweiz"),
        b"\x1c\x02\x78\x80\x04" + (4).to_bytes(4) + b"long",  # a size of four bytes
    ]
)


def photo():
    tree = parse(exif_block())
    words = "boat;geo:lat=47.166\0".encode("utf-16-le")
    tree.image[0x9C9E] = ExifField(1, len(words), words)
    return Metadata(build(tree), PACKET, RECORDS)


def made(metadata, **strip):
    result, _ = prepare(
        metadata,
        photo_px=(40, 30),
        width_px=80,
        height_px=60,
        software="AdaptSR 1",
        **({"strip_gps": False, "strip_place": False} | strip),
    )
    return result


def all_bytes(metadata):
    return b"".join((metadata.exif, metadata.xmp, metadata.iptc or b""))


def places_left(metadata):
    return [
        place
        for place in (LATITUDE, "Zug", "Schweiz", "Seestrasse", "CH")
        if place.encode() in all_bytes(metadata) or place.encode("utf-16-le") in metadata.exif
    ]


def test_all_places_stay_where_nobody_asked():
    assert places_left(made(photo())) == [LATITUDE, "Zug", "Schweiz", "Seestrasse", "CH"]


def test_without_positions_none_is_left_and_names_stay():
    stripped = made(photo(), strip_gps=True)
    assert places_left(stripped) == ["Zug", "Schweiz", "Seestrasse", "CH"]
    assert not parse(stripped.exif).gps
    for kept in (b"boat", b"alternative", b"A caption", b"long", b"GimbalYawDegree"):
        assert kept in all_bytes(stripped)
    assert b"geotagged" not in all_bytes(stripped)


def test_without_places_their_names_are_gone_too_and_nothing_else():
    stripped = made(photo(), strip_place=True)
    assert places_left(stripped) == []
    for kept in (b"boat", b"A caption", b"long", b"GimbalYawDegree"):
        assert kept in all_bytes(stripped)
    assert b"LocationCreated" not in stripped.xmp
    assert b"LegacyIPTCDigest" not in stripped.xmp  # of records that are others now


def test_the_makers_notes_may_hold_a_position_and_go_with_it():
    assert MAKER_NOTE in made(photo()).exif
    assert MAKER_NOTE not in made(photo(), strip_gps=True).exif


@pytest.mark.parametrize("tag", [0x02BC, 0x8649])
def test_blocks_within_exif_are_looked_through_as_well(tag):
    tree = parse(exif_block())
    resource = b"8BIM\x04\x04\0\0" + len(RECORDS).to_bytes(4) + RECORDS
    body = PACKET if tag == 0x02BC else resource
    tree.image[tag] = ExifField(1, len(body), body)
    carried, _ = without_damage(Metadata(exif=build(tree)))
    result = made(carried, strip_place=True)
    assert b"Zug" not in b"".join(filter(None, (result.exif, result.xmp, result.iptc)))
    assert result.xmp if tag == 0x02BC else result.iptc


@pytest.mark.parametrize("cut", range(0, len(RECORDS), 3))
def test_truncated_records_are_stripped_as_far_as_they_can_be_told(cut):
    stripped = made(Metadata(iptc=RECORDS[:cut]), strip_place=True).iptc or b""
    assert b"Zug" not in stripped
    assert RECORDS.startswith(stripped[:8])
