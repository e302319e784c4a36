"""`adaptsr data register`: photos of the same scenes from two cameras become LR/HR pairs."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import options
from engine.cli.terminal import Terminal


def register(
    context: typer.Context,
    *,
    lr: Annotated[Path, typer.Argument(help="Folder of the LR camera's photos, or of both's.")],
    hr: Annotated[
        Path | None, typer.Argument(help="Folder of the HR camera's photos.", show_default=False)
    ] = None,
    scale: options.Scale,
    out: Annotated[Path, typer.Option(help="Folder of the pairs.")],
    match: Annotated[
        str | None,
        typer.Option(help="What to match photos by: auto, name, time or content."),
    ] = None,
    max_gap: Annotated[
        float | None,
        typer.Option(help="Seconds between two photos of the same time.", show_default="5"),
    ] = None,
    colour: Annotated[
        str | None,
        typer.Option(
            help="How HR gets LR's colours: off, global (3×3 and offset) or local (and a slow gain).",
            show_default="local",
        ),
    ] = None,
    lens: Annotated[
        str | None,
        typer.Option(
            metavar="off|fit|K1,K2", help="Radial distortion to take out.", show_default="off"
        ),
    ] = None,
    max_shift: Annotated[
        float | None,
        typer.Option(
            help="Shift in LR pixels beyond which a place is left out.", show_default="0.35"
        ),
    ] = None,
    min_part: Annotated[
        int | None,
        typer.Option(help="Shortest side of a part that is kept, LR pixels.", show_default="64"),
    ] = None,
    json: options.Json = False,
) -> None:
    """Line up photos of the same scenes that two cameras, or two lenses, took.

    Run it again to add photos or to go on after an interruption: finished pairs are kept.
    """
    from engine.cli.registration_table import registration_table
    from engine.cli.running import perform
    from engine.cli.settings import build, parse_lens
    from engine.config.registering import RegisterSettings
    from engine.jobs.register import register as register_job

    settings = build(
        RegisterSettings,
        {
            "lr": lr.expanduser(),
            "hr": None if hr is None else hr.expanduser(),
            "scale": scale,
            "out": out.expanduser(),
            "match": match,
            "max_gap_s": max_gap,
            "colour": colour,
            "lens": parse_lens(lens),
            "max_shift_px": max_shift,
            "min_part_px": min_part,
        },
    )
    terminal = Terminal(as_json=json)
    report = perform(
        "register", lambda emit, token: register_job(settings, emit, token), terminal, context
    )
    terminal.result(
        {
            "out": report.out,
            "usable": report.usable,
            "pairs": [record.model_dump() for record in report.pairs],
            "left_out": [photo.model_dump() for photo in report.left_out],
        },
        registration_table(report.pairs),
        f"{report.usable} of {len(report.pairs)} pairs can be used; they are in {report.out}",
    )
    if not report.usable:
        raise typer.Exit(1)
