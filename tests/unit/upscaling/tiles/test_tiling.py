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
    assert choose_tile(1056, 1600, grid, limits) == (1056, 848)


@pytest.mark.parametrize(
    ("grid", "begin"),
    [
        (Grid(overlap=-1), 0),
        (Grid(overlap=4, multiple=0), 0),
        (Grid(overlap=4), -1),
        (Grid(overlap=4), 100),
    ],
)
def test_what_no_tiles_can_cover_is_refused(grid, begin):
    with pytest.raises(ValueError, match="no tiles"):
        cover(100, grid, tile=200, begin=begin)


def test_a_photo_that_just_fits_is_one_tile():
    grid = Grid(overlap=2, multiple=8)
    limits = TileLimits(tile_px=24 * 21, rows=21, columns=20)  # 20 columns are computed as 24
    assert choose_tile(21, 20, grid, limits) == (21, 20)


def test_a_photo_narrower_than_any_tile_is_cut_along_its_length_only():
    grid = Grid(overlap=2)
    assert choose_tile(100, 4, grid, TileLimits(tile_px=10**6, rows=10**6, columns=10**6)) == (
        100,
        4,
    )


@pytest.mark.parametrize(
    ("height", "width", "limits", "tile"),
    [
        # full width does not fit, neither by the limit of columns nor by that of pixels
        (30, 40, TileLimits(tile_px=10**6, rows=10**6, columns=24), (30, 24)),
        (30, 100, TileLimits(tile_px=8 * 60, rows=10**6, columns=10**6), (30, 16)),
        # as few rows as a tile may have are enough
        (30, 40, TileLimits(tile_px=10**6, rows=16, columns=10**6), (16, 40)),
    ],
)
def test_a_photo_is_cut_where_a_limit_asks_for_it_and_nowhere_else(height, width, limits, tile):
    assert choose_tile(height, width, Grid(overlap=2, multiple=8), limits) == tile


def test_square_tiles_are_counted_as_large_as_the_network_sees_them():
    grid = Grid(overlap=4, step=8, square=True)
    limits = TileLimits(tile_px=10**6, rows=10**6, columns=10**6)
    # one tile over all would be 100 x 100 for a photo of 10 x 100
    assert choose_tile(10, 100, grid, limits) == (10, 16)
    assert choose_tile(100, 100, grid, limits) == (100, 100)
