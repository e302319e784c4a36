"""What a camera's files themselves say: how JPEG divides them, and how colour was filled in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from engine.camera.estimate import JpegFacts
from engine.camera.spectrum import Pixels
from engine.data.degradation.jpeg import tables_of_quality
from engine.errors import MemoryExhaustedError, PhotoError, StorageError
from engine.imaging.reading import read_jpeg_tables


def jpeg_facts(files: Iterable[Path]) -> JpegFacts | None:
    """Return the tables most of the files have, or None if none is a JPEG.

    Args:
        files: Photos of any kind; what cannot be opened is passed over.
    """
    found: Counter[tuple[tuple[int, ...], tuple[int, ...], bool]] = Counter()
    for path in files:
        try:
            said = read_jpeg_tables(path)
        except (PhotoError, StorageError, MemoryExhaustedError):
            continue
        if said is not None:
            luma, *others = said.tables
            found[luma, others[0] if others else luma, said.halves_colour] += 1
    if not found:
        return None
    (luma, chroma, halves), count = found.most_common(1)[0]
    return JpegFacts(
        luma_table=luma,
        chroma_table=chroma,
        quality=_nearest_quality(luma),
        halves_colour=halves,
        files=count,
    )


def _nearest_quality(luma: Sequence[int]) -> int:
    """Return the quality whose table is nearest, on a logarithmic scale; the highest of equals."""
    own = np.log(np.maximum(luma, 1))

    def distance(quality: int) -> float:
        table = tables_of_quality(quality)[0].flatten().numpy()
        return float(np.abs(np.log(table) - own).sum())

    return min(range(100, 0, -1), key=distance)


def demosaic_trace(photos: Sequence[Pixels]) -> float:
    """Return how much more one half of a chessboard varies than the other.

    A sensor measures green on every second pixel, as on a chessboard, and the rest is filled in:
    filled-in pixels lie nearer to the mean of their neighbours. 0 where no trace is left, as in
    photos that were made smaller.

    Args:
        photos: RGB, whole and not turned.
    """
    totals = np.zeros(2)
    for photo in photos:
        green = photo[..., 1].astype(np.float64)
        inner = green[1:-1, 1:-1]
        around = (green[:-2, 1:-1] + green[2:, 1:-1] + green[1:-1, :-2] + green[1:-1, 2:]) / 4
        unrest = np.square(inner - around)
        unrest = np.minimum(unrest, np.quantile(unrest, 0.9))  # edges say nothing about it
        board = np.indices(inner.shape).sum(axis=0) % 2
        halves = np.array([unrest[board == half].mean() for half in (0, 1)])
        totals += halves / max(halves.sum(), 1e-9)
    return float(totals.max() / max(totals.min(), 1e-9) - 1)
