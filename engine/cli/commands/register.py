"""Does `adaptsr data register`: photos of two cameras become LR/HR pairs."""

from functools import partial

import typer

from engine.cli.invocation import Invocation
from engine.cli.registration_table import registration_table
from engine.cli.running import perform
from engine.cli.settings import build
from engine.config.registering import RegisterSettings
from engine.jobs.register import register as register_job


def register(invocation: Invocation) -> None:
    """Line up photos and show how well each pair fits."""
    settings = build(RegisterSettings, invocation.values)
    report = perform("register", partial(register_job, settings), invocation)
    invocation.terminal.result(
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
