"""Edits an XMP packet: what a rewritten photo makes untrue is corrected, the rest stays."""

import hashlib
from collections.abc import Iterator
from html import escape
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.minidom import parseString

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_X = "adobe:ns:meta/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_NOTE = "http://ns.adobe.com/xmp/note/"
_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_EXTENDED = "HasExtendedXMP"
_MAX_DEPTH = 100
_MAX_PROPERTIES = 100_000

_WIDE_ENCODINGS = (
    ((False, True, True, True), 4, "utf-32-le"),
    ((True, True, True, False), 4, "utf-32-be"),
    ((False, True, False, True), 2, "utf-16-le"),
    ((True, False, True, False), 2, "utf-16-be"),
)
"""Which of a packet's first four bytes are zero, bytes of a character at least, and the name."""

_STALE_NAMESPACES = frozenset(
    {
        "http://ns.adobe.com/hdr-gain-map/1.0/",
        "http://ns.google.com/photos/1.0/container/",
        "http://ns.google.com/photos/1.0/depthmap/",
        "http://ns.google.com/photos/1.0/image/",
    }
)
"""These describe a gain map, depth map or video appended to the original file."""

_STALE = frozenset({(_XMP, "Thumbnails"), (_NOTE, _EXTENDED)})
_STALE_CAMERA_PREFIXES = ("MotionPhoto", "MicroVideo")


class XmpError(ValueError):
    """The packet is not well-formed XMP."""


def _parse(packet: bytes) -> minidom.Document:
    text = _text_of(packet)
    # Each takes a thousand times its own size in memory.
    plain = text.encode() if isinstance(text, str) else text
    if max(plain.count(b"<"), plain.count(b"=")) > _MAX_PROPERTIES:
        raise XmpError("the packet holds more than a photo has to say")
    try:
        document: minidom.Document = parseString(text, forbid_dtd=True)
    except (ExpatError, DefusedXmlException, ValueError, LookupError) as error:
        raise XmpError(str(error)) from error
    level: list[minidom.Node] = [document]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in node.childNodes]
        if not level:
            return document
    raise XmpError("the packet is nested too deeply")


def _text_of(packet: bytes) -> str | bytes:
    """Return a packet without padding; where it is UTF-16 or UTF-32, as text."""
    zeros = tuple(byte == 0 for byte in packet[:4])
    for marks, unit, encoding in _WIDE_ENCODINGS:
        if packet.startswith("\ufeff".encode(encoding)) or zeros == marks:
            whole = packet[: len(packet) // unit * unit]
            try:
                return whole.decode(encoding).strip("\ufeff\0 \t\r\n")
            except UnicodeDecodeError as error:
                raise XmpError(str(error)) from error
    return packet.strip(b"\0 \t\r\n")


def _serialise(document: minidom.Document) -> bytes:
    body = "".join(
        node.toxml()
        for node in document.childNodes
        if not (isinstance(node, minidom.ProcessingInstruction) and node.target == "xpacket")
    )
    begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{begin}{body}<?xpacket end="w"?>'.encode()


def is_readable(packet: bytes) -> bool:
    """Return whether the packet is well-formed."""
    try:
        return bool(_parse(packet).getElementsByTagNameNS(_RDF, "RDF"))
    except XmpError:
        return False


def _elements(node: minidom.Node) -> Iterator[minidom.Element]:
    for child in list(node.childNodes):
        if isinstance(child, minidom.Element):
            yield child
            yield from _elements(child)


def _attributes(element: minidom.Element) -> list[minidom.Attr]:
    found = (element.attributes.item(i) for i in range(element.attributes.length))
    return [attribute for attribute in found if isinstance(attribute, minidom.Attr)]


def _properties(
    document: minidom.Document,
) -> Iterator[tuple[minidom.Element, minidom.Attr | minidom.Element]]:
    """Yield every attribute and element below rdf:RDF with the element that holds it."""
    for root in document.getElementsByTagNameNS(_RDF, "RDF"):
        for element in _elements(root):
            for attribute in _attributes(element):
                yield element, attribute
            parent = element.parentNode
            if isinstance(parent, minidom.Element):
                yield parent, element


def _remove(holder: minidom.Element, node: minidom.Attr | minidom.Element) -> None:
    if isinstance(node, minidom.Attr):
        holder.removeAttributeNode(node)
    elif node.parentNode is holder:
        holder.removeChild(node)


def _set(document: minidom.Document, node: minidom.Attr | minidom.Element, value: str) -> None:
    if isinstance(node, minidom.Attr):
        node.value = value
        return
    for child in list(node.childNodes):
        node.removeChild(child)
    node.appendChild(document.createTextNode(value))


def _is_stale(namespace: str, name: str) -> bool:
    if namespace in _STALE_NAMESPACES or (namespace, name) in _STALE:
        return True
    return namespace == _CAMERA and name.startswith(_STALE_CAMERA_PREFIXES)


def update(
    packet: bytes, *, width_px: int, height_px: int, strip_gps: bool, software: str
) -> bytes:
    """Return the packet made true for an upright photo of the given size.

    Orientation becomes 1, dimensions and creator tool are set where they are present, embedded
    thumbnails, gain maps and references to data outside the packet go; with `strip_gps` every
    property whose name begins with "GPS" goes too, nested ones included.

    Raises:
        XmpError: If the packet is not well-formed.
    """
    document = _parse(packet)
    true_values = {
        (_TIFF, "Orientation"): "1",
        (_TIFF, "ImageWidth"): str(width_px),
        (_TIFF, "ImageLength"): str(height_px),
        (_EXIF, "PixelXDimension"): str(width_px),
        (_EXIF, "PixelYDimension"): str(height_px),
        (_XMP, "CreatorTool"): software,
    }
    for holder, node in list(_properties(document)):
        key = (node.namespaceURI or "", node.localName or "")
        if key in true_values:
            _set(document, node, true_values[key])
        elif _is_stale(*key) or (strip_gps and key[1].lower().startswith("gps")):
            _remove(holder, node)
    return _serialise(document)


def orientation(packet: bytes) -> int | None:
    """Return tiff:Orientation if the packet holds a valid one."""
    try:
        document = _parse(packet)
    except XmpError:
        return None
    for _, node in _properties(document):
        if (node.namespaceURI, node.localName) == (_TIFF, "Orientation"):
            text = node.value if isinstance(node, minidom.Attr) else _text(node)
            return int(text) if text.strip() in set("12345678") else None
    return None


def _text(element: minidom.Element) -> str:
    return "".join(child.data for child in element.childNodes if isinstance(child, minidom.Text))


def extended_guid(packet: bytes) -> str | None:
    """Return the name of the extension a JPEG's main packet refers to, if any."""
    try:
        document = _parse(packet)
    except XmpError:
        return None
    for _, node in _properties(document):
        if (node.namespaceURI, node.localName) == (_NOTE, _EXTENDED):
            return (node.value if isinstance(node, minidom.Attr) else _text(node)).strip()
    return None


def merge(packet: bytes, extension: bytes) -> bytes:
    """Return the main packet with the properties of its JPEG extension added.

    Raises:
        XmpError: If either is not well-formed.
    """
    document, more = _parse(packet), _parse(extension)
    roots = document.getElementsByTagNameNS(_RDF, "RDF")
    if not roots:
        raise XmpError("no rdf:RDF in the packet")
    for root in more.getElementsByTagNameNS(_RDF, "RDF"):
        for child in list(root.childNodes):
            roots[0].appendChild(document.importNode(child, deep=True))
    for holder, node in list(_properties(document)):
        if (node.namespaceURI, node.localName) == (_NOTE, _EXTENDED):
            _remove(holder, node)
    return _serialise(document)


def split(packet: bytes, max_bytes: int) -> tuple[bytes, bytes, str] | None:
    """Move the longest properties into an extension until the main packet fits a JPEG segment.

    Args:
        packet: A packet longer than `max_bytes`.
        max_bytes: Most bytes of the main packet.

    Returns:
        Main packet, extension, and the extension's name; None if it cannot be made to fit.

    Raises:
        XmpError: If the packet is not well-formed.
    """
    document = _parse(packet)
    descriptions = [
        element
        for root in document.getElementsByTagNameNS(_RDF, "RDF")
        for element in root.childNodes
        if isinstance(element, minidom.Element)
    ]
    movable = sorted(
        (child for parent in descriptions for child in parent.childNodes),
        key=lambda child: -len(child.toxml()),
    )
    moved: list[str] = []
    room = max_bytes - 256
    size = len(_serialise(document))
    for child in movable:
        if size <= room:
            break
        parent = child.parentNode
        if not isinstance(child, minidom.Element) or not isinstance(parent, minidom.Element):
            continue
        names = _namespaces(child)
        moved.append(f'<rdf:Description rdf:about=""{names}>{child.toxml()}</rdf:Description>')
        size -= len(child.toxml().encode())
        parent.removeChild(child)
    if not moved or size > room:
        return None
    inner = "".join(moved)
    extension = (
        f'<x:xmpmeta xmlns:x="{_X}"><rdf:RDF xmlns:rdf="{_RDF}">{inner}</rdf:RDF></x:xmpmeta>'
    ).encode()
    guid = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper()
    descriptions[0].setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns:xmpNote", _NOTE)
    descriptions[0].setAttributeNS(_NOTE, f"xmpNote:{_EXTENDED}", guid)
    return _serialise(document), extension, guid


def _namespaces(element: minidom.Element) -> str:
    """Return declarations of every prefix in scope at `element`, nearest first."""
    found: dict[str, str] = {}
    node: minidom.Node | None = element.parentNode
    while isinstance(node, minidom.Element):
        for attribute in _attributes(node):
            if attribute.name.startswith("xmlns:"):
                found.setdefault(attribute.name, attribute.value)
        node = node.parentNode
    found.pop("xmlns:rdf", None)
    return "".join(f' {name}="{escape(value)}"' for name, value in sorted(found.items()))
