"""What `adaptsr pretrain` takes."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.declaration import command
from engine.cli.options import option
from engine.cli.shared_options import TRAINING, kept_out, lr_source, machine
from engine.config.pretraining import PretrainSettings


@command(
    "engine.cli.commands.pretrain:pretrain",
    option(PretrainSettings, "photos"),
    option(PretrainSettings, "out"),
    *lr_source(PretrainSettings, default="the recipe's, or bicubic"),
    option(PretrainSettings, "name", default="the recipe's"),
    option(PretrainSettings, "bench"),
    option(PretrainSettings, "training.steps", default="the recipe's"),
    option(PretrainSettings, "resume", panel=TRAINING),
    option(PretrainSettings, "training.seed", default="the recipe's"),
    kept_out(PretrainSettings, default="the recipe's, or 4"),
    *machine(PretrainSettings),
)
def pretrain(
    *,
    recipe: Annotated[
        Path,
        typer.Option(
            help="TOML file: architecture, scale, name, and the tables options and training."
        ),
    ],
) -> None:
    """Train a backbone from scratch on photos and the LR made from them."""
