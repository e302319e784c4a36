"""Works on the properties of an XMP document, whichever way they are written."""

from collections.abc import Callable, Iterator
from xml.dom import minidom

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
_LARGEST = 1e9

Property = minidom.Attr | minidom.Element
Name = tuple[str, str]
"""A property's namespace and local name."""


class NoValueError(ValueError):
    """A property is missing or does not hold what it should."""


def elements(node: minidom.Node) -> Iterator[minidom.Element]:
    """Yield every element below `node`, parents first."""
    for child in list(node.childNodes):
        if isinstance(child, minidom.Element):
            yield child
            yield from elements(child)


def attributes(element: minidom.Element) -> list[minidom.Attr]:
    """Return the attributes of an element."""
    found = (element.attributes.item(i) for i in range(element.attributes.length))
    return [attribute for attribute in found if isinstance(attribute, minidom.Attr)]


def properties(document: minidom.Document) -> Iterator[Property]:
    """Yield every attribute and element below rdf:RDF."""
    for root in document.getElementsByTagNameNS(RDF, "RDF"):
        for element in elements(root):
            yield from attributes(element)
            yield element


def name_of(node: Property) -> Name:
    """Return a property's namespace and local name."""
    return node.namespaceURI or "", node.localName or ""


def fields(structure: minidom.Element) -> dict[Name, Property]:
    """Return a structure's fields by name, whichever of the three ways they are written in."""
    found: dict[Name, Property] = {}
    for holder in (structure, *_children(structure, (RDF, "Description"))):
        for node in (*attributes(holder), *holder.childNodes):
            if isinstance(node, Property):
                found[name_of(node)] = node
    return found


def items(array: minidom.Element) -> list[minidom.Element]:
    """Return the items of a bag, sequence or alternative."""
    kinds = [child for kind in ("Bag", "Seq", "Alt") for child in _children(array, (RDF, kind))]
    return [item for kind in kinds for item in _children(kind, (RDF, "li"))]


def _children(element: minidom.Element, name: Name) -> list[minidom.Element]:
    return [
        child
        for child in element.childNodes
        if isinstance(child, minidom.Element) and name_of(child) == name
    ]


def remove(*nodes: Property) -> None:
    """Take properties out of their document, and the arrays and structures they leave empty.

    Does nothing for those that are out already.
    """
    gone = {id(node) for node in nodes}
    holders: dict[int, minidom.Element] = {}
    for node in nodes:
        holder = node.ownerElement if isinstance(node, minidom.Attr) else node.parentNode
        if not isinstance(holder, minidom.Element):
            continue
        if isinstance(node, minidom.Attr) and holder.hasAttribute(node.name):
            holder.removeAttributeNode(node)
        holders[id(holder)] = holder
    for holder in holders.values():
        # All at once: one by one takes a time that grows with the square of their number.
        holder.childNodes[:] = [child for child in holder.childNodes if id(child) not in gone]
        _prune(holder)


def _prune(element: minidom.Element) -> None:
    while _is_empty(element):
        outer = element.parentNode
        if not isinstance(outer, minidom.Element) or name_of(outer) == (RDF, "RDF"):
            return
        outer.removeChild(element)
        element = outer


def _is_empty(element: minidom.Element) -> bool:
    said = (a for a in attributes(element) if not a.name.startswith("xmlns"))
    return (
        not value_of(element)
        and not any(isinstance(child, minidom.Element) for child in element.childNodes)
        and all(name_of(attribute)[0] == RDF for attribute in said)
    )


def value_of(node: Property) -> str:
    """Return a simple property's text, without the space around it."""
    if isinstance(node, minidom.Attr):
        return node.value.strip()
    return "".join(
        child.data for child in node.childNodes if isinstance(child, minidom.Text)
    ).strip()


def set_value(document: minidom.Document, node: Property, value: str) -> None:
    """Give a simple property another text."""
    if isinstance(node, minidom.Attr):
        node.value = value
        return
    for child in list(node.childNodes):
        node.removeChild(child)
    node.appendChild(document.createTextNode(value))


def named(document: minidom.Document, *names: Name) -> list[Property]:
    """Return every property with one of these names."""
    return [node for node in properties(document) if name_of(node) in names]


def number(found: dict[Name, Property], name: Name) -> float:
    """Return a field's value, a plain number or a fraction.

    Raises:
        NoValueError: If there is none, or it is not a sensible number.
    """
    node = found.get(name)
    over, _, under = value_of(node).partition("/") if node is not None else ("", "", "")
    try:
        value = float(over) / (float(under) if under else 1.0)
    except (ValueError, ZeroDivisionError) as error:
        raise NoValueError from error
    if not abs(value) < _LARGEST:
        raise NoValueError
    return value


def decimal(value: float) -> str:
    """Return a share of a picture as XMP writes it."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def each(nodes: list[Property], work: Callable[[minidom.Element], None]) -> bool:
    """Work on every structure, taking out those it fails for; return whether it never did."""
    kept = True
    for node in nodes:
        try:
            work(_structure(node))
        except NoValueError:
            remove(node)
            kept = False
    return kept


def _structure(node: Property) -> minidom.Element:
    if isinstance(node, minidom.Element):
        return node
    raise NoValueError
