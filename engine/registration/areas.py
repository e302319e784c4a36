"""Finds what both photos show, and the rectangles in it that can be cut out.

Areas are kept as cells of a few LR pixels, so that crops of LR are whole pixels of the camera's.
"""

import numpy as np
import numpy.typing as npt

from engine.registration.geometry import Floats, PixelBox, Warp, centres, grid

Mask = npt.NDArray[np.bool_]

_SMALL_SIDE_PX = 1200
_EDGE_PX = 1.0  # of HR that is left out, where half a kernel would lie outside


def cell_size_px(lr_size_px: tuple[int, int]) -> int:
    """Return the side of a cell for an LR photo of this height and width."""
    return 4 if min(lr_size_px) < _SMALL_SIDE_PX else 8


def cells_seen(
    warp: Warp, lr_size_px: tuple[int, int], hr_size_px: tuple[int, int], cell_px: int
) -> Mask:
    """Return which cells of LR lie within HR.

    Args:
        warp: From LR to HR points.
        lr_size_px: Height and width of LR.
        hr_size_px: Height and width of HR.
        cell_px: Side of a cell.

    Returns:
        Shape (height // cell_px, width // cell_px).
    """
    rows, columns = (side // cell_px for side in lr_size_px)
    edges = grid(
        np.arange(columns + 1, dtype=np.float64) * cell_px - 0.5,
        np.arange(rows + 1, dtype=np.float64) * cell_px - 0.5,
    )
    at = warp(edges)
    limit = np.array(hr_size_px[::-1]) - 1 - _EDGE_PX
    inside = ((at >= _EDGE_PX) & (at <= limit)).all(axis=1).reshape(rows + 1, columns + 1)
    # A corner far outside may be mapped back inside by a strong perspective: turned over.
    upright = (warp.zoom(edges) > 0).reshape(rows + 1, columns + 1)
    corner = inside & upright
    return corner[:-1, :-1] & corner[1:, :-1] & corner[:-1, 1:] & corner[1:, 1:]


def largest_rectangle(cells: Mask) -> PixelBox:
    """Return the largest rectangle of true cells, in cells; of no size if there is none."""
    best = PixelBox(0, 0, 0, 0)
    heights = np.zeros(cells.shape[1], int)
    for row, line in enumerate(cells):
        heights = np.where(line, heights + 1, 0)
        if heights.max(initial=0) * len(heights) <= best.area_px:
            continue
        best = max(best, _under_skyline(heights.tolist(), row), key=lambda box: box.area_px)
    return best


def _under_skyline(heights: list[int], row: int) -> PixelBox:
    """Return the largest rectangle that stands on `row` below a skyline."""
    best = PixelBox(0, 0, 0, 0)
    open_at: list[tuple[int, int]] = []  # where a height began, rising
    for column, height in enumerate([*heights, 0]):
        start = column
        while open_at and open_at[-1][1] >= height:
            start, tall = open_at.pop()
            if tall * (column - start) > best.area_px:
                best = PixelBox(start, row - tall + 1, column - start, tall)
        open_at.append((start, height))
    return best


def cut_rectangles(cells: Mask, *, least_side: int, most: int) -> list[PixelBox]:
    """Return rectangles of true cells that do not overlap, in cells, the largest first.

    Args:
        cells: What may be used.
        least_side: Shortest side of a rectangle that is worth having.
        most: Largest number of rectangles.
    """
    left = cells.copy()
    found: list[PixelBox] = []
    while len(found) < most:
        box = largest_rectangle(_wide_enough(left, least_side))
        if min(box.width, box.height) < least_side:
            break
        found.append(box)
        left[box.rows, box.columns] = False
    return found


def _wide_enough(cells: Mask, side: int) -> Mask:
    """Return the cells that some true square of this side covers."""
    if min(cells.shape) < side:
        return np.zeros_like(cells)
    sums = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), int)
    sums[1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1)
    full = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    starts = full == side * side
    covered = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), int)
    rows, columns = starts.shape
    covered[:rows, :columns] += starts
    covered[side : side + rows, :columns] -= starts
    covered[:rows, side : side + columns] -= starts
    covered[side : side + rows, side : side + columns] += starts
    return covered.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0


def in_pixels(box: PixelBox, cell_px: int) -> PixelBox:
    """Return a rectangle of cells as one of LR pixels."""
    return PixelBox(
        box.left * cell_px, box.top * cell_px, box.width * cell_px, box.height * cell_px
    )


def middle_zoom(warp: Warp, lr_size_px: tuple[int, int], hr_size_px: tuple[int, int]) -> float:
    """Return the HR pixels per LR pixel, in the middle of what both show; 0 if nothing is shared."""
    points = _sample_points(lr_size_px)
    at = warp(points)
    inside = ((at >= 0) & (at <= np.array(hr_size_px[::-1]) - 1)).all(axis=1)
    return float(np.median(warp.zoom(points[inside]))) if inside.any() else 0.0


def _sample_points(lr_size_px: tuple[int, int], count: int = 64) -> Floats:
    height, width = lr_size_px
    return grid(centres(0, count, width / count), centres(0, count, height / count))
