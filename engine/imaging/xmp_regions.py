"""Turns and scales the regions that an XMP packet marks in the photo, such as faces."""

from collections.abc import Iterator
from xml.dom import minidom

from engine.imaging.orientation import UPRIGHT
from engine.imaging.placement import Placement, RelativeBox, Turn
from engine.imaging.xmp_nodes import (
    Name,
    NoValueError,
    Property,
    attributes,
    decimal,
    each,
    elements,
    fields,
    items,
    name_of,
    named,
    number,
    remove,
    set_value,
    value_of,
)

_REGIONS = {
    "http://www.metadataworkinggroup.com/schemas/regions/": (
        "http://ns.adobe.com/xmp/sType/Area#",
        "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    ),
    "http://ns.acdsee.com/regions/": (
        "http://ns.acdsee.com/sType/Area#",
        "http://ns.acdsee.com/sType/Dimensions#",
    ),
}
"""Schemas of regions that are alike: their areas' and their dimensions' namespaces."""

_MICROSOFT_REGION = "http://ns.microsoft.com/photo/1.2/t/Region#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_LARGEST = 1e9
_APPLE_FACES = "http://ns.apple.com/faceinfo/1.0/"


def move_regions(document: minidom.Document, placement: Placement) -> bool:
    """Move every marked region to where it is in the result.

    Args:
        document: Changed in place.
        placement: How the photo becomes the result.

    Returns:
        False where one had to be taken out, because it is of another picture or unreadable.
    """
    kept = _areas(document, placement)
    kept &= _microsoft_regions(document, placement)
    return _iptc_regions(document, placement) and kept


def _areas(document: minidom.Document, placement: Placement) -> bool:
    """Move the regions of the Metadata Working Group and of those that write them alike."""
    kept = True
    for schema, (area_schema, size_schema) in _REGIONS.items():
        roots = named(document, (schema, "Regions"))

        def move(root: minidom.Element, names: Name = (area_schema, size_schema)) -> None:
            _move_areas(document, root, placement, *names)

        kept &= each(roots, move)
    return kept


def _move_areas(
    document: minidom.Document,
    root: minidom.Element,
    placement: Placement,
    area_schema: str,
    size_schema: str,
) -> None:
    sizes = {name: node for node in _below(root) if (name := name_of(node))[0] == size_schema}
    across, down = (size_schema, "w"), (size_schema, "h")
    counted = (number(sizes, across), number(sizes, down)) if sizes else None
    turn = placement.turn(counted)
    if turn is None:
        raise NoValueError
    for node, value_px in zip(
        (sizes.get(across), sizes.get(down)), placement.result_px, strict=True
    ):
        if node is not None:
            set_value(document, node, str(value_px))
    if (unit := sizes.get((size_schema, "unit"))) is not None:
        set_value(document, unit, "pixel")
    for structure in [root, *elements(root)]:
        found = {n: f for n, f in fields(structure).items() if n[0] == area_schema}
        # The fields of an inner description belong to the structure around it.
        if (area_schema, "x") in found and structure.localName != "Description":
            _move_area(document, found, area_schema, turn, placement.result_px)
    if turn.orientation != UPRIGHT:  # angles are of the face against the old picture's top
        for node in list(_below(root)):
            if name_of(node) == (_APPLE_FACES, "AngleInfoRoll") or node.localName == "Rotation":
                remove(node)


def _move_area(
    document: minidom.Document,
    found: dict[Name, Property],
    schema: str,
    turn: Turn,
    result_px: tuple[int, int],
) -> None:
    values = {name: number(found, (schema, name)) for name in "xywhd" if (schema, name) in found}
    unit = found.get((schema, "unit"))
    in_pixels = unit is not None and value_of(unit) == "pixel"
    across, down = turn.counted_px if in_pixels else (1.0, 1.0)
    box = turn.box(
        RelativeBox.around(
            values["x"] / across,
            values.get("y", 0.5) / down,
            values.get("w", 0.0) / across,
            values.get("h", 0.0) / down,
        )
    )
    wide, high = result_px if in_pixels else (1, 1)
    moved = {
        "x": box.centre[0] * wide,
        "y": box.centre[1] * high,
        "w": box.width * wide,
        "h": box.height * high,
    }
    if in_pixels and "d" in values:
        moved["d"] = values["d"] * (wide * high / (across * down)) ** 0.5
    for name, value in moved.items():
        if name in values:
            set_value(document, found[schema, name], decimal(value))


def _microsoft_regions(document: minidom.Document, placement: Placement) -> bool:
    """Move the rectangles of Windows' photo programs: left, top, width, height."""
    nodes = named(document, (_MICROSOFT_REGION, "Rectangle"))
    turn = placement.turn()
    kept = True
    for node in nodes:
        try:
            numbers = [float(part) for part in value_of(node).split(",")]
        except ValueError:
            numbers = []
        if turn is None or len(numbers) != 4 or not all(abs(n) < _LARGEST for n in numbers):
            remove(node)
            kept = False
            continue
        box = turn.box(RelativeBox(*numbers))
        moved = (box.left, box.top, box.width, box.height)
        set_value(document, node, ", ".join(decimal(number) for number in moved))
    return kept


def _iptc_regions(document: minidom.Document, placement: Placement) -> bool:
    """Move the boundaries of IPTC's image regions: rectangles, circles and polygons."""
    turn = placement.turn()

    def move(boundary: minidom.Element) -> None:
        if turn is None:
            raise NoValueError
        found = fields(boundary)
        unit = found.get((_IPTC, "rbUnit"))
        in_pixels = unit is not None and value_of(unit) == "pixel"
        counted = turn.counted_px if in_pixels else (1.0, 1.0)
        new = placement.result_px if in_pixels else (1, 1)
        vertices = found.get((_IPTC, "rbVertices"))
        if isinstance(vertices, minidom.Element):
            for item in items(vertices):
                _move_corner(document, fields(item), turn, counted, new)
        else:
            _move_corner(document, found, turn, counted, new)
        radius = found.get((_IPTC, "rbRx"))
        if radius is not None:  # counted in widths of its picture
            old_px = number(found, (_IPTC, "rbRx")) / counted[0] * turn.counted_px[0]
            scale = (
                placement.result_px[0]
                * placement.result_px[1]
                / (turn.counted_px[0] * turn.counted_px[1])
            ) ** 0.5
            value = old_px * scale / placement.result_px[0] * new[0]
            set_value(document, radius, decimal(value))

    boundaries = named(document, (_IPTC, "RegionBoundary"))
    kept = each(boundaries, move)
    for region in named(document, (_IPTC, "ImageRegion")):
        if not kept and isinstance(region, minidom.Element):
            remove(*(i for i in items(region) if (_IPTC, "RegionBoundary") not in fields(i)))
    return kept


def _move_corner(
    document: minidom.Document,
    found: dict[Name, Property],
    turn: Turn,
    counted: tuple[float, float],
    new: tuple[float, float],
) -> None:
    """Move a rectangle's corner with its sides, or a point that has none."""
    x, y, wide, high = ((_IPTC, name) for name in ("rbX", "rbY", "rbW", "rbH"))
    has_sides = wide in found and high in found
    width, height = (number(found, wide), number(found, high)) if has_sides else (0.0, 0.0)
    box = turn.box(
        RelativeBox(
            number(found, x) / counted[0],
            number(found, y) / counted[1],
            width / counted[0],
            height / counted[1],
        )
    )
    set_value(document, found[x], decimal(box.left * new[0]))
    set_value(document, found[y], decimal(box.top * new[1]))
    if has_sides:
        set_value(document, found[wide], decimal(box.width * new[0]))
        set_value(document, found[high], decimal(box.height * new[1]))


def _below(root: minidom.Element) -> Iterator[Property]:
    for element in [root, *elements(root)]:
        yield from attributes(element)
        if element is not root:
            yield element
