"""What `adaptsr adapt` takes."""

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
from engine.config.adapting import AdaptSettings


@command(
    "engine.cli.commands.adapt:adapt",
    option(AdaptSettings, "pairs"),
    option(AdaptSettings, "scale"),
    *lr_source(AdaptSettings),
    backbone_for_scale(AdaptSettings),
    option(AdaptSettings, "out", default="in this user's library, by its name"),
    option(AdaptSettings, "name", default="as its folder"),
    option(AdaptSettings, "made_for.make", "--camera-make"),
    option(
        AdaptSettings,
        "made_for.model",
        "--camera-model",
        default="the camera that the LR photos name",
    ),
    option(AdaptSettings, "made_for.lens", "--camera-lens"),
    *ranks(AdaptSettings),
    option(AdaptSettings, "adapter.method", panel=TRAINING),
    option(AdaptSettings, "training.steps", panel=TRAINING),
    option(AdaptSettings, "training.batch", panel=TRAINING),
    option(AdaptSettings, "training.patch", panel=TRAINING),
    option(AdaptSettings, "training.learning_rate", panel=TRAINING, default="the method's own"),
    option(AdaptSettings, "training.precision", panel=TRAINING),
    option(AdaptSettings, "training.rehearsal", panel=TRAINING),
    option(AdaptSettings, "training.validate_every", panel=TRAINING),
    option(AdaptSettings, "resume", panel=TRAINING),
    option(AdaptSettings, "training.seed"),
    kept_out(AdaptSettings),
    *machine(AdaptSettings),
)
def adapt(
    *,
    preset: Annotated[
        str | None,
        typer.Option(
            help="paper, paper-tables, paper-headline, paper-full, or a TOML file of settings."
        ),
    ] = None,
) -> None:
    """Adapt a network to your camera, and measure it on photos it never saw."""
