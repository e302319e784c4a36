"""Turns and scales what else an XMP packet counts in the pixels of the photo."""

import re
from xml.dom import minidom

from engine.imaging.exif_places import SENSOR_DENSITY, SUBJECT, moved_subject, scaled_density
from engine.imaging.orientation import UPRIGHT
from engine.imaging.placement import Placement
from engine.imaging.xmp_nodes import (
    EXIF,
    TIFF,
    Name,
    NoValueError,
    Property,
    each,
    items,
    name_of,
    named,
    number,
    properties,
    remove,
    set_value,
    value_of,
)
from engine.imaging.xmp_regions import move_regions

_PANORAMA = "http://ns.google.com/photos/1.0/panorama/"
_ACROSS, _DOWN = re.compile(r"(Width|Left)(Pixels)?$"), re.compile(r"(Height|Top)(Pixels)?$")
_RAW_SETTINGS = "http://ns.adobe.com/camera-raw-settings/1.0/"
_DEVELOPED_PLACE = re.compile(
    r"Crop(Top|Left|Bottom|Right|Angle)|HasCrop|Retouch\w+|RedEyeInfo|\w+BasedCorrections"
)

REGIONS = "the marked faces and regions"
PANORAMA = "the panorama's size and place"
DEVELOPING = "crop and local settings of its development"


def count_anew(document: minidom.Document, placement: Placement) -> list[str]:
    """Make every property that counts pixels, or shares of the old picture, true for the result.

    Args:
        document: Changed in place.
        placement: How the photo becomes the result.

    Returns:
        What had to be taken out instead.
    """
    parts = (
        (REGIONS, move_regions),
        (PANORAMA, _panorama),
        (SUBJECT, _subject),
        (SENSOR_DENSITY, _sensor_density),
        (DEVELOPING, _development),
    )
    lost = [what for what, part in parts if not part(document, placement)]
    if (turn := placement.turn()) is not None and turn.swaps:
        _swap(document, (TIFF, "XResolution"), (TIFF, "YResolution"))
    width, height = (str(side) for side in placement.result_px)
    sizes = {
        (TIFF, "ImageWidth"): width,
        (TIFF, "ImageLength"): height,
        (EXIF, "PixelXDimension"): width,
        (EXIF, "PixelYDimension"): height,
        (TIFF, "Orientation"): "1",
    }
    for node in named(document, *sizes):
        set_value(document, node, sizes[name_of(node)])
    return lost


def _panorama(document: minidom.Document, placement: Placement) -> bool:
    """Scale the sizes that say which part of a sphere the picture is."""
    nodes = [
        node
        for node in properties(document)
        if name_of(node)[0] == _PANORAMA
        and (_ACROSS.search(name_of(node)[1]) or _DOWN.search(name_of(node)[1]))
    ]
    if not nodes:
        return True
    try:
        values = _scaled(nodes, placement)
    except NoValueError:
        remove(*(node for node in properties(document) if name_of(node)[0] == _PANORAMA))
        return False
    for node, value in zip(nodes, values, strict=True):
        set_value(document, node, str(value))
    return True


def _scaled(nodes: list[Property], placement: Placement) -> list[int]:
    """Return a panorama's sizes in the pixels of the result.

    Raises:
        NoValueError: If they are of another picture, which the photo was cut or turned from.
    """
    found = {name_of(node): node for node in nodes}
    across_px, down_px = (
        number(found, (_PANORAMA, f"CroppedAreaImage{side}Pixels")) for side in ("Width", "Height")
    )
    turn = placement.turn((across_px, down_px))
    if turn is None or turn.orientation != UPRIGHT:
        raise NoValueError
    across, down = placement.result_px[0] / across_px, placement.result_px[1] / down_px
    return [
        round(number(found, name) * (across if _ACROSS.search(name[1]) else down))
        for name in map(name_of, nodes)
    ]


def _counted_px(document: minidom.Document) -> tuple[float, float] | None:
    found = {name_of(node): node for node in properties(document)}
    try:
        return (
            number(found, (EXIF, "PixelXDimension")),
            number(found, (EXIF, "PixelYDimension")),
        )
    except NoValueError:
        return None


def _subject(document: minidom.Document, placement: Placement) -> bool:
    turn = placement.turn(_counted_px(document))

    def move(node: minidom.Element) -> None:
        listed = items(node)
        try:
            numbers = tuple(int(value_of(item)) for item in listed)
        except ValueError as error:
            raise NoValueError from error
        moved = None
        if turn is not None and len(numbers) in {2, 3, 4}:
            moved = moved_subject(numbers, turn, placement.result_px)
        if moved is None:
            raise NoValueError
        for item, value in zip(listed, moved, strict=True):
            set_value(document, item, str(value))

    return each(named(document, (EXIF, "SubjectArea"), (EXIF, "SubjectLocation")), move)


def _sensor_density(document: minidom.Document, placement: Placement) -> bool:
    names = [(EXIF, f"FocalPlane{axis}Resolution") for axis in "XY"]
    found = {name_of(node): node for node in named(document, *names)}
    if not found:
        return True
    turn = placement.turn(_counted_px(document))
    try:
        across, down = (number(found, name) for name in names)
    except NoValueError:
        turn = None
    if turn is None:
        remove(*named(document, *names, (EXIF, "FocalPlaneResolutionUnit")))
        return False
    scaled = scaled_density(across, down, turn, placement.result_px)
    for name, value in zip(names, scaled, strict=True):
        set_value(document, found[name], f"{round(value * 1000)}/1000")
    return True


def _development(document: minidom.Document, placement: Placement) -> bool:
    """Take out where a raw developer worked; shares of the picture stay true unless it turned."""
    turn = placement.turn()
    if turn is not None and turn.orientation == UPRIGHT:
        return True
    nodes = [
        node
        for node in properties(document)
        if name_of(node)[0] == _RAW_SETTINGS and _DEVELOPED_PLACE.fullmatch(name_of(node)[1])
    ]
    remove(*nodes)
    return not nodes


def _swap(document: minidom.Document, one: Name, other: Name) -> None:
    found = {name_of(node): node for node in named(document, one, other)}
    if len(found) == 2:
        first, second = value_of(found[one]), value_of(found[other])
        set_value(document, found[one], second)
        set_value(document, found[other], first)
