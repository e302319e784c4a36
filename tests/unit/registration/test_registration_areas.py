import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from engine.registration.areas import cells_seen, cut_rectangles, largest_rectangle
from engine.registration.geometry import Warp

MASKS = npst.arrays(bool, npst.array_shapes(min_dims=2, max_dims=2, max_side=9))


def brute_force(mask):
    height, width = mask.shape
    best = 0
    for top in range(height):
        for bottom in range(top + 1, height + 1):
            for left in range(width):
                for right in range(left + 1, width + 1):
                    if mask[top:bottom, left:right].all():
                        best = max(best, (bottom - top) * (right - left))
    return best


@given(MASKS)
def test_the_largest_rectangle_is_the_largest_and_holds_no_gap(mask):
    box = largest_rectangle(mask)
    assert box.area_px == brute_force(mask)
    assert mask[box.rows, box.columns].all()


@given(MASKS, st.integers(1, 4))
def test_cut_rectangles_are_free_of_gaps_and_of_each_other_and_wide_enough(mask, side):
    used = np.zeros_like(mask)
    boxes = cut_rectangles(mask, least_side=side, most=5)
    for box in boxes:
        assert min(box.width, box.height) >= side
        assert mask[box.rows, box.columns].all()
        assert not used[box.rows, box.columns].any()
        used[box.rows, box.columns] = True
    if len(boxes) < 5:
        rest = mask & ~used
        squares = np.lib.stride_tricks.sliding_window_view(np.pad(rest, side), (side, side))
        assert not squares.all(axis=(2, 3)).any()


def test_cells_seen_are_those_that_lie_in_hr():
    half = Warp(np.array([[2, 0, -79.5], [0, 2, 0.5], [0, 0, 1.0]]))
    seen = cells_seen(half, (40, 80), (90, 120), 8)
    assert seen.shape == (5, 10)
    assert not seen[:, :6].any()
    assert seen[1:, 6:].all()


def test_nothing_is_seen_beyond_the_horizon():
    tilted = Warp(np.array([[1, 0, 0], [0, 1, 0], [-1 / 40, 0, 1.0]]))
    assert not cells_seen(tilted, (80, 80), (80, 80), 8)[:, 5:].any()
