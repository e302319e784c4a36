"""`adaptsr data check`: what a folder of pairs or photos is worth before any training."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import options
from engine.cli.terminal import Terminal

if TYPE_CHECKING:
    from engine.dataset_report.dataset import DatasetReport

_NOT_SHOWN = ("thumbnail", "fingerprint")


def check(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Argument(help="Folder of pairs, or of photos.")],
    scale: Annotated[
        int | None,
        typer.Option(min=2, max=8, help="The factor between LR and HR.", show_default="found out"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write it with thumbnails here, as HTML.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Look at every photo: cameras, sizes, sharpness, damage, and what shows the same."""
    from engine.cli.running import perform
    from engine.cli.tables import pair_lines
    from engine.dataset_report.gain import gain_in_words
    from engine.dataset_report.page import facts_of, write_page
    from engine.jobs.check_data import check_data

    terminal = Terminal(as_json=json)
    found = perform(
        "check",
        lambda emit, token: check_data(folder.expanduser(), emit, token, scale=scale),
        terminal,
        context,
    )
    if report is not None:
        write_page(report.expanduser(), found)
    lines = [("layout", found.layout), *facts_of(found)]
    wrong = [
        (f"{photo.name} {photo.side or ''}".strip(), photo.sentence)
        for photo in found.photos
        if photo.finding != "good"
    ]
    shown = [pair_lines(lines), *([pair_lines(wrong)] if wrong else [])]
    terminal.result(
        _values(found) | {"report": report},
        *shown,
        *found.warnings,
        f"{found.verdict} {gain_in_words(found)}",
    )
    if not found.good:
        raise typer.Exit(1)


def _values(found: "DatasetReport") -> dict[str, Any]:
    from engine.dataset_report.gain import share_of_gain

    photos = [
        {key: value for key, value in asdict(photo).items() if key not in _NOT_SHOWN}
        for photo in found.photos
    ]
    return {
        "folder": found.folder,
        "layout": found.layout,
        "scale": found.scale,
        "total": found.total,
        "good": found.good,
        "usable_pixels": found.usable_pixels,
        "groups": found.groups,
        "warnings": found.warnings,
        "verdict": found.verdict,
        "share_of_gain": share_of_gain(found.good) if found.are_pairs else None,
        "skipped": [{"path": skip.path, "reason": skip.reason} for skip in found.skipped],
        "photos": photos,
    }
