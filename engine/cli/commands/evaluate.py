"""`adaptsr evaluate`: how good a profile or backbone is on pairs, or on HR photos made small."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import options
from engine.cli.terminal import Terminal

if TYPE_CHECKING:
    from engine.metrics.quality import PhotoQuality


def evaluate(
    context: typer.Context,
    *,
    scale: Annotated[
        int | None,
        typer.Option(
            help="How much larger HR is than LR.",
            min=1,
            max=8,
            show_default="of a --bench: the network's own",
        ),
    ] = None,
    profile: options.ProfileName = None,
    backbone: options.OptionalBackbone = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Folder of LR/HR pairs, as `adaptsr adapt` takes it.")
    ] = None,
    bench: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of HR photos, whose LR is made by bicubic resampling; may be repeated."
        ),
    ] = None,
    val: options.Val = None,
    seed: options.Seed = None,
    device: options.Device = None,
    cache_dir: options.CacheDir = None,
    json: options.Json = False,
) -> None:
    """Measure PSNR and SSIM of a network against bicubic resampling."""
    from engine.profiles.library import find_profile

    if (pairs is None) == (not bench):
        raise typer.BadParameter("give either --pairs or --bench")
    if (profile is None) == (backbone is None):
        raise typer.BadParameter("give either --profile or --backbone")
    if bench and val is not None:
        raise typer.BadParameter("--val is for --pairs; all photos of a --bench are measured")
    if pairs is not None and scale is None:
        raise typer.BadParameter("give the --scale of these --pairs")
    values: dict[str, Any] = {
        "backbone": backbone,
        "profile": None if profile is None else find_profile(profile).folder,
        "device": device,
        "cache_dir": cache_dir,
    }
    terminal = Terminal(as_json=json)
    if pairs is not None:
        values |= {"pairs": pairs.expanduser(), "scale": scale, "val": val, "seed": seed}
        _on_pairs(values, terminal, context)
    else:
        folders = tuple(folder.expanduser() for folder in bench or ())
        _on_benchmarks({**values, "bench": folders, "scale": scale}, terminal, context)


def _on_pairs(values: dict[str, Any], terminal: Terminal, context: typer.Context) -> None:
    from engine.cli.running import perform
    from engine.cli.settings import build, parse_val
    from engine.cli.tables import quality_table
    from engine.config.measuring import EvaluateSettings
    from engine.jobs.evaluate import evaluate as evaluate_job

    settings = build(EvaluateSettings, {**values, "val": parse_val(values["val"])})
    photos = perform(
        "evaluate", lambda emit, token: evaluate_job(settings, emit, token), terminal, context
    )
    terminal.result(_means(photos), quality_table(photos, per_photo=True))


def _on_benchmarks(values: dict[str, Any], terminal: Terminal, context: typer.Context) -> None:
    from engine.cli.running import perform
    from engine.cli.settings import build
    from engine.cli.tables import bench_table
    from engine.config.measuring import BenchSettings
    from engine.jobs.bench import bench as bench_job

    settings = build(BenchSettings, values)
    results = perform(
        "bench", lambda emit, token: bench_job(settings, emit, token), terminal, context
    )
    terminal.result(
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


def _means(photos: "list[PhotoQuality] | tuple[PhotoQuality, ...]") -> dict[str, Any]:
    from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y

    return {
        "psnr_y_db": mean_psnr_y_db(photos),
        "ssim_y": mean_ssim_y(photos),
        "photos": [asdict(photo) for photo in photos],
    }
