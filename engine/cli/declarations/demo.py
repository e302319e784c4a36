"""What `adaptsr demo` takes."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.declaration import command


@command("engine.cli.commands.demo:demo")
def demo(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("adaptsr-demo"),
    backbone: Annotated[
        str | None,
        typer.Option(
            help="A shipped network's name, or a file.",
            show_default="the best shipped one for this scale",
        ),
    ] = None,
    steps: Annotated[int, typer.Option(help="Training steps.", min=1)] = 400,
    minutes: Annotated[
        float, typer.Option(help="About how long it may take; fewer steps where that is too long.")
    ] = 5.0,
) -> None:
    """Adapt a network to a simulated phone camera, in under five minutes on two cores."""
