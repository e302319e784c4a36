"""Where the tiles of a photo lie: pure geometry in LR pixels, exact at edges and remainders."""

import itertools
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """One tile along one axis, in LR pixels.

    Attributes:
        start: First pixel the network sees.
        stop: One past the last pixel it sees.
        keep_start: First pixel whose result is kept.
        keep_stop: One past the last pixel whose result is kept.
    """

    start: int
    stop: int
    keep_start: int
    keep_stop: int

    @property
    def size_px(self) -> int:
        """How many pixels the network sees."""
        return self.stop - self.start

    @property
    def keep_px(self) -> int:
        """How many pixels are kept."""
        return self.keep_stop - self.keep_start


@dataclass(frozen=True, slots=True)
class Grid:
    """How tiles may lie: what the network asks for.

    Attributes:
        overlap: Pixels at a tile edge that are not trusted.
        multiple: Tiles start at multiples of it, and their size is one.
        step: Fewest pixels from one tile to the next.
        minimum: Smallest tile side.
        square: Tiles are as wide as high.
    """

    overlap: int
    multiple: int = 1
    step: int = 1
    minimum: int = 0
    square: bool = False

    @property
    def smallest_tile(self) -> int:
        """The smallest tile side that still gets on."""
        step = max(self.step, self.multiple)
        return round_up(max(2 * self.overlap + step, self.minimum), self.multiple)


@dataclass(frozen=True, slots=True)
class TileLimits:
    """How large tiles may be.

    Attributes:
        tile_px: Most pixels in a tile.
        rows: Most rows in a tile.
        columns: Most columns in a tile.
    """

    tile_px: int
    rows: int
    columns: int


def cover(length: int, grid: Grid, *, tile: int, begin: int = 0) -> tuple[Span, ...]:
    """Cover one axis with as few and as small tiles of one size as `tile` allows.

    Every tile starts at a multiple of `grid.multiple`. What is kept lies at least `grid.overlap`
    away from every tile edge that is not an edge of the photo, and every pixel from `begin` on is
    kept exactly once. Where there is more than one tile, all are equally large once the last is
    padded to the multiple.

    Args:
        length: Photo's height or width, at least 1.
        grid: What the network asks for.
        tile: Largest tile side; what fits into that is one tile.
        begin: First pixel to keep; those before are done.

    Raises:
        ValueError: If `tile` is below `grid.smallest_tile` and does not cover the axis.
    """
    if not 0 <= begin < length or grid.multiple < 1 or grid.overlap < 0:
        raise ValueError(f"no tiles for {length} px from {begin} on with {grid}")
    origin = round_down(max(0, begin - grid.overlap), grid.multiple)
    length -= origin
    if length <= tile:
        return (Span(origin, origin + length, begin, origin + length),)
    if tile < grid.smallest_tile:
        raise ValueError(f"a tile of {tile} px is too small for {grid}")
    side = round_down(tile, grid.multiple)
    count = _count(length, side, grid)
    side = _side(length, count, grid)
    last = round_up(length - side, grid.multiple)
    starts = [round_down(index * last // (count - 1), grid.multiple) for index in range(count)]
    seams = [(left + right + side) // 2 for left, right in itertools.pairwise(starts)]
    return tuple(
        Span(origin + start, origin + min(start + side, length), keep_start, keep_stop)
        for start, keep_start, keep_stop in zip(
            starts,
            [begin, *(origin + seam for seam in seams)],
            [*(origin + seam for seam in seams), origin + length],
            strict=True,
        )
    )


def choose_tile(height: int, width: int, grid: Grid, limits: TileLimits) -> tuple[int, int]:
    """Return the tile height and width that cover a photo with the least work.

    Work is what the network sees, overlaps counted as often as they are seen.

    Args:
        height: Rows that are left of the photo.
        width: Of the photo.
        grid: What the network asks for.
        limits: What memory allows; if that is less than the smallest tile, that is returned.
    """
    smallest = grid.smallest_tile
    best = (min(smallest, height), min(smallest, width))
    least: tuple[float, int] | None = None
    most_columns = 1 if width <= smallest else _count(width, smallest, grid)
    for columns in range(1, most_columns + 1):
        wide = width if columns == 1 else _side(width, columns, grid)
        if wide > max(limits.columns, smallest):
            continue
        rows_limit = min(limits.rows, limits.tile_px // round_up(wide, grid.multiple))
        if grid.square:
            rows_limit = wide if rows_limit >= wide else 0
        if height <= rows_limit:
            rows, high = 1, height
        elif rows_limit >= smallest:
            side = round_down(rows_limit, grid.multiple)
            rows = _count(height, side, grid)
            high = _side(height, rows, grid)
        else:
            continue
        seen_high = max(high, wide) if grid.square else high
        work = (float(columns * wide * rows * seen_high), columns * rows)
        if least is None or work < least:
            best, least = (high, wide), work
    return best


def round_down(value: int, multiple: int) -> int:
    """Return the largest multiple that is not above `value`."""
    return value // multiple * multiple


def round_up(value: int, multiple: int) -> int:
    """Return the smallest multiple that is not below `value`."""
    return -(-value // multiple) * multiple


def _step(side: int, grid: Grid) -> int:
    return round_down(side - 2 * grid.overlap, grid.multiple)


def _count(length: int, side: int, grid: Grid) -> int:
    """Return how many tiles of at most `side` cover `length`."""
    return 1 - (length - side) // -_step(side, grid)


def _side(length: int, count: int, grid: Grid) -> int:
    """Return the smallest side with which `count` tiles cover `length`."""

    def covers(side: int) -> bool:
        return _step(side, grid) * (count - 1) >= round_up(length - side, grid.multiple)

    # Without rounding this side would do, and none below it; what rounding adds is found by trying.
    exact = (length + 2 * grid.overlap * (count - 1)) // count
    side = max(round_up(exact, grid.multiple), grid.smallest_tile)
    while not covers(side):
        side += grid.multiple
    return side
