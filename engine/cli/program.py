"""The program `adaptsr`: its commands, and how each ends."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from engine import __version__
from engine.cli.error_report import report_error
from engine.cli.exit_codes import ExitCode
from engine.cli.lazy import DeferredCommand, LazyGroup
from engine.cli.terminal import SafeFormatter, Terminal

_COMMANDS = (
    ("demo", "Adapt a network to a simulated phone camera, in under five minutes on two cores."),
    ("sites", "List the layers that may be adapted, and what a rank costs there."),
    (
        "score",
        "Score a network's layers on your photos and spend the budget on ranks, without training.",
    ),
    ("adapt", "Adapt a network to your camera, and measure it on photos it never saw."),
    ("upscale", "Upscale photos with the profile of your camera, or with a plain network."),
    ("evaluate", "Measure PSNR and SSIM of a network against bicubic resampling."),
    ("export", "Write a profile's network, or a backbone, as a file that other programs read."),
    ("doctor", "Show devices, versions, folders, and what is missing on this machine."),
    ("pretrain", "Train a backbone from scratch on photos and the LR made from them."),
    ("models", "The networks that ship, those you have, and those you can get."),
    ("data", "Prepare photos for training: check them, line up pairs, learn a camera."),
)
"""In the order of the help, each with the first line of its own."""


class Commands(LazyGroup):
    """All commands."""

    deferred = tuple(
        DeferredCommand(name, f"engine.cli.declarations.{name}:{name}", line)
        for name, line in _COMMANDS
    )


app = typer.Typer(
    cls=Commands,
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


def _print_version(is_asked: bool) -> None:
    if is_asked:
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
        code = app(args=list(words), prog_name="adaptsr", standalone_mode=False, obj=words)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place to explain it
        return report_error(error, terminal)
    return code if isinstance(code, int) else ExitCode.DONE
