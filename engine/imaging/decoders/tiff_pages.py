"""Finds the photo among the pages of a TIFF file: not its thumbnail, not a smaller copy of it."""

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.imaging.exif import BYTE, Directory, ExifError, ExifTree, TiffReader

_KIND, _OLD_KIND, _WIDTH, _HEIGHT, _SUB_DIRECTORIES = 254, 255, 256, 257, 330
_LAYERS = 37724
_REDUCED, _MASK = 1, 4
_OLD_REDUCED = 2
_MOST_PAGES = 64
_SAME_SHAPE = 0.02


@dataclass(frozen=True, slots=True)
class TiffPage:
    """One picture of the file.

    Attributes:
        offset: Where its directory begins.
        fields: Those asked for.
        index: Its number in the chain of directories; None for one below another.
        is_copy: True for a smaller copy of another page, or a mask.
        size_px: Width and height.
    """

    offset: int
    fields: Directory
    index: int | None
    is_copy: bool
    size_px: tuple[float, float]

    @property
    def pixels(self) -> float:
        """Number of pixels."""
        return self.size_px[0] * self.size_px[1]


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a file.

    Attributes:
        first: The one the file begins with; it describes the photo.
        photo: The one that holds the photo in full.
        has_others: True if there are pictures that are no copies of the photo.
        has_layers: True if Photoshop's layers come with it.
    """

    first: TiffPage
    photo: TiffPage
    has_others: bool
    has_layers: bool


def find_pages(reader: TiffReader, requested: Collection[int]) -> Pages:
    """Look at the pages of a file, and choose.

    The photo is the first page. If that says that it is a smaller copy, or a larger page has its
    shape, it is the largest such page.

    Args:
        reader: Of the file.
        requested: Tags to read of each page.

    Raises:
        ExifError: If the first directory cannot be read.
    """
    pages = list(_pages(reader, {*requested, _KIND, _OLD_KIND, _WIDTH, _HEIGHT, _SUB_DIRECTORIES}))
    first = pages[0]
    whole = [page for page in pages if not page.is_copy and page.pixels]
    alike = [page for page in whole if page is first or _same_shape(page, first)]
    photo = max(alike or whole or [first], key=lambda page: page.pixels)
    others = [page for page in whole if page is not photo and not _same_shape(page, photo)]
    others += [p for p in whole if p is not photo and p.size_px == photo.size_px]
    has_layers = reader.has_field(first.offset, _LAYERS)
    return Pages(first, photo, has_others=bool(others), has_layers=has_layers)


def _same_shape(one: TiffPage, other: TiffPage) -> bool:
    across, down = one.size_px
    if not one.pixels or not other.pixels:
        return False
    return abs(across / down / (other.size_px[0] / other.size_px[1]) - 1) < _SAME_SHAPE


def _pages(reader: TiffReader, requested: Collection[int]) -> Iterator[TiffPage]:
    offset, index, seen = reader.first_offset, 0, set[int]()
    while not index or (offset and offset not in seen and len(seen) < _MOST_PAGES):
        try:
            page, following = _page(reader, offset, index, requested)
        except ExifError:
            if not index:
                raise
            return
        seen.add(offset)
        yield page
        tree = ExifTree(order=reader.order, image=page.fields)
        for below in integers(tree, _SUB_DIRECTORIES)[:_MOST_PAGES]:
            if below in seen or len(seen) >= _MOST_PAGES:
                continue
            seen.add(below)
            try:
                yield _page(reader, below, None, requested)[0]
            except ExifError:
                continue
        offset, index = following, index + 1


def _page(
    reader: TiffReader, offset: int, index: int | None, requested: Collection[int]
) -> tuple[TiffPage, int]:
    fields, _, following = reader.directory(offset, requested)
    tree = ExifTree(order=reader.order, image=fields)
    kind = int(tree.number(fields, _KIND) or 0)
    is_copy = bool(kind & (_REDUCED | _MASK)) or tree.number(fields, _OLD_KIND) == _OLD_REDUCED
    size = (tree.number(fields, _WIDTH) or 0.0, tree.number(fields, _HEIGHT) or 0.0)
    return TiffPage(offset, fields, index, is_copy, size), following


def integers(tree: ExifTree, tag: int) -> tuple[int, ...]:
    """Return the whole numbers of a field of a first directory; none if it holds others."""
    entry = tree.image.get(tag)
    code = {BYTE: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}.get(entry.type) if entry else None
    if entry is None or code is None:
        return ()
    return struct.unpack(f"{tree.order}{entry.count}{code}", entry.value)
