"""Picture: the same piece of each photo, enlarged by every contender, beside the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.figures.style import (
    ACCENT,
    INK,
    LINE,
    SOFT,
    TEXT_PT,
    new_figure,
    save_figure,
    write_headline,
)

Pixels = npt.NDArray[np.uint8]

_CELL_IN = 2.35
_EDGE_BLUR_PX = 2.0
_GAP_IN = 0.14
_LABEL_IN = 0.34
_TOP_IN = 1.12
_SIDE_IN = 0.3


@dataclass(frozen=True, slots=True)
class BeforeAfterRow:
    """One photo's row.

    Attributes:
        name: The photo's name.
        crops: The same piece by column label, RGB, all of one shape (H, W, 3).
        captions: What is written below a crop, by the same labels.
    """

    name: str
    crops: Mapping[str, Pixels]
    captions: Mapping[str, str]


def detailed_region(photo: Pixels, size_px: int) -> tuple[slice, slice]:
    """Return rows and columns of the square with the most edges, whatever a network makes of it.

    Edges count by what is left of them after some blur, so that outlines win over fine texture
    that no camera of lower resolution has seen.

    Args:
        photo: RGB, shape (H, W, 3).
        size_px: Side of the square; cut to the photo's smaller side.
    """
    size_px = min(size_px, *photo.shape[:2])
    grey = photo.astype(np.float32).mean(axis=2)
    grey = ndimage.gaussian_filter(grey, _EDGE_BLUR_PX)
    detail = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1))
    sums = np.pad(detail.cumsum(0, dtype=np.float64).cumsum(1), ((1, 0), (1, 0)))
    inside = (
        sums[size_px:, size_px:]
        - sums[:-size_px, size_px:]
        - sums[size_px:, :-size_px]
        + sums[:-size_px, :-size_px]
    )
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return slice(int(top), int(top) + size_px), slice(int(left), int(left) + size_px)


def draw_before_after(
    path: Path, rows: Sequence[BeforeAfterRow], *, accent: str = "adapted", note: str = ""
) -> None:
    """Write the picture as PNG.

    Args:
        path: The file.
        rows: One for each photo, all with the same labels; not empty.
        accent: The label that stands out.
        note: The line below the title.

    Raises:
        ValueError: If there are no rows.
        StorageError: If the disk is full, gone or not writable.
    """
    if not rows:
        raise ValueError("there are no photos to compare")
    labels = list(rows[0].crops)
    width_in = 2 * _SIDE_IN + len(labels) * _CELL_IN + (len(labels) - 1) * _GAP_IN
    row_in = _CELL_IN + _LABEL_IN
    height_in = _TOP_IN + len(rows) * row_in + (len(rows) - 1) * _GAP_IN + 0.1
    figure = new_figure(width_in, height_in)
    write_headline(figure, "Before and after", note)
    for column, label in enumerate(labels):
        left_in = _SIDE_IN + column * (_CELL_IN + _GAP_IN)
        colour = ACCENT if label == accent else INK
        figure.text(
            left_in / width_in,
            1 - (_TOP_IN - 0.1) / height_in,
            label,
            size=TEXT_PT,
            color=colour,
            weight="bold",
        )
        for index, row in enumerate(rows):
            top_in = _TOP_IN + index * (row_in + _GAP_IN)
            bottom = 1 - (top_in + _CELL_IN) / height_in
            axes = figure.add_axes(
                (left_in / width_in, bottom, _CELL_IN / width_in, _CELL_IN / height_in)
            )
            axes.imshow(row.crops[label], interpolation="nearest", aspect="equal")
            axes.set_xticks([])
            axes.set_yticks([])
            for spine in axes.spines.values():
                spine.set_edgecolor(ACCENT if label == accent else LINE)
                spine.set_linewidth(2.0 if label == accent else 0.8)
            figure.text(
                left_in / width_in,
                bottom - 0.21 / height_in,
                row.captions.get(label, ""),
                size=TEXT_PT,
                color=colour if label == accent else SOFT,
            )
    save_figure(figure, path)
