import torch
from torch import nn

from engine.upscaling.tiles.memory import TileBudget, live_bytes_per_px
from engine.upscaling.tiles.tiling import Grid

GRID = Grid(overlap=4, multiple=8)


def test_live_memory_is_what_the_largest_layer_holds():
    class Widening(nn.Module):
        def forward(self, x):
            wide = x.repeat(1, 20, 1, 1)  # 60 channels of float32 beside 3
            return wide.mean(dim=1, keepdim=True)

    class Keeping(Widening):
        def forward(self, x):
            wide = x.repeat(1, 20, 1, 1)
            return (wide * 2 + wide).mean(dim=1, keepdim=True)  # three times 60 at once

    once, thrice = (live_bytes_per_px(module, GRID) for module in (Widening(), Keeping()))
    assert 60 * 4 < once < 60 * 4 * 1.6
    assert 180 * 4 < thrice < 180 * 4 * 1.6


def test_weights_that_are_converted_at_every_call_do_not_count_per_pixel():
    class Converting(nn.Module):
        def forward(self, x):
            assert torch.zeros(1_000_000).double().sum() == 0
            return x * 1.0

    assert live_bytes_per_px(Converting(), GRID) < 60


def test_shrinking_halves_the_tile_and_ends_at_the_smallest():
    budget = TileBudget()
    tile = (1000, 1000)
    sizes = []
    while budget.shrink(tile, GRID):
        limits = budget.limits(bytes_per_px=1, row_bytes=1)
        sizes.append(limits.tile_px)
        side = max(GRID.smallest_tile, int(limits.tile_px**0.5) // 8 * 8)
        tile = (side, side)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 500_000
    assert tile == (GRID.smallest_tile, GRID.smallest_tile)


def test_rows_waiting_to_be_written_limit_the_height_of_tiles():
    budget = TileBudget(tile_bytes=1e9, band_bytes=1e6)
    limits = budget.limits(bytes_per_px=1000, row_bytes=10_000)
    assert limits.tile_px == 1_000_000
    assert limits.rows == 100
