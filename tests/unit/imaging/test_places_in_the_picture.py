"""Whatever metadata counts in the picture points at the same thing in the upright, larger result.

A mark is painted into a stored picture, which is turned upright and enlarged by the program's own
code for pixels; the metadata of the mark must then frame the same pixels.
"""

import re
import struct
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from engine.imaging.exif import ExifField, ExifTree, parse
from engine.imaging.exif_layout import build
from engine.imaging.metadata import Metadata, prepare
from engine.imaging.orientation import swaps_sides, turn_upright
from tests.photo_samples import exif_block

WIDTH, HEIGHT, SCALE = 96, 64, 3
LEFT, TOP, WIDE, HIGH = 64, 8, 24, 16
"""The mark, in pixels of the stored picture."""

ORIENTATIONS = range(1, 9)
AREA = "{http://ns.adobe.com/xmp/sType/Area#}"
SIZE = "{http://ns.adobe.com/xap/1.0/sType/Dimensions#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
PANO = "{http://ns.google.com/photos/1.0/panorama/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RECTANGLE = "{http://ns.microsoft.com/photo/1.2/t/Region#}Rectangle"
SCHEMAS = {
    "rdf": RDF,
    "mwg-rs": "{http://www.metadataworkinggroup.com/schemas/regions/}",
    "stArea": AREA,
    "stDim": SIZE,
    "MP": "{http://ns.microsoft.com/photo/1.2/}",
    "MPRI": "{http://ns.microsoft.com/photo/1.2/t/RegionInfo#}",
    "MPReg": "{http://ns.microsoft.com/photo/1.2/t/Region#}",
    "ext": IPTC,
    "GPano": PANO,
    "exif": EXIF,
    "crs": "{http://ns.adobe.com/camera-raw-settings/1.0/}",
    "x": "{adobe:ns:meta/}",
}


def packet(inner, attributes=""):
    names = " ".join(f'xmlns:{prefix}="{uri[1:-1]}"' for prefix, uri in SCHEMAS.items())
    return (
        f'<x:xmpmeta {names}><rdf:RDF><rdf:Description rdf:about="" {attributes}>{inner}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def faces(area, size=(WIDTH, HEIGHT)):
    applied = (
        f'<mwg-rs:AppliedToDimensions stDim:w="{size[0]}" stDim:h="{size[1]}" stDim:unit="pixel"/>'
    )
    return packet(
        f'<mwg-rs:Regions rdf:parseType="Resource">{applied}<mwg-rs:RegionList><rdf:Bag>'
        f'<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ada</mwg-rs:Name>{area}</rdf:li>'
        "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )


def area(*, unit="normalized", way="attributes", in_px=(LEFT, TOP, WIDE, HIGH)):
    left, top, wide, high = in_px
    across, down = (WIDTH, HEIGHT) if unit == "normalized" else (1, 1)
    values = {
        "x": (left + wide / 2) / across,
        "y": (top + high / 2) / down,
        "w": wide / across,
        "h": high / down,
        "unit": unit,
    }
    said = " ".join(f'stArea:{name}="{value}"' for name, value in values.items())
    inner = "".join(f"<stArea:{name}>{value}</stArea:{name}>" for name, value in values.items())
    return {
        "attributes": f"<mwg-rs:Area {said}/>",
        "elements": f'<mwg-rs:Area rdf:parseType="Resource">{inner}</mwg-rs:Area>',
        "description": f"<mwg-rs:Area><rdf:Description {said}/></mwg-rs:Area>",
    }[way]


def iptc(inner, unit="relative"):
    return packet(
        '<ext:ImageRegion><rdf:Bag><rdf:li rdf:parseType="Resource"><ext:rId>mark</ext:rId>'
        f'<ext:RegionBoundary rdf:parseType="Resource"><ext:rbUnit>{unit}</ext:rbUnit>{inner}'
        "</ext:RegionBoundary></rdf:li></rdf:Bag></ext:ImageRegion>"
    )


def result_px(orientation, photo=(WIDTH, HEIGHT)):
    width, height = photo[::-1] if swaps_sides(orientation) else photo
    return width * SCALE, height * SCALE


def made(orientation, xmp=None, fill=lambda _tree: None):
    """Return prepared EXIF and XMP, and the notices, of a photo stored as WIDTH × HEIGHT."""
    tree = parse(exif_block(orientation=orientation))
    for tag in (0x9214, 0xA002, 0xA003):
        tree.exif.pop(tag)
    fill(tree)
    width, height = result_px(orientation)
    metadata, notices = prepare(
        Metadata(exif=build(tree), xmp=xmp),
        photo_px=(width // SCALE, height // SCALE),
        width_px=width,
        height_px=height,
        strip_gps=False,
        strip_place=False,
        software="AdaptSR 1",
    )
    return parse(metadata.exif), metadata.xmp, notices


def values(xmp):
    found = {}
    for element in ET.fromstring(xmp).iter():  # noqa: S314 - built here
        found.update(element.attrib)
        if element.text and element.text.strip():
            found[element.tag] = element.text
    return found


def frame_of_mark(orientation):
    """Return left, top, width and height of the mark in the result, from its pixels."""
    stored = np.zeros((HEIGHT, WIDTH), np.uint8)
    stored[TOP : TOP + HIGH, LEFT : LEFT + WIDE] = 1
    upright = turn_upright(stored, orientation).repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    rows, columns = np.nonzero(upright.any(axis=1))[0], np.nonzero(upright.any(axis=0))[0]
    return columns[0], rows[0], len(columns), len(rows)


@pytest.mark.parametrize("way", ["attributes", "elements", "description"])
@pytest.mark.parametrize("unit", ["normalized", "pixel"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_face_of_the_working_group_frames_the_same_pixels(orientation, unit, way):
    _, xmp, notices = made(orientation, faces(area(unit=unit, way=way)))
    found = values(xmp)
    width, height = result_px(orientation)
    assert (found[SIZE + "w"], found[SIZE + "h"]) == (str(width), str(height))
    x, y, wide, high = (float(found[AREA + name]) for name in "xywh")
    if unit == "normalized":
        x, y, wide, high = x * width, y * height, wide * width, high * height
    frame = (x - wide / 2, y - high / 2, wide, high)
    assert frame == pytest.approx(frame_of_mark(orientation), abs=1e-3)
    assert notices == ()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_face_of_microsoft_frames_the_same_pixels(orientation):
    shares = f"{LEFT / WIDTH}, {TOP / HEIGHT}, {WIDE / WIDTH}, {HIGH / HEIGHT}"
    _, xmp, notices = made(
        orientation,
        packet(
            '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li '
            f'MPReg:PersonDisplayName="Ada" MPReg:Rectangle="{shares}"/></rdf:Bag></MPRI:Regions>'
            "</MP:RegionInfo>"
        ),
    )
    width, height = result_px(orientation)
    frame = [float(part) for part in values(xmp)[RECTANGLE].split(",")]
    scaled = [a * b for a, b in zip(frame, (width, height, width, height), strict=True)]
    assert scaled == pytest.approx(frame_of_mark(orientation), abs=1e-3)
    assert notices == ()


@pytest.mark.parametrize("unit", ["relative", "pixel"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_iptc_rectangle_frames_the_same_pixels(orientation, unit):
    across, down = (WIDTH, HEIGHT) if unit == "relative" else (1, 1)
    corner = f"<ext:rbX>{LEFT / across}</ext:rbX><ext:rbY>{TOP / down}</ext:rbY>"
    sides = f"<ext:rbW>{WIDE / across}</ext:rbW><ext:rbH>{HIGH / down}</ext:rbH>"
    _, xmp, _ = made(orientation, iptc(corner + sides, unit))
    found = values(xmp)
    wide, high = result_px(orientation) if unit == "relative" else (1, 1)
    frame = [
        float(found[IPTC + name]) * side
        for name, side in zip(("rbX", "rbY", "rbW", "rbH"), (wide, high, wide, high), strict=True)
    ]
    assert frame == pytest.approx(frame_of_mark(orientation), abs=1e-3)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_iptc_polygon_and_circle_keep_their_places(orientation):
    corners = [(LEFT, TOP), (LEFT + WIDE, TOP), (LEFT + WIDE, TOP + HIGH)]
    listed = "".join(
        f'<rdf:li rdf:parseType="Resource"><ext:rbX>{x / WIDTH}</ext:rbX>'
        f"<ext:rbY>{y / HEIGHT}</ext:rbY></rdf:li>"
        for x, y in corners
    )
    polygon = f"<ext:rbVertices><rdf:Seq>{listed}</rdf:Seq></ext:rbVertices>"
    _, xmp, _ = made(orientation, iptc(polygon))
    width, height = result_px(orientation)
    found = [
        (float(x) * width, float(y) * height)
        for x, y in re.findall(rb"<ext:rbX>(.*?)</ext:rbX><ext:rbY>(.*?)</ext:rbY>", xmp)
    ]
    left, top, wide, high = frame_of_mark(orientation)
    ends = [(left, left + wide), (top, top + high)]
    for point in found:
        for value, sides in zip(point, ends, strict=True):
            assert min(abs(value - side) for side in sides) < 1e-3
    assert len(set(found)) == 3
    circle = f"<ext:rbX>0.5</ext:rbX><ext:rbY>0.25</ext:rbY><ext:rbRx>{12 / WIDTH}</ext:rbRx>"
    _, xmp, _ = made(orientation, iptc(circle))
    radius_px = float(values(xmp)[IPTC + "rbRx"]) * width
    assert radius_px == pytest.approx(12 * SCALE, abs=1e-3)


def shorts(tree, tag, *numbers):
    tree.exif[tag] = tree.pack(3, *numbers)


def read_shorts(tree, tag):
    entry = tree.exif[tag]
    return struct.unpack(f"{tree.order}{entry.count}H", entry.value)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_subject_of_exif_is_the_same_pixels(orientation):
    centre = LEFT + WIDE // 2, TOP + HIGH // 2
    left, top, wide, high = frame_of_mark(orientation)
    expected = (left + wide // 2, top + high // 2)

    def fill(tree):
        shorts(tree, 0x9214, *centre, WIDE, HIGH)
        shorts(tree, 0xA214, *centre)

    listed = "".join(f"<rdf:li>{value}</rdf:li>" for value in (*centre, 20))
    xmp = packet(f"<exif:SubjectArea><rdf:Seq>{listed}</rdf:Seq></exif:SubjectArea>")
    tree, made_xmp, notices = made(orientation, xmp, fill)
    assert read_shorts(tree, 0x9214) == (*expected, wide, high)
    assert read_shorts(tree, 0xA214) == expected
    circle = [int(value) for value in re.findall(rb"<rdf:li>(\d+)</rdf:li>", made_xmp)]
    assert circle == [*expected, 20 * SCALE]
    assert notices == ()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_sensor_stays_as_large_as_it_is(orientation):
    """36 by 24 millimetres stay 36 by 24 millimetres, standing up where the photo stands up."""

    def fill(tree):
        tree.exif[0xA20E] = tree.pack(5, WIDTH * 1000, 36_000)
        tree.exif[0xA20F] = tree.pack(5, HEIGHT * 1000, 24_000)

    attributes = (
        f'exif:FocalPlaneXResolution="{WIDTH}/36" exif:FocalPlaneYResolution="{HEIGHT}/24" '
    )
    tree, xmp, _ = made(orientation, packet("", attributes), fill)
    width, height = result_px(orientation)
    found = values(xmp)
    sides = (24, 36) if swaps_sides(orientation) else (36, 24)
    for axis, tag, side_px, side_mm in (
        ("X", 0xA20E, width, sides[0]),
        ("Y", 0xA20F, height, sides[1]),
    ):
        assert side_px / tree.number(tree.exif, tag) == pytest.approx(side_mm, rel=1e-3)
        over, under = found[EXIF + f"FocalPlane{axis}Resolution"].split("/")
        assert side_px / (int(over) / int(under)) == pytest.approx(side_mm, rel=1e-3)


@pytest.mark.parametrize("bad", [(10, -5, 1), (5, 0, 1), (5, 7, 0), (2, 1, 1)])
def test_nonsense_about_the_sensor_is_taken_out(bad):
    kind, *pair = bad

    def fill(tree):
        value = struct.pack(f"{tree.order}ll", *pair)
        tree.exif[0xA20E] = ExifField(kind, 8 if kind == 2 else 1, value)
        tree.exif[0xA20F] = tree.pack(5, 4000, 1)

    tree, _, notices = made(1, None, fill)
    assert 0xA20E not in tree.exif
    assert "sensor" in notices[0]


def test_print_density_turns_with_the_photo():
    def fill(tree):
        tree.image[0x011A], tree.image[0x011B] = tree.pack(5, 300, 1), tree.pack(5, 150, 1)

    tree, _, _ = made(6, None, fill)
    assert tree.number(tree.image, 0x011A) == 150
    assert tree.number(tree.image, 0x011B) == 300


def test_a_panorama_is_the_same_part_of_the_sphere():
    attributes = (
        f'GPano:CroppedAreaImageWidthPixels="{WIDTH}" GPano:CroppedAreaImageHeightPixels="{HEIGHT}"'
        ' GPano:FullPanoWidthPixels="192" GPano:FullPanoHeightPixels="96"'
        ' GPano:CroppedAreaLeftPixels="48" GPano:CroppedAreaTopPixels="16"'
        ' GPano:PoseHeadingDegrees="350.0" GPano:ProjectionType="equirectangular"'
    )
    _, xmp, notices = made(1, packet("", attributes))
    found = values(xmp)
    assert int(found[PANO + "CroppedAreaImageWidthPixels"]) == WIDTH * SCALE
    assert int(found[PANO + "FullPanoWidthPixels"]) == 192 * SCALE
    assert int(found[PANO + "CroppedAreaTopPixels"]) == 16 * SCALE
    assert found[PANO + "PoseHeadingDegrees"] == "350.0"
    assert notices == ()


def test_a_panorama_that_was_cropped_since_is_none_and_that_is_said():
    attributes = (
        'GPano:CroppedAreaImageWidthPixels="400" GPano:CroppedAreaImageHeightPixels="200"'
        ' GPano:ProjectionType="equirectangular"'
    )
    _, xmp, notices = made(1, packet("", attributes))
    assert b"equirectangular" not in xmp
    assert len(notices) == 1
    assert "panorama" in notices[0]


def test_faces_of_a_picture_that_was_cropped_since_are_taken_out_and_said_once():
    _, xmp, notices = made(6, faces(area(), size=(100, 20)))
    assert b"Ada" not in xmp
    assert len(notices) == 1
    assert "faces" in notices[0]


def test_faces_that_were_marked_on_the_upright_picture_are_not_turned_again():
    upright = (LEFT % HEIGHT, TOP, WIDE, HIGH)
    _, xmp, _ = made(6, faces(area(in_px=upright, unit="pixel"), size=(HEIGHT, WIDTH)))
    assert float(values(xmp)[AREA + "x"]) == (upright[0] + WIDE / 2) * SCALE


@pytest.mark.parametrize("bad", ['stArea:x="left" stArea:y="0.5"', 'stArea:x="nan" stArea:y="1"'])
def test_an_area_that_is_none_goes(bad):
    _, xmp, notices = made(1, faces(f"<mwg-rs:Area {bad}/>"))
    assert b"Area" not in xmp.replace(b"sType/Area#", b"").replace(b"xmlns:stArea", b"")
    assert len(notices) == 1


def test_a_subject_outside_the_picture_is_taken_out_and_said():
    tree, _, notices = made(1, None, lambda tree: shorts(tree, 0x9214, 2000, 1500))
    assert 0x9214 not in tree.exif
    assert "subject" in notices[0]


def test_local_development_stays_unless_the_photo_was_turned():
    settings = 'crs:CropTop="0.1" crs:Exposure2012="+0.5"'
    assert b"CropTop" in made(1, packet("", settings))[1]
    _, turned, notices = made(6, packet("", settings))
    assert b"CropTop" not in turned
    assert b"Exposure2012" in turned
    assert len(notices) == 1


def test_a_piece_of_a_photo_has_none_of_its_places():
    tree = ExifTree()
    shorts(tree, 0x9214, 10, 10)
    piece, notices = prepare(
        Metadata(exif=build(tree)),
        photo_px=None,
        width_px=8,
        height_px=8,
        strip_gps=True,
        strip_place=True,
        software="AdaptSR",
    )
    assert 0x9214 not in parse(piece.exif).exif
    assert notices == ()
