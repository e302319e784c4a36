"""Puts a network's sites into rows and columns that a person can read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.events import RankedSite

_SHORT_KINDS = frozenset({"Q", "K", "V", "QKV", "O", "MLP1", "MLP2"})
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RankGrid:
    """Sites by place.

    Attributes:
        rows: What each row is called: a block, or a layer that stands alone.
        columns: What each column is called; at the end those of layers that nothing is like.
        cells: Site by (row, column); many places are empty.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Cell, RankedSite]

    def cell_of(self, site: str) -> Cell | None:
        """Return where a site is, None if nowhere."""
        return next((cell for cell, found in self.cells.items() if found.site == site), None)

    def next_cell(self, cell: Cell, down: int, right: int) -> Cell:
        """Return the nearest cell in a direction, or `cell` itself at the edge.

        Args:
            cell: Where to start.
            down: 1, 0 or -1 rows.
            right: 1, 0 or -1 columns; one of the two is 0.
        """
        row, column = cell
        ahead = [
            place
            for place in self.cells
            if (place[0] - row) * down > 0 or (place[1] - column) * right > 0
        ]
        if right:
            ahead = [place for place in ahead if place[0] == row]
            return min(ahead, key=lambda place: abs(place[1] - column), default=cell)
        return min(
            ahead, key=lambda place: (abs(place[0] - row), abs(place[1] - column)), default=cell
        )


def rank_grid(sites: Sequence[RankedSite]) -> RankGrid:
    """Arrange the sites of a network.

    A block that repeats something itself, as the groups of a transformer do, gives one row for
    each repetition. A layer that is like no other goes to the columns at the end, so that it does
    not widen the map for one cell.

    Args:
        sites: The rank map's rows, in the network's order.
    """
    repeated = _repeated_prefixes(sites)
    placed = [(site, *_row_and_column(site, repeated)) for site in sites]
    per_row = Counter(row for _, row, _ in placed)
    per_column = Counter(column for _, _, column in placed)
    rows = {row: index for index, row in enumerate(dict.fromkeys(row for _, row, _ in placed))}
    is_shared = {
        id(site): per_row[row] > 1 and per_column[column] > 1 for site, row, column in placed
    }
    shared = dict.fromkeys(column for site, _, column in placed if is_shared[id(site)])
    columns = {column: index for index, column in enumerate(shared)}
    others: Counter[str] = Counter()
    cells: dict[Cell, RankedSite] = {}
    for site, row, column in placed:
        if is_shared[id(site)]:
            cells[rows[row], columns[column]] = site
        else:
            cells[rows[row], len(columns) + others[row]] = site
            others[row] += 1
    alone = max(others.values(), default=0)
    names = [f"other {index + 1}" for index in range(alone)] if alone > 1 else ["other"] * alone
    return RankGrid(_unique_rows(list(rows)), (*_column_names(cells, list(columns)), *names), cells)


def _repeated_prefixes(sites: Sequence[RankedSite]) -> frozenset[tuple[str, str]]:
    """Return (block, prefix) of columns such as prefix.3.rest that repeat with other numbers."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for site in sites:
        split = _split_at_number(site.column)
        if split is not None:
            prefix, number, rest = split
            found.setdefault((site.block, prefix), {}).setdefault(number, set()).add(rest)
    return frozenset(
        key
        for key, rests in found.items()
        if len(rests) > 1 and len(set.intersection(*rests.values())) > 1
    )


def _split_at_number(column: str) -> tuple[str, str, str] | None:
    parts = column.split(".")
    for index, part in enumerate(parts[:-1]):
        if part.isdigit():
            return ".".join(parts[:index]), part, ".".join(parts[index + 1 :])
    return None


def _row_and_column(site: RankedSite, repeated: frozenset[tuple[str, str]]) -> tuple[str, str]:
    split = _split_at_number(site.column)
    if split is None or (site.block, split[0]) not in repeated:
        return site.block, site.column
    prefix, number, rest = split
    return ".".join(part for part in (site.block, prefix, number) if part), rest


def _short_row(name: str) -> str:
    """Shorten layers.0.residual_group.blocks.3 to "layers 0.3"."""
    parts = name.split(".")
    numbers = [part for part in parts if part.isdigit()]
    words = [part for part in parts if not part.isdigit()]
    if not numbers or not words:
        return name
    return f"{words[0]} {'.'.join(numbers)}"


def _unique_rows(names: list[str]) -> tuple[str, ...]:
    short = [_short_row(name) for name in names]
    return tuple(short if len(set(short)) == len(names) else names)


def _column_names(cells: Mapping[Cell, RankedSite], columns: list[str]) -> tuple[str, ...]:
    """Name columns Q, K, V, O, MLP1 and MLP2 where all their layers are of that kind."""
    kinds: list[set[str]] = [set() for _ in columns]
    for (_, column), site in cells.items():
        if column < len(columns):
            kinds[column].add(site.kind)
    named = [
        next(iter(found)) if len(found) == 1 and found <= _SHORT_KINDS else name
        for found, name in zip(kinds, columns, strict=True)
    ]
    return tuple(named if len(set(named)) == len(named) else columns)
