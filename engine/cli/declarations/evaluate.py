"""What `adaptsr evaluate` takes."""

from typing import Any

import typer

from engine.cli.declaration import command
from engine.cli.options import option
from engine.cli.shared_options import kept_out, machine, profile
from engine.config.measuring import BenchSettings, EvaluateSettings


def _check(values: dict[str, Any]) -> None:
    if ("pairs" in values) == ("bench" in values):
        raise typer.BadParameter("give either --pairs or --bench")
    if ("profile" in values) == ("backbone" in values):
        raise typer.BadParameter("give either --profile or --backbone")
    if "bench" in values and "val" in values:
        raise typer.BadParameter("--val is for --pairs; all photos of a --bench are measured")
    if "pairs" in values and "scale" not in values:
        raise typer.BadParameter("give the --scale of these --pairs")


@command(
    "engine.cli.commands.evaluate:evaluate",
    option(EvaluateSettings, "scale", default="of a --bench: the network's own"),
    profile(EvaluateSettings),
    option(EvaluateSettings, "backbone"),
    option(EvaluateSettings, "pairs", required=False),
    option(BenchSettings, "bench", required=False),
    option(EvaluateSettings, "seed"),
    kept_out(EvaluateSettings),
    *machine(EvaluateSettings),
    check=_check,
)
def evaluate() -> None:
    """Measure PSNR and SSIM of a network against bicubic resampling."""
