"""Puts measured photos and benchmarks into tables for a terminal."""

from collections.abc import Sequence
from statistics import fmean

from rich.table import Table

from engine.jobs.bench import BenchResult
from engine.metrics.quality import PhotoQuality, mean_psnr_y_db, mean_ssim_y


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
