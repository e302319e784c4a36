"""Does `adaptsr evaluate`: how good a network is on pairs, or on HR photos made small."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from engine.cli.invocation import Invocation
from engine.cli.quality_tables import bench_table, quality_table
from engine.cli.running import perform
from engine.cli.settings import build, with_profile
from engine.config.measuring import BenchSettings, EvaluateSettings
from engine.jobs.bench import bench as bench_job
from engine.jobs.evaluate import evaluate as evaluate_job
from engine.metrics.quality import PhotoQuality, mean_psnr_y_db, mean_ssim_y


def evaluate(invocation: Invocation) -> None:
    """Measure a network on pairs, or on benchmarks, and show it photo by photo."""
    values = with_profile(invocation.values)
    if "pairs" in values:
        _on_pairs(values, invocation)
    else:
        values.pop("seed", None)  # for those who always give one: nothing is drawn here
        _on_benchmarks(values, invocation)


def _on_pairs(values: Mapping[str, Any], invocation: Invocation) -> None:
    settings = build(EvaluateSettings, values)
    photos = perform("evaluate", partial(evaluate_job, settings), invocation)
    invocation.terminal.result(_means(photos), quality_table(photos, per_photo=True))


def _on_benchmarks(values: Mapping[str, Any], invocation: Invocation) -> None:
    settings = build(BenchSettings, values)
    results = perform("bench", partial(bench_job, settings), invocation)
    invocation.terminal.result(
        {
            **_means([photo for result in results for photo in result.photos]),
            "benches": [
                {
                    "name": result.name,
                    **_means(result.photos),
                    "card_psnr_y_db": result.card_psnr_y_db,
                    "card_ssim_y": result.card_ssim_y,
                }
                for result in results
            ],
        },
        bench_table(results),
    )


def _means(photos: Sequence[PhotoQuality]) -> dict[str, Any]:
    return {
        "psnr_y_db": mean_psnr_y_db(photos),
        "ssim_y": mean_ssim_y(photos),
        "photos": [asdict(photo) for photo in photos],
    }
