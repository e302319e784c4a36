"""Zoom and place: the point under the cursor stays, panes stay filled, pixels stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptsr_app.widgets.compare_view.modes import MODES, panes_of
from adaptsr_app.widgets.compare_view.viewport import LARGEST_ZOOM, ScreenRect, Viewport

PANE = ScreenRect(10, 20, 400, 300)


def viewport_of(width_px, height_px, zoom=1.0, pane=PANE):
    made = Viewport()
    made.set_reference(width_px, height_px)
    made.fit(pane)
    if zoom:
        made.zoom_to(pane, zoom, *pane.centre)
    return made


@given(
    zoom=st.floats(0.2, 16),
    factor=st.floats(0.5, 2),
    x=st.floats(10, 409),
    y=st.floats(20, 319),
)
def test_zooming_keeps_the_point_under_the_cursor(zoom, factor, x, y):
    view = viewport_of(16000, 12000, zoom)
    before = view.place_of(PANE, x, y)
    view.zoom_to(PANE, zoom * factor, x, y)
    after = view.place_of(PANE, x, y)
    pixel = 1 / view.zoom + 1 / zoom  # the corner is kept on a whole pixel before and after
    assert abs(after[0] - before[0]) <= pixel
    assert abs(after[1] - before[1]) <= pixel


@given(
    size=st.tuples(st.integers(1, 20000), st.integers(1, 20000)),
    moves=st.lists(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)), max_size=5),
    zoom=st.floats(1e-3, 100),
)
def test_a_pane_shows_nothing_beside_the_picture_that_it_need_not(size, moves, zoom):
    view = viewport_of(*size, zoom)
    for dx, dy in moves:
        view.pan(PANE, dx, dy)
    target = view.target(PANE)
    assert view.zoom <= LARGEST_ZOOM
    for start, length, pane_start, pane_length in (
        (target.x, target.width, PANE.x, PANE.width),
        (target.y, target.height, PANE.y, PANE.height),
    ):
        if length >= pane_length:
            assert start <= pane_start + 1
            assert start + length >= pane_start + pane_length - 1
        else:
            assert abs(start + length / 2 - pane_start - pane_length / 2) <= 1


def test_fitting_shows_the_whole_picture_and_follows_the_pane():
    view = viewport_of(4000, 1000, zoom=0)
    assert view.zoom == pytest.approx(0.1)
    view.settle(ScreenRect(0, 0, 800, 600))
    assert view.zoom == pytest.approx(0.2)
    view.zoom_to(PANE, 0.5, *PANE.centre)
    view.settle(ScreenRect(0, 0, 1600, 600))
    assert view.zoom == 0.5


@pytest.mark.parametrize(("side_px", "zoom"), [(100, 3), (90, 3), (300, 1), (10, 8)])
def test_a_small_picture_is_enlarged_in_whole_steps(side_px, zoom):
    assert viewport_of(side_px, side_px, zoom=0).zoom == zoom


def test_a_larger_reference_leaves_the_same_part_in_view():
    view = viewport_of(1000, 800, zoom=2)
    view.pan(PANE, 111, -57)
    before = view.target(PANE)
    view.set_reference(2000, 1600)
    after = view.target(PANE)
    assert view.zoom == 1
    assert (after.x, after.y, after.width) == (before.x, before.y, before.width)


@given(
    mode=st.sampled_from(MODES),
    count=st.integers(1, 4),
    width=st.integers(200, 4000),
    height=st.integers(200, 3000),
)
def test_panes_are_alike_lie_apart_and_inside(mode, count, width, height):
    panes = panes_of(mode, count, width, height)
    assert len(panes) == (count if mode == "side by side" else 1)
    assert len({(pane.width, pane.height) for pane in panes}) == 1
    for pane in panes:
        assert pane.x >= 0
        assert pane.y >= 0
        assert pane.x + pane.width <= width
        assert pane.y + pane.height <= height
        assert [other for other in panes if other.contains(*pane.centre)] == [pane]
