"""What `adaptsr score` takes."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.declaration import command
from engine.cli.options import option
from engine.cli.shared_options import (
    TRAINING,
    backbone_for_scale,
    kept_out,
    lr_source,
    machine,
    ranks,
)
from engine.config.adapting import ScoreSettings


@command(
    "engine.cli.commands.score:score",
    option(ScoreSettings, "pairs"),
    option(ScoreSettings, "scale"),
    *lr_source(ScoreSettings),
    backbone_for_scale(ScoreSettings),
    *ranks(ScoreSettings, without=("scaling", "alpha", "basis")),
    option(ScoreSettings, "batch", panel=TRAINING),
    option(ScoreSettings, "patch", panel=TRAINING),
    option(ScoreSettings, "seed"),
    kept_out(ScoreSettings),
    *machine(ScoreSettings),
)
def score(
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the rank map to this file, as JSON.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there already.")
    ] = False,
) -> None:
    """Score a network's layers on your photos and spend the budget on ranks, without training."""
