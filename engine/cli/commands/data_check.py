"""Does `adaptsr data check`: what a folder of pairs or photos is worth before any training."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import typer

from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.tables import pair_lines
from engine.dataset_report.dataset import DatasetReport
from engine.dataset_report.gain import gain_text, share_of_gain
from engine.dataset_report.page import facts_of, write_page
from engine.files import refuse_existing
from engine.jobs.check_data import check_data

_NOT_SHOWN = ("thumbnail", "fingerprint")


def check(
    invocation: Invocation,
    *,
    folder: Path,
    scale: int | None,
    report: Path | None,
    overwrite: bool,
) -> None:
    """Look at every photo of a folder; write the report as a page if asked for."""
    refuse_existing(report and report.expanduser(), overwrite=overwrite)
    found = perform("check", partial(check_data, folder.expanduser(), scale=scale), invocation)
    if report is not None:
        write_page(report.expanduser(), found)
    lines = [("layout", found.layout), *facts_of(found)]
    wrong = [
        (f"{photo.name} {photo.side or ''}".strip(), photo.sentence)
        for photo in found.photos
        if photo.finding != "good"
    ]
    shown = [pair_lines(lines), *([pair_lines(wrong)] if wrong else [])]
    invocation.terminal.result(
        _values(found) | {"report": report},
        *shown,
        *found.warnings,
        f"{found.verdict} {gain_text(found)}",
    )
    if not found.good:
        raise typer.Exit(1)


def _values(found: DatasetReport) -> dict[str, Any]:
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
