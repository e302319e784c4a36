"""What `adaptsr sites` takes."""

from typing import Annotated

import typer

from engine.cli.declaration import command
from engine.cli.options import option
from engine.cli.parsing import parse_list
from engine.cli.shared_options import SCORING
from engine.config.adapter import AdapterSettings


@command(
    "engine.cli.commands.sites:sites",
    option(AdapterSettings, "factorisation", panel=SCORING),
    option(AdapterSettings, "kinds", "--kind", metavar="KIND,…", read=parse_list),
    option(AdapterSettings, "joint_qkv", "--joint-qkv/--no-joint-qkv"),
)
def sites(
    *, backbone: Annotated[str, typer.Argument(help="A shipped network's name, or a file.")]
) -> None:
    """List the layers that may be adapted, and what a rank costs there."""
