"""Makes an XMP packet true for the upscaled result."""

from xml.dom import minidom

from engine.imaging import places
from engine.imaging.placement import Placement
from engine.imaging.xmp import EXTENDED, parse, serialise
from engine.imaging.xmp_counts import count_anew
from engine.imaging.xmp_nodes import Name, name_of, named, properties, remove, set_value

_XMP = "http://ns.adobe.com/xap/1.0/"
_CREATOR_TOOL = (_XMP, "CreatorTool")
_LEGACY_DIGEST = ("http://ns.adobe.com/photoshop/1.0/", "LegacyIPTCDigest")
_CAMERAS = frozenset(
    {
        "http://ns.google.com/photos/1.0/camera/",
        "http://ns.oplus.com/photos/1.0/camera/",
        "http://ns.xiaomi.com/photos/1.0/camera/",
        "http://ns.vivo.com/photos/1.0/camera/",
    }
)
_VIDEO_PREFIXES = ("MotionPhoto", "MicroVideo", "OLivePhoto", "LivePhoto")
_STALE = frozenset({(_XMP, "Thumbnails"), EXTENDED})
_COMPANIONS = (
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
    "http://ns.apple.com/pixeldatainfo/1.0/",
    "http://ns.apple.com/depthData/1.0/",
    "http://ns.apple.com/depthBlurEffect/1.0/",
    "http://ns.apple.com/portraiteffectsmatte/1.0/",
    "http://ns.apple.com/semanticSegmentationMatte/1.0/",
    "http://ns.google.com/photos/1.0/audio/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/focus/",
    "http://ns.google.com/photos/1.0/image/",
    "http://ns.google.com/photos/dd/1.0/",
)
"""Beginnings of namespaces that describe a gain map, depth map, sound or video in the file."""


def update(
    packet: bytes, placement: Placement, *, strip_gps: bool, strip_place: bool, software: str
) -> tuple[bytes, list[str]]:
    """Return the packet made true for the result.

    Orientation becomes 1; sizes, regions and other places in the picture are those of the result,
    and the creator tool is the software, where they are present. Embedded thumbnails and what
    describes gain maps, depth maps and videos go, because the result has none.

    Args:
        packet: Of the photo.
        placement: How the photo becomes the result.
        strip_gps: Take out every position.
        strip_place: Take out the names of places.
        software: What to name as the software.

    Returns:
        The packet, and what had to be taken out because it is not of this picture.

    Raises:
        XmpError: If the packet is not well-formed.
    """
    document = parse(packet)
    _remove_stale(document)
    if strip_gps:
        places.strip_positions(document)
    if strip_place:
        places.strip_names(document)
    if strip_gps or strip_place:
        remove(*named(document, _LEGACY_DIGEST))
    lost = count_anew(document, placement)
    for node in named(document, _CREATOR_TOOL):
        set_value(document, node, software)
    return serialise(document), lost


def _remove_stale(document: minidom.Document) -> None:
    remove(*(node for node in properties(document) if _is_stale(name_of(node))))


def _is_stale(name: Name) -> bool:
    namespace, local = name
    if name in _STALE or namespace.startswith(_COMPANIONS):
        return True
    return namespace in _CAMERAS and local.startswith(_VIDEO_PREFIXES)
