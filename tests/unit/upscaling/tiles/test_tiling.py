import itertools

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from engine.upscaling.tiles.tiling import Grid, TileLimits, choose_tile, cover, round_up

grids = st.builds(
    Grid,
    overlap=st.integers(0, 40),
    multiple=st.sampled_from([1, 2, 3, 8, 16]),
    step=st.integers(1, 40),
    minimum=st.sampled_from([0, 16, 50]),
)


@given(
    grid=grids,
    length=st.integers(1, 900),
    extra=st.integers(0, 300),
    begin=st.integers(0, 899),
)
def test_tiles_cover_every_pixel_once_and_keep_only_what_can_be_trusted(grid, length, extra, begin):
    assume(begin < length)
    tile = grid.smallest_tile + extra
    spans = cover(length, grid, tile=tile, begin=begin)
    kept = [pixel for span in spans for pixel in range(span.keep_start, span.keep_stop)]
    assert kept == list(range(begin, length))
    for span in spans:
        assert 0 <= span.start <= span.keep_start < span.keep_stop <= span.stop <= length
        assert span.start % grid.multiple == 0
        assert span.size_px <= tile
        assert span.start == 0 or span.keep_start - span.start >= grid.overlap
        assert span.stop == length or span.stop - span.keep_stop >= grid.overlap
        assert span.stop == length or span.stop % grid.multiple == 0


@given(grid=grids, length=st.integers(1, 900), extra=st.integers(0, 300))
def test_all_tiles_of_an_axis_have_one_size_once_padded(grid, length, extra):
    spans = cover(length, grid, tile=grid.smallest_tile + extra)
    assert len({round_up(span.size_px, grid.multiple) for span in spans}) == 1


@given(
    grid=grids.filter(lambda grid: grid.step <= grid.multiple),
    length=st.integers(1, 900),
    extra=st.integers(0, 300),
)
def test_no_smaller_tile_would_do_with_as_many(grid, length, extra):
    spans = cover(length, grid, tile=grid.smallest_tile + extra)
    side = round_up(spans[0].size_px, grid.multiple)
    smaller = side - grid.multiple
    if len(spans) > 1 and smaller >= grid.smallest_tile:
        assert len(cover(length, grid, tile=smaller)) > len(spans)


def test_a_tile_that_would_not_get_on_is_refused():
    grid = Grid(overlap=10, multiple=8)
    with pytest.raises(ValueError, match="too small"):
        cover(100, grid, tile=grid.smallest_tile - 1)
    assert grid.smallest_tile == 32  # two overlaps and a step, as a multiple


@given(
    grid=grids,
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    tile_px=st.integers(1, 400_000),
    rows=st.integers(1, 700),
)
@example(grid=Grid(overlap=0, multiple=1, step=3), height=1, width=4, tile_px=2, rows=1)
def test_chosen_tiles_stay_within_limits_and_can_be_laid(grid, height, width, tile_px, rows):
    limits = TileLimits(tile_px=tile_px, rows=rows, columns=10**6)
    high, wide = choose_tile(height, width, grid, limits)
    seen = [
        row.size_px * column.size_px
        for row, column in itertools.product(
            cover(height, grid, tile=high), cover(width, grid, tile=wide)
        )
    ]
    smallest = grid.smallest_tile
    assert max(seen) <= max(tile_px, smallest**2)
    assert high <= max(rows, smallest)


def test_chosen_tiles_cost_less_than_square_ones():
    grid = Grid(overlap=48, multiple=8)
    limits = TileLimits(tile_px=1_000_000, rows=10**6, columns=10**6)
    high, wide = choose_tile(1600, 1056, grid, limits)
    assert (high, wide) == (848, 1056)  # two tiles instead of four of 848 x 576
