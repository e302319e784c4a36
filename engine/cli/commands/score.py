"""`adaptsr score`: which layers matter for a camera, and the ranks that follow."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import options
from engine.cli.terminal import Terminal


def score(
    context: typer.Context,
    *,
    pairs: options.Pairs,
    scale: options.Scale,
    lr_from: options.LrFrom = None,
    camera: options.LikeCamera = None,
    degradation: options.Degradation = None,
    backbone: options.BackboneOrDefault = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the rank map to this file, as JSON.")
    ] = None,
    budget: options.Budget = None,
    strategy: options.Strategy = None,
    score_name: options.ScoreName = None,
    score_batches: options.ScoreBatches = None,
    factorisation: options.Factorisation = None,
    r_min: options.RMin = None,
    r_max: options.RMax = None,
    pin: options.Pin = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    val: options.Val = None,
    batch: options.Batch = None,
    patch: options.Patch = None,
    seed: options.Seed = None,
    device: options.Device = None,
    cache_dir: options.CacheDir = None,
    json: options.Json = False,
) -> None:
    """Score a network's layers on your photos and spend the budget on ranks, without training."""
    from engine.backbones.catalogue import default_backbone
    from engine.cli.running import perform
    from engine.cli.settings import build, lr_values, parse_pins, parse_val, patterns
    from engine.cli.tables import rank_table
    from engine.config.adapting import ScoreSettings
    from engine.files import atomic_write_text
    from engine.jobs.score import score as score_job
    from engine.profiles.rank_map_file import RankMapFile

    settings = build(
        ScoreSettings,
        {
            "backbone": backbone or default_backbone(scale),
            "pairs": pairs.expanduser(),
            "scale": scale,
            **lr_values(lr_from, camera, degradation),
            "val": parse_val(val),
            "adapter": {
                "budget": budget,
                "strategy": strategy,
                "score": score_name,
                "score_batches": score_batches,
                "factorisation": factorisation,
                "r_min": r_min,
                "r_max": r_max,
                "pins": parse_pins(pin),
                "include": patterns(include),
                "exclude": patterns(exclude),
            },
            "batch": batch,
            "patch": patch,
            "seed": seed,
            "device": device,
            "cache_dir": cache_dir,
        },
    )
    terminal = Terminal(as_json=json)
    rank_map = perform(
        "score", lambda emit, token: score_job(settings, emit, token), terminal, context
    )
    document = RankMapFile.of(rank_map)
    if out is not None:
        atomic_write_text(out.expanduser(), document.model_dump_json(indent=1) + "\n")
        terminal.say(f"Rank map written to {out}.")
    terminal.result(
        json_module.loads(document.model_dump_json()),
        rank_table(rank_map.rows()),
        f"{rank_map.trainable_parameters:,} of {rank_map.budget_parameters:,} parameters spent.",
    )
