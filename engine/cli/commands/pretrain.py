"""`adaptsr pretrain`: a new backbone from sharp photos."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import options
from engine.cli.terminal import Terminal


def pretrain(
    context: typer.Context,
    *,
    recipe: Annotated[
        Path,
        typer.Option(
            help="TOML file: architecture, scale, name, and the tables options and training."
        ),
    ],
    photos: Annotated[Path, typer.Option(help="Folder of sharp photos.")],
    out: Annotated[Path, typer.Option(help="Folder for the network and its card.")],
    lr_from: Annotated[
        str | None,
        typer.Option(
            help="bicubic, blind or camera, which make LR of the photos; or pairs, which lie there.",
            show_default="the recipe's, or bicubic",
        ),
    ] = None,
    camera: options.LikeCamera = None,
    degradation: options.Degradation = None,
    name: Annotated[str | None, typer.Option(help="Its name.", show_default="the recipe's")] = None,
    bench: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of HR photos to measure it on; may be repeated."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Optimiser steps.", min=1, show_default="the recipe's")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed.", min=0, show_default="the recipe's")
    ] = None,
    val: options.Val = None,
    device: options.Device = None,
    cache_dir: options.CacheDir = None,
    resume: options.Resume = False,
    json: options.Json = False,
) -> None:
    """Train a backbone from scratch on photos and the LR made from them."""
    from engine.cli.running import perform
    from engine.cli.settings import build, lr_values, overlaid, parse_val, read_preset
    from engine.cli.tables import pair_lines
    from engine.cli.wording import duration
    from engine.config.pretraining import PretrainSettings
    from engine.jobs.pretrain import pretrain as pretrain_job

    values: dict[str, Any] = {
        "photos": photos.expanduser(),
        "out": out.expanduser(),
        "name": name,
        **lr_values(lr_from, camera, degradation),
        "bench": tuple(folder.expanduser() for folder in bench) if bench else None,
        "training": {"steps": steps, "seed": seed},
        "val": parse_val(val),
        "resume": resume or None,
        "device": device,
        "cache_dir": cache_dir,
    }
    settings = build(PretrainSettings, overlaid(read_preset(str(recipe)), values))
    terminal = Terminal(as_json=json)
    pretrained = perform(
        "pretrain", lambda emit, token: pretrain_job(settings, emit, token), terminal, context
    )
    card = pretrained.card
    terminal.result(
        {
            "path": pretrained.path,
            "seconds": pretrained.seconds,
            "card": card.model_dump(mode="json"),
        },
        pair_lines(
            [
                ("network", str(pretrained.path)),
                ("architecture", f"{card.architecture} x{card.scale}"),
                ("parameters", f"{card.parameters:,}"),
                ("steps", f"{card.steps:,} in {duration(pretrained.seconds)}"),
                *((name, f"{psnr_y_db:.2f} dB") for name, psnr_y_db in card.psnr_y_db.items()),
            ]
        ),
    )
