"""`adaptsr data`: what is done to photos before any training."""

import typer

from engine.cli.commands.data_camera import camera
from engine.cli.commands.data_check import check
from engine.cli.commands.register import register

data = typer.Typer(
    name="data",
    help="Prepare photos for training: check them, line up pairs, learn a camera.",
    no_args_is_help=True,
)
data.command()(check)
data.command()(register)
data.command()(camera)
