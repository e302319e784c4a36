"""Finds out how long the strips or tiles of a TIFF page are where its directory does not say."""

import math
from itertools import pairwise
from typing import Any, BinaryIO

import tifffile

_UNCOMPRESSED = 1
_LARGEST_OVERLAP = 16
"""How often a file may be read for its pixels. Some programs store equal tiles once."""


def mend_segments(page: Any, file: BinaryIO) -> None:
    """Give a page's strips or tiles lengths that lie within the file, as other readers do.

    Some programs write no lengths, zero, or those of other strips. Uncompressed ones are as long
    as their pixels; a compressed one goes on to where the next begins, at most.

    Args:
        page: A `tifffile.TiffPage`; its `databytecounts` are set.
        file: The file it is in.

    Raises:
        ValueError: If strips or tiles are missing, or end before their pixels do. tifffile would
            show those as black.
    """
    end = file.seek(0, 2)
    file.seek(0)
    offsets = tuple(page.dataoffsets)
    listed = tuple(page.databytecounts)
    if len(listed) != len(offsets) or not offsets or min(offsets) <= 0 or max(offsets) >= end:
        raise ValueError("the file ends early")
    starts = sorted({*offsets, end})
    following = dict(pairwise(starts))
    sizes, made_up = [], []
    for index, (offset, size) in enumerate(zip(offsets, listed, strict=True)):
        needed = _pixel_bytes(page, index)
        if page.compression == _UNCOMPRESSED and needed is not None:
            if offset + needed > end:
                raise ValueError("the file ends early")
            sizes.append(needed)
        elif size <= 0 or offset + size > end:
            sizes.append(following[offset] - offset)
            made_up.append((offset, sizes[-1], needed))
        else:
            sizes.append(size)
    if sum(sizes) > _LARGEST_OVERLAP * end:
        raise ValueError("strips or tiles lie on each other")
    for offset, size, needed in made_up:
        _check_length(page, file, (offset, size), needed)
    page.databytecounts = tuple(sizes)


def _pixel_bytes(page: Any, index: int) -> int | None:
    """Return the uncompressed length of a strip or tile; None where it is no whole number."""
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    if page.is_tiled:
        rows, columns = page.tilelength, page.tilewidth
    else:
        rows_each = min(page.rowsperstrip or page.imagelength, page.imagelength)
        strips = math.ceil(page.imagelength / rows_each)
        rows = min(rows_each, page.imagelength - index % strips * rows_each)
        columns = page.imagewidth
    bits: int = page.bitspersample
    if page.photometric == tifffile.PHOTOMETRIC.YCBCR:
        return None  # colour may have fewer pixels
    return int(rows) * math.ceil(int(columns) * int(samples) * bits / 8)


def _check_length(page: Any, file: BinaryIO, place: tuple[int, int], needed: int | None) -> None:
    """Refuse a strip or tile that holds less than its pixels; `place` is its offset and length."""
    file.seek(place[0])
    decoded = tifffile.TIFF.DECOMPRESSORS[page.compression](file.read(place[1]))
    file.seek(0)
    held = decoded.nbytes if hasattr(decoded, "nbytes") else len(decoded)
    if needed is not None and held < needed:
        raise ValueError("the file ends early")
