"""What `adaptsr models` and its commands take."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.declaration import command

Name = Annotated[str, typer.Argument(help="Its name, as `adaptsr models list` shows it.")]

models = typer.Typer(
    name="models",
    help="The networks that ship, those you have, and those you can get.",
    no_args_is_help=True,
    add_completion=False,
)


@models.command("list")
@command("engine.cli.commands.models:list_models")
def list_models(
    *,
    scale: Annotated[int | None, typer.Option(help="Only those of this scale.", min=2)] = None,
    here: Annotated[bool, typer.Option("--here", help="Only those on this computer.")] = False,
) -> None:
    """List all networks: shipped, downloaded, added, and those you can get."""


@models.command("show")
@command("engine.cli.commands.models:show_model")
def show_model(*, name: Name) -> None:
    """Show all that is known about a network."""


@models.command("download")
@command("engine.cli.commands.models_arriving:download_models")
def download_models(
    *,
    names: Annotated[
        list[str], typer.Argument(help="Their names, as `adaptsr models list` shows them.")
    ],
) -> None:
    """Download networks; stopped or broken off, the same command goes on with them."""


@models.command("add")
@command("engine.cli.commands.models_arriving:add_model")
def add_model(
    *,
    file: Annotated[Path, typer.Argument(help="A .safetensors or .pth file.")],
    name: Annotated[
        str | None, typer.Option(help="What to call it.", show_default="the file's name")
    ] = None,
) -> None:
    """Take a network of your own: find out what it is, run it once, and keep a copy."""


@models.command("remove")
@command("engine.cli.commands.models:remove_model")
def remove_model(*, name: Name) -> None:
    """Delete a network that you downloaded or added."""
