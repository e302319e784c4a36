"""Puts what was measured of registered pairs into a table for a terminal."""

from collections.abc import Sequence

from rich.table import Table

from engine.registration.log import PairRecord


def registration_table(pairs: Sequence[PairRecord]) -> Table:
    """Return what was measured of each registered pair, and its verdict."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("photo")
    table.add_column("verdict")
    for name in ("shift px", "95 %", "overlap", "used", "sharper", "colour ΔE"):
        table.add_column(name, justify="right")
    table.add_column("why", overflow="fold")
    for pair in pairs:
        measured = pair.measured
        table.add_row(
            pair.name,
            pair.verdict,
            _number(measured["residual_mean_px"], "{:.2f}"),
            _number(measured["residual_p95_px"], "{:.2f}"),
            _number(measured["overlap_share"], "{:.0%}"),
            _number(measured["usable_share"], "{:.0%}"),
            _number(measured["sharpness_ratio"], "{:.1f}×"),
            _number(measured["colour_error"], "{:.1f}"),
            pair.sentence if pair.verdict != "good" else "",
        )
    return table


def _number(value: float | None, pattern: str) -> str:
    return "–" if value is None else pattern.format(value)
