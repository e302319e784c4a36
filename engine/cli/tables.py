"""Puts measurements, rank maps and curves into tables and plots for a terminal."""

from collections.abc import Sequence
from statistics import fmean

import plotext
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.events import RankedSite
from engine.jobs.bench import BenchResult
from engine.metrics.quality import PhotoQuality, mean_psnr_y_db, mean_ssim_y

_PLOT_HEIGHT = 14
_PLOT_WIDTH = 78
_TICKS = 5


def quality_table(photos: Sequence[PhotoQuality], *, per_photo: bool = False) -> Table:
    """Return PSNR and SSIM on Y by contender: the mean, and each photo if asked for."""
    contenders = list(photos[0].psnr_y_db)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("photo")
    for name in contenders:
        table.add_column(f"{name} PSNR-Y dB", justify="right")
    for name in contenders:
        table.add_column(f"{name} SSIM-Y", justify="right")
    if per_photo:
        for photo in photos:
            table.add_row(
                photo.name,
                *(f"{photo.psnr_y_db[name]:.2f}" for name in contenders),
                *(f"{photo.ssim_y[name]:.4f}" for name in contenders),
            )
    table.add_row(
        f"mean of {len(photos)}",
        *(f"{fmean(photo.psnr_y_db[name] for photo in photos):.2f}" for name in contenders),
        *(f"{fmean(photo.ssim_y[name] for photo in photos):.4f}" for name in contenders),
        style="bold",
    )
    return table


def bench_table(results: Sequence[BenchResult]) -> Table:
    """Return PSNR and SSIM on Y, one benchmark a line: bicubic, the network, and its card."""
    network = next(name for name in results[0].photos[0].psnr_y_db if name != "bicubic")
    columns = ("bicubic", network, "card")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("benchmark")
    table.add_column("photos", justify="right")
    for unit in ("PSNR-Y dB", "SSIM-Y"):
        for name in columns:
            table.add_column(f"{name} {unit}", justify="right")
    for result in results:
        psnr_y_db, ssim_y = mean_psnr_y_db(result.photos), mean_ssim_y(result.photos)
        values = (
            (f"{psnr_y_db['bicubic']:.2f}", f"{psnr_y_db[network]:.2f}"),
            ("–" if result.card_psnr_y_db is None else f"{result.card_psnr_y_db:.2f}",),
            (f"{ssim_y['bicubic']:.4f}", f"{ssim_y[network]:.4f}"),
            ("–" if result.card_ssim_y is None else f"{result.card_ssim_y:.4f}",),
        )
        table.add_row(result.name, str(len(result.photos)), *(v for row in values for v in row))
    return table


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


def curve_plot(
    curve: Sequence[tuple[int, float]], backbone_psnr_y_db: float, console: Console
) -> Text | None:
    """Return PSNR over steps as a plot, where the terminal can show one.

    Args:
        curve: Step, and PSNR on Y in dB.
        backbone_psnr_y_db: Where training began.
        console: Where it will be printed.
    """
    if not curve or not console.is_terminal or not console.encoding.lower().startswith("utf"):
        return None
    figure = plotext.figure
    figure.clear()
    figure.plot_size(min(console.width, _PLOT_WIDTH), _PLOT_HEIGHT)
    figure.theme("colorless")
    points = [(0, backbone_psnr_y_db), *curve]
    steps, values = zip(*points, strict=True)
    figure.draw(figure.signal(list(steps), list(values), marker="braille").lines(True))
    figure.title("PSNR-Y of held-out photos while training, dB")
    figure.label("step", axis="x")
    ticks = sorted({round(steps[-1] * part / _TICKS) for part in range(_TICKS + 1)})
    figure.ruler("x", "lower").ticks(ticks, [str(tick) for tick in ticks])
    drawn = figure.build().string()
    figure.clear()
    return Text.from_ansi(drawn)
