"""What `adaptsr export` takes."""

from typing import Any

import typer

from engine.cli.declaration import command
from engine.cli.options import argument, option
from engine.cli.parsing import as_written
from engine.config.exporting import ExportSettings


def _check(values: dict[str, Any]) -> None:
    if ("profile" in values) == ("backbone" in values):
        raise typer.BadParameter("give either a profile or --backbone")


@command(
    "engine.cli.commands.export:export",
    argument(ExportSettings, "profile", read=as_written),
    option(ExportSettings, "backbone"),
    option(ExportSettings, "out"),
    option(ExportSettings, "format"),
    option(ExportSettings, "overwrite"),
    check=_check,
)
def export() -> None:
    """Write a profile's network, or a backbone, as a file that other programs read.

    The file is run on a photo and compared before it gets its name.
    """
