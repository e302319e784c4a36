"""`adaptsr models`: the networks that ship, those you have, and those you can get."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from engine.cli import options
from engine.cli.outcomes import Interrupted
from engine.cli.terminal import Terminal

if TYPE_CHECKING:
    from engine.backbones.catalogue import CatalogueEntry

models = typer.Typer(
    name="models",
    help="The networks that ship, those you have, and those you can get.",
    no_args_is_help=True,
)

_STATES = {
    "shipped": "comes with AdaptSR",
    "downloaded": "downloaded",
    "added": "added by you",
    "downloadable": "can be downloaded",
    "by hand": "fetch by hand",
}
_PURPOSES = {
    "bicubic": "clean bicubic photos: the start for adapting to a camera",
    "degraded": "spoilt photos: sharpens strongly, and invents detail",
}
Name = Annotated[str, typer.Argument(help="Its name, as `adaptsr models list` shows it.")]


@models.command("list")
def list_models(
    *,
    scale: Annotated[int | None, typer.Option(help="Only those of this scale.", min=2)] = None,
    here: Annotated[bool, typer.Option("--here", help="Only those on this computer.")] = False,
    json: options.Json = False,
) -> None:
    """List all networks: shipped, downloaded, added, and those you can get."""
    from engine.backbones.catalogue import catalogue_entries

    entries = [
        entry
        for entry in catalogue_entries().values()
        if scale in {None, entry.scale} and (entry.path is not None or not here)
    ]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    for column in ("scale", "parameters", "Set5 dB"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("licence", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for entry in entries:
        table.add_row(
            entry.name,
            f"x{entry.scale}",
            f"{entry.parameters:,}",
            _set5(entry),
            entry.licence or "unknown",
            _size(entry),
            _STATES[entry.state],
            style="" if entry.path is not None else "dim",
        )
    Terminal(as_json=json).result(
        {"models": [_values(entry) for entry in entries]},
        table,
        "Set5 dB with a *: as its makers say, not measured here.",
    )


@models.command("show")
def show_model(*, name: Name, json: options.Json = False) -> None:
    """Show all that is known about a network."""
    from engine.backbones.catalogue import catalogue_entry
    from engine.cli.tables import pair_lines

    entry = catalogue_entry(name)
    Terminal(as_json=json).result(_details(entry), pair_lines(_lines(entry)))


@models.command("download")
def download_models(
    context: typer.Context,
    *,
    names: Annotated[
        list[str], typer.Argument(help="Their names, as `adaptsr models list` shows them.")
    ],
    json: options.Json = False,
) -> None:
    """Download networks; stopped or broken off, the same command goes on with them."""
    from engine.cli.running import perform
    from engine.jobs.models import download_model

    terminal = Terminal(as_json=json)
    try:
        entries = [
            perform("download", partial(download_model, name), terminal, context) for name in names
        ]
    except Interrupted:
        terminal.say("What has arrived is kept; the same command goes on with it.")
        raise
    terminal.result(
        {"models": [_values(entry) for entry in entries]},
        *(f"Ready to use: --backbone {entry.name}" for entry in entries),
    )


@models.command("add")
def add_model(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(help="A .safetensors or .pth file.")],
    name: Annotated[
        str | None, typer.Option(help="What to call it.", show_default="the file's name")
    ] = None,
    json: options.Json = False,
) -> None:
    """Take a network of your own: find out what it is, run it once, and keep a copy."""
    from engine.backbones.catalogue import catalogue_entry
    from engine.cli.running import perform
    from engine.cli.tables import pair_lines
    from engine.jobs.models import add_model as add_job

    terminal = Terminal(as_json=json)
    installed = perform(
        "add",
        lambda emit, token: add_job(file.expanduser(), emit, token, name=name),
        terminal,
        context,
    )
    entry = catalogue_entry(installed.card.name)
    terminal.result(
        _details(entry), pair_lines(_lines(entry)), f"Ready to use: --backbone {entry.name}"
    )


@models.command("remove")
def remove_model(*, name: Name, json: options.Json = False) -> None:
    """Delete a network that you downloaded or added."""
    from engine.backbones.catalogue import remove_installed, shipped_backbones
    from engine.errors import BackboneError

    if name in shipped_backbones():
        raise BackboneError(
            f"“{name}” comes with AdaptSR and stays.",
            remedy="Only downloaded and added networks can be removed.",
        )
    removed = remove_installed(name)
    card = removed.card
    again = (
        f"“adaptsr models download {name}” gets it again."
        if card.origin == "downloaded"
        else f"It was a copy of {card.source}."
    )
    Terminal(as_json=json).result(
        {"removed": name, "path": removed.path}, f"Removed {name}. {again}"
    )


def _set5(entry: "CatalogueEntry") -> str:
    psnr_y_db = entry.psnr_y_db.get("Set5")
    if psnr_y_db is None:
        return "–"
    return f"{psnr_y_db:.2f}{' ' if entry.is_measured else '*'}"


def _size(entry: "CatalogueEntry") -> str:
    if entry.size_bytes is not None:
        return f"{entry.size_bytes / 1e6:.1f} MB"
    return f"about {entry.parameters * 4 / 1e6:.0f} MB"


def _values(entry: "CatalogueEntry") -> dict[str, Any]:
    return {
        "name": entry.name,
        "state": entry.state,
        "architecture": entry.architecture,
        "scale": entry.scale,
        "parameters": entry.parameters,
        "licence": entry.licence,
        "size_bytes": entry.size_bytes,
        "psnr_y_db": entry.psnr_y_db,
        "is_measured": entry.is_measured,
        "path": entry.path,
    }


def _details(entry: "CatalogueEntry") -> dict[str, Any]:
    published = entry.published
    return {
        **_values(entry),
        "card": _card(entry),
        "published": None if published is None else published.model_dump(mode="json"),
    }


def _card(entry: "CatalogueEntry") -> dict[str, Any] | None:
    card = getattr(entry.source, "card", None)
    return None if card is None else dict(card.model_dump(mode="json"))


def _lines(entry: "CatalogueEntry") -> list[tuple[str, str]]:
    card = _card(entry) or {}
    published = entry.published
    rows = [
        ("network", entry.name),
        ("state", _STATES[entry.state]),
        ("architecture", f"{entry.architecture} x{entry.scale}"),
        ("parameters", f"{entry.parameters:,}"),
        ("licence", entry.licence or "unknown"),
        ("size", _size(entry)),
    ]
    if published is not None:
        rows.append(("trained for", _PURPOSES[published.trained_for]))
    how = "measured" if entry.is_measured else "as its makers say"
    rows += [
        (bench, f"{psnr_y_db:.2f} dB PSNR-Y, {how}") for bench, psnr_y_db in entry.psnr_y_db.items()
    ]
    rows += [
        (label, str(card[key]))
        for label, key in (
            ("trained on", "data"),
            ("photos' licence", "data_licence"),
            ("steps", "steps"),
            ("came from", "source"),
            ("on", "installed"),
            ("SHA-256", "sha256"),
            ("notes", "notes"),
        )
        if card.get(key)
    ]
    if entry.path is not None:
        rows.append(("file", str(entry.path)))
    if published is not None:
        rows.append(("made by", published.project))
        if entry.path is None:
            rows.append(("get it from", published.address or published.page or ""))
        if published.sha256 is not None and "sha256" not in card:
            rows.append(("SHA-256", published.sha256))
    return rows
