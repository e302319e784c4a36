"""Does `adaptsr models download` and `add`: networks that arrive on this computer."""

from functools import partial
from pathlib import Path

from engine.backbones.catalogue import catalogue_entry
from engine.cli.commands.models import entry_details, entry_lines, entry_values
from engine.cli.exit_codes import Interrupted
from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.tables import pair_lines
from engine.jobs.models import add_model as add_job
from engine.jobs.models import download_model


def download_models(invocation: Invocation, *, names: list[str]) -> None:
    """Download networks, one after another."""
    terminal = invocation.terminal
    try:
        entries = [perform("download", partial(download_model, name), invocation) for name in names]
    except Interrupted:
        terminal.say("What has arrived is kept; the same command goes on with it.")
        raise
    terminal.result(
        {"models": [entry_values(entry) for entry in entries]},
        *(f"Ready to use: --backbone {entry.name}" for entry in entries),
    )


def add_model(invocation: Invocation, *, file: Path, name: str | None) -> None:
    """Take in a network of the user's own."""
    installed = perform("add", partial(add_job, file.expanduser(), name=name), invocation)
    entry = catalogue_entry(installed.card.name)
    invocation.terminal.result(
        entry_details(entry),
        pair_lines(entry_lines(entry)),
        f"Ready to use: --backbone {entry.name}",
    )
