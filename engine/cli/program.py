"""The program `adaptsr`: its commands, and how each ends."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from engine import __version__
from engine.cli.commands.adapt import adapt
from engine.cli.commands.data import data
from engine.cli.commands.demo import demo
from engine.cli.commands.doctor import doctor
from engine.cli.commands.evaluate import evaluate
from engine.cli.commands.export import export
from engine.cli.commands.models import models
from engine.cli.commands.pretrain import pretrain
from engine.cli.commands.score import score
from engine.cli.commands.sites import sites
from engine.cli.commands.upscale import upscale
from engine.cli.endings import end_with
from engine.cli.outcomes import ExitCode, Invocation
from engine.cli.terminal import SafeFormatter, Terminal

app = typer.Typer(
    name="adaptsr",
    help="Adapts super-resolution to your camera and upscales your photos with it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "Exit codes: 0 done, 1 something you can act on, 2 wrong usage, 70 a bug, "
        "130 stopped by you."
    ),
)
for _command in (demo, sites, score, adapt, upscale, evaluate, export, doctor, pretrain):
    app.command()(_command)
app.add_typer(models)
app.add_typer(data)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"adaptsr {__version__}\n")
        raise typer.Exit


@app.callback()
def _program(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Adapts super-resolution to your camera and upscales your photos with it."""


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit code.

    Args:
        args: Words after the program's name; those of this process if None.

    Returns:
        An `ExitCode`.
    """
    words = tuple(sys.argv[1:] if args is None else args)
    terminal = Terminal(as_json="--json" in words)
    log = logging.StreamHandler(sys.stderr)
    log.setFormatter(SafeFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    try:
        code = app(
            args=list(words), prog_name="adaptsr", standalone_mode=False, obj=Invocation(words)
        )
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place to explain it
        return end_with(error, terminal)
    return code if isinstance(code, int) else ExitCode.DONE
