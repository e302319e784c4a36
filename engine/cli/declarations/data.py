"""What `adaptsr data` and its commands take: what is done to photos before any training."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.declaration import command
from engine.cli.options import argument, option
from engine.cli.parsing import parse_lens
from engine.config.registering import RegisterSettings

data = typer.Typer(
    name="data",
    help="Prepare photos for training: check them, line up pairs, learn a camera.",
    no_args_is_help=True,
    add_completion=False,
)


@data.command("check")
@command("engine.cli.commands.data_check:check")
def check(
    *,
    folder: Annotated[Path, typer.Argument(help="Folder of pairs, or of photos.")],
    scale: Annotated[
        int | None,
        typer.Option(min=2, max=8, help="The factor between LR and HR.", show_default="found out"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write it with thumbnails here, as HTML.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there already.")
    ] = False,
) -> None:
    """Look at every photo: cameras, sizes, sharpness, damage, and what shows the same."""


@data.command("register")
@command(
    "engine.cli.commands.register:register",
    argument(RegisterSettings, "lr"),
    argument(RegisterSettings, "hr"),
    option(RegisterSettings, "scale"),
    option(RegisterSettings, "out"),
    option(RegisterSettings, "match"),
    option(RegisterSettings, "max_gap_s", "--max-gap"),
    option(RegisterSettings, "colour"),
    option(RegisterSettings, "lens", metavar="off|fit|K1,K2", read=parse_lens),
    option(RegisterSettings, "max_shift_px", "--max-shift"),
    option(RegisterSettings, "min_part_px", "--min-part"),
    option(RegisterSettings, "max_pixels"),
)
def register() -> None:
    """Line up photos of the same scenes that two cameras, or two lenses, took.

    Run it again to add photos or to go on after an interruption: finished pairs are kept.
    """


@data.command("camera")
@command("engine.cli.commands.data_camera:camera")
def camera(
    *,
    photos: Annotated[Path, typer.Argument(help="Folder of 5 to 50 photos by one camera.")],
    sharp: Annotated[
        Path | None,
        typer.Option(
            help="Folder of sharp photos to compare with, best those you will train on.",
            show_default="what photographs are like on average",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep the estimate here, for `adaptsr adapt --camera`.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Draw it here, as PNG.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there already.")
    ] = False,
) -> None:
    """Estimate a camera's sharpness, noise and compression from its photos."""
