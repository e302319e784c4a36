"""Puts rank maps, and names with values, into tables for a terminal."""

from collections.abc import Sequence

from rich.table import Table

from engine.events import RankedSite


def rank_table(sites: Sequence[RankedSite]) -> Table:
    """Return scores and ranks, one layer a line, the most important first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("layer", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for name in ("score", "rank", "of", "parameters"):
        table.add_column(name, justify="right")
    for row in sorted(sites, key=lambda row: (-row.score, row.site)):
        table.add_row(
            row.site,
            row.kind,
            f"{row.score:.3g}",
            str(row.rank),
            str(row.max_rank),
            f"{row.rank * row.rank_cost:,}",
            style="" if row.rank else "dim",
        )
    return table


def pair_lines(rows: Sequence[tuple[str, str]]) -> Table:
    """Return names and values in two columns."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table
