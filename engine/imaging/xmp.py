"""Takes XMP packets apart and puts them together, those too long for one segment of a JPEG too."""

import hashlib
from html import escape
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.minidom import parseString

from engine.imaging.xmp_nodes import (
    RDF,
    TIFF,
    Name,
    attributes,
    name_of,
    named,
    properties,
    remove,
    value_of,
)

_X = "adobe:ns:meta/"
_NOTE = "http://ns.adobe.com/xmp/note/"
EXTENDED = (_NOTE, "HasExtendedXMP")
_MAX_DEPTH = 100
_MAX_PROPERTIES = 100_000

_WIDE_ENCODINGS = (
    ((False, True, True, True), 4, "utf-32-le"),
    ((True, True, True, False), 4, "utf-32-be"),
    ((False, True, False, True), 2, "utf-16-le"),
    ((True, False, True, False), 2, "utf-16-be"),
)
"""Which of a packet's first four bytes are zero, bytes of a character at least, and the name."""


class XmpError(ValueError):
    """The packet is not well-formed XMP."""


def parse(packet: bytes) -> minidom.Document:
    """Take a packet apart.

    Raises:
        XmpError: If it is not well-formed, defines entities, or is too large or too deep.
    """
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


def serialise(document: minidom.Document) -> bytes:
    """Return a document as a packet."""
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
        return bool(parse(packet).getElementsByTagNameNS(RDF, "RDF"))
    except XmpError:
        return False


def orientation(packet: bytes) -> int | None:
    """Return tiff:Orientation if the packet holds a valid one."""
    text = _value_in(packet, (TIFF, "Orientation"))
    return int(text) if text in set("12345678") else None


def extended_guid(packet: bytes) -> str | None:
    """Return the name of the extension a JPEG's main packet refers to, if any."""
    return _value_in(packet, EXTENDED)


def _value_in(packet: bytes, name: Name) -> str | None:
    try:
        document = parse(packet)
    except XmpError:
        return None
    return next((value_of(node) for node in properties(document) if name_of(node) == name), None)


def merge(packet: bytes, extension: bytes) -> bytes:
    """Return the main packet with the properties of its JPEG extension added.

    Raises:
        XmpError: If either is not well-formed.
    """
    document, more = parse(packet), parse(extension)
    roots = document.getElementsByTagNameNS(RDF, "RDF")
    if not roots:
        raise XmpError("no rdf:RDF in the packet")
    for root in more.getElementsByTagNameNS(RDF, "RDF"):
        for child in list(root.childNodes):
            roots[0].appendChild(document.importNode(child, deep=True))
    remove(*named(document, EXTENDED))
    return serialise(document)


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
    document = parse(packet)
    descriptions = [
        element
        for root in document.getElementsByTagNameNS(RDF, "RDF")
        for element in root.childNodes
        if isinstance(element, minidom.Element)
    ]
    movable = sorted(
        (child for parent in descriptions for child in parent.childNodes),
        key=lambda child: -len(child.toxml()),
    )
    moved: list[str] = []
    room = max_bytes - 256
    size = len(serialise(document))
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
        f'<x:xmpmeta xmlns:x="{_X}"><rdf:RDF xmlns:rdf="{RDF}">{inner}</rdf:RDF></x:xmpmeta>'
    ).encode()
    guid = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper()
    descriptions[0].setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns:xmpNote", _NOTE)
    descriptions[0].setAttributeNS(_NOTE, f"xmpNote:{EXTENDED[1]}", guid)
    return serialise(document), extension, guid


def _namespaces(element: minidom.Element) -> str:
    """Return declarations of every prefix in scope at `element`, nearest first."""
    found: dict[str, str] = {}
    node: minidom.Node | None = element.parentNode
    while isinstance(node, minidom.Element):
        for attribute in attributes(node):
            if attribute.name.startswith("xmlns:"):
                found.setdefault(attribute.name, attribute.value)
        node = node.parentNode
    found.pop("xmlns:rdf", None)
    return "".join(f' {name}="{escape(value)}"' for name, value in sorted(found.items()))
