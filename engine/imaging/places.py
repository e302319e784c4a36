"""Takes out of metadata where a photo was taken: positions, and on request the names of places."""

import re
from xml.dom import minidom

from engine.imaging.exif import MAKER_NOTE, ExifField, ExifTree
from engine.imaging.iptc import without
from engine.imaging.xmp_nodes import (
    RDF,
    Name,
    Property,
    elements,
    name_of,
    named,
    properties,
    remove,
    value_of,
)

_POSITION_NAME = re.compile(
    r"gps|latitude|longt?itude|altitude|geohash|geotag|^(lat|lon|long|lng|alt|coordinates?)$"
    r"|^(home(point|lat|lon)|rtk|utm)",
    re.IGNORECASE,
)
"""Of properties. Drones write them with every spelling, one maker with a wrong one."""

_POSITION_SCHEMAS = frozenset(
    {
        "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "http://www.georss.org/georss",
        "http://www.opengis.net/gml",
    }
)
_GEO_KEYWORD = re.compile(
    r"\s*(?:.*[|/])?\s*"
    r"(geo:(lat|lon|lng|long|alt)\w*\s*=.*|geo:-?\d.*|geotagged|geohash[:=].*)\s*",
    re.IGNORECASE | re.DOTALL,
)
"""Keywords that hold a position, as photo sites understand them, within others or by themselves."""

_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_PLACE_NAMES: frozenset[Name] = frozenset(
    {
        (_IPTC_CORE, "Location"),
        (_IPTC_CORE, "CountryCode"),
        (_IPTC_EXTENSION, "LocationCreated"),
        (_IPTC_EXTENSION, "LocationShown"),
        (_PHOTOSHOP, "City"),
        (_PHOTOSHOP, "State"),
        (_PHOTOSHOP, "Country"),
        ("http://ns.adobe.com/xmp/1.0/DynamicMedia/", "shotLocation"),
        ("http://ns.microsoft.com/photo/1.0/", "Location"),
        ("http://ns.microsoft.com/photo/1.2/", "Location"),
    }
)
_IPTC_KEYWORD = (2, 25)
_IPTC_PLACES = frozenset((2, number) for number in (26, 27, 90, 92, 95, 100, 101))
_WINDOWS_KEYWORDS = 0x9C9E


def strip_positions(document: minidom.Document) -> None:
    """Take every position out of an XMP document, whoever wrote it there: EXIF, IPTC, drones."""
    remove(*(node for node in list(properties(document)) if _is_position(node)))


def strip_names(document: minidom.Document) -> None:
    """Take the names of places out of an XMP document: IPTC's, Photoshop's."""
    remove(*named(document, *_PLACE_NAMES))


def _is_position(node: Property) -> bool:
    namespace, local = name_of(node)
    if namespace in _POSITION_SCHEMAS or (namespace != RDF and _POSITION_NAME.search(local)):
        return True
    return _is_leaf(node) and _GEO_KEYWORD.fullmatch(value_of(node)) is not None


def _is_leaf(node: Property) -> bool:
    return isinstance(node, minidom.Attr) or not any(True for _ in elements(node))


def strip_exif(tree: ExifTree) -> None:
    """Take the position out of EXIF, with the maker's notes, which nobody can look through.

    Some makers note position or city there, in ways of their own.
    """
    tree.gps.clear()
    tree.exif.pop(MAKER_NOTE, None)
    entry = tree.image.get(_WINDOWS_KEYWORDS)
    if entry is not None:
        words = entry.value.decode("utf-16-le", "replace").rstrip("\0").split(";")
        kept = ";".join(word for word in words if not _GEO_KEYWORD.fullmatch(word))
        value = (kept + "\0").encode("utf-16-le")
        tree.image[_WINDOWS_KEYWORDS] = ExifField(entry.type, len(value), value)


def strip_iptc(records: bytes, *, names: bool) -> bytes | None:
    """Return IPTC records without keywords that hold a position.

    Args:
        records: As read from the photo.
        names: Take out the names of places too.

    Returns:
        The rest; None if nothing is left.
    """

    def is_place(record: int, number: int, value: bytes) -> bool:
        if (record, number) == _IPTC_KEYWORD:
            return _GEO_KEYWORD.fullmatch(value.decode("utf-8", "replace")) is not None
        return names and (record, number) in _IPTC_PLACES

    return without(records, is_place)
