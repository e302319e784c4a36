"""Does `adaptsr models list`, `show` and `remove`: what is known of networks; quick."""

from typing import Any

from rich.table import Table

from engine.backbones.catalogue import (
    CatalogueEntry,
    catalogue_entries,
    catalogue_entry,
    remove_installed,
    shipped_backbones,
)
from engine.cli.invocation import Invocation
from engine.cli.tables import pair_lines
from engine.errors import BackboneError
from engine.formatting import format_size

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


def list_models(invocation: Invocation, *, scale: int | None, here: bool) -> None:
    """List the networks, of one scale or on this computer only if asked for."""
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
    invocation.terminal.result(
        {"models": [entry_values(entry) for entry in entries]},
        table,
        "Set5 dB with a *: as its makers say, not measured here.",
    )


def show_model(invocation: Invocation, *, name: str) -> None:
    """Show all that is known about a network."""
    entry = catalogue_entry(name)
    invocation.terminal.result(entry_details(entry), pair_lines(entry_lines(entry)))


def remove_model(invocation: Invocation, *, name: str) -> None:
    """Delete a network that was downloaded or added."""
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
    invocation.terminal.result({"removed": name, "path": removed.path}, f"Removed {name}. {again}")


def _set5(entry: CatalogueEntry) -> str:
    psnr_y_db = entry.psnr_y_db.get("Set5")
    if psnr_y_db is None:
        return "–"
    return f"{psnr_y_db:.2f}{' ' if entry.is_measured else '*'}"


def _size(entry: CatalogueEntry) -> str:
    if entry.size_bytes is not None:
        return format_size(entry.size_bytes)
    return f"about {format_size(entry.parameters * 4)}"


def entry_values(entry: CatalogueEntry) -> dict[str, Any]:
    """Return what JSON says of a network in a list."""
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


def entry_details(entry: CatalogueEntry) -> dict[str, Any]:
    """Return all that JSON says of a network."""
    published = entry.published
    return {
        **entry_values(entry),
        "card": _card(entry),
        "published": None if published is None else published.model_dump(mode="json"),
    }


def _card(entry: CatalogueEntry) -> dict[str, Any] | None:
    card = getattr(entry.source, "card", None)
    return None if card is None else dict(card.model_dump(mode="json"))


def entry_lines(entry: CatalogueEntry) -> list[tuple[str, str]]:
    """Return what people read of a network, line by line."""
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
