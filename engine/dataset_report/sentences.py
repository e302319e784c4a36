"""Puts the report on a folder into a few plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.dataset_report.dataset import DatasetReport, Finding
from engine.dataset_report.gain import NOT_MEASURED, gain_text
from engine.formatting import format_count

_MOST_NAMED = 4
_WRONG: dict[Finding, tuple[str, str]] = {
    "damaged": ("cannot be read", "cannot be read"),
    "blank": ("is blank", "are blank"),
    "blurred": ("is blurred", "are blurred"),
    "misfit": ("has the wrong size", "have the wrong size"),
    "mismatch": (
        "does not belong together: its photos show different things, or lie or are lit differently",
        "do not belong together: their photos show different things, or lie or are lit differently",
    ),
    "repeated": (
        "shows the same as another, as in a burst or a copy, and teaches nothing new",
        "show the same as others, as in bursts or copies, and teach nothing new",
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to know about a folder; `is_warning` where it should be looked after."""

    text: str
    is_warning: bool = False


def sentences_of(report: DatasetReport, *, any_camera: bool = False) -> tuple[Sentence, ...]:
    """Return a report as sentences: how many are good, what is wrong, by whom, how much.

    Args:
        report: On one folder.
        any_camera: Whether it does not matter which cameras took the photos.
    """
    found = [_count(report)]
    found += [_wrong(report, finding) for finding in _WRONG if report.count(finding)]
    for warning in report.warnings:
        is_mixed = warning == report.mixed_cameras
        if not (is_mixed and any_camera):
            found.append(Sentence(warning, is_warning=is_mixed or warning == report.notice))
    if not any_camera:
        found += [line for side in report.sides for line in _camera(report.cameras(side), side)]
    million = report.usable_pixels / 1e6
    amount = f"{million:.1f} million" if million < 100 else f"{million:,.0f} million"
    found.append(Sentence(f"There are {amount} pixels to learn from."))
    gain = gain_text(report)
    return (*found, *([] if gain == NOT_MEASURED else [Sentence(gain)]))


def _count(report: DatasetReport) -> Sentence:
    total, good = report.total, report.good
    counted = _counted(report, total)
    if good == total:
        return Sentence(f"{counted}, {'and it is' if total == 1 else 'all'} good.")
    return Sentence(f"{counted}, of which {good:,} {'is' if good == 1 else 'are'} good.")


def _wrong(report: DatasetReport, finding: Finding) -> Sentence:
    names = list(dict.fromkeys(p.name for p in report.photos if p.finding == finding))
    is_one, are_several = _WRONG[finding]
    what = f"{_counted(report, len(names))} {is_one if len(names) == 1 else are_several}"
    return Sentence(f"{what}: {_named(names)}.")


def _counted(report: DatasetReport, count: int) -> str:
    return format_count(count, "pair" if report.are_pairs else "photo")


def _camera(cameras: dict[str, int], side: str | None) -> list[Sentence]:
    """Say who took the photos where it is one camera; of several the warnings tell."""
    known = [name for name in cameras if name]
    which = "photos" if side is None else f"{side} photos"
    if not known:
        return [Sentence(f"The {which} do not say which camera took them.")] if cameras else []
    if len(known) > 1:
        return []
    silent = cameras.get("", 0)
    also = f" {silent} of them {'does' if silent == 1 else 'do'} not say so." if silent else ""
    return [Sentence(f"The {which} were taken with {known[0]}.{also}")]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
