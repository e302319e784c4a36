"""Writes the report on a folder as one web page that needs no other file."""

import base64
import os
from collections.abc import Iterable
from html import escape
from itertools import pairwise
from pathlib import Path

from engine.dataset_report.dataset import CheckedPhoto, DatasetReport, Finding
from engine.dataset_report.gain import gain_text
from engine.dataset_report.measures import BLURRED_BELOW
from engine.files import atomic_write_text
from engine.formatting import format_count

FINDING_WORDS: dict[Finding, str] = {
    "good": "good",
    "damaged": "cannot be read",
    "blank": "blank",
    "blurred": "blurred",
    "misfit": "wrong size",
    "mismatch": "no pair",
    "repeated": "repeated",
}

_STEPS = (0.0, BLURRED_BELOW, 0.6, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, float("inf"))
_STYLE = """
:root { color-scheme: light dark; --paper: #f4f4f4; --card: #fff; --ink: #222; --soft: #666;
  --line: #d5d5d5; --accent: #1f6fb2; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #1e1e1e; --card: #2a2a2a; --ink: #e6e6e6;
  --soft: #a0a0a0; --line: #444; --accent: #6fb1e8; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px; max-width: 1200px; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 32px 0 8px; }
p { margin: 4px 0; }
article + article { margin-top: 48px; }
.soft { color: var(--soft); }
.verdict { font-size: 17px; margin: 12px 0; }
.warning { border-left: 3px solid var(--accent); padding-left: 12px; margin: 8px 0; }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 400; color: var(--soft); padding: 2px 24px 2px 0;
  vertical-align: top; }
td { padding: 2px 16px 2px 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.bins th { white-space: nowrap; }
td.bar { width: 320px; padding: 2px 0; }
td.bar span { display: block; height: 12px; background: var(--accent); min-width: 1px; }
.photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 12px; }
figure { margin: 0; padding: 8px; background: var(--card); border: 1px solid var(--line);
  border-radius: 4px; }
figure.bad { border-color: var(--bad); }
figure div { height: 160px; margin-bottom: 8px; display: grid; place-items: center; color: var(--soft); }
figure img { max-width: 100%; max-height: 160px; }
figcaption { font-size: 13px; overflow-wrap: anywhere; }
.bad b { color: var(--bad); }
"""


def write_page(path: Path, *reports: DatasetReport) -> None:
    """Write reports with thumbnails as one page of HTML, as a whole or not at all.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    atomic_write_text(path, page_of(*reports))


def page_of(*reports: DatasetReport) -> str:
    """Return reports as HTML: pictures and style are inside, nothing runs and nothing is loaded."""
    title = _text(" and ".join(map(_name, reports)))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(f"<article>\n{_article(report)}\n</article>" for report in reports)
        + "\n</body></html>\n"
    )


def _name(report: DatasetReport) -> str:
    return Path(os.path.realpath(report.folder)).name or str(report.folder)


def _article(report: DatasetReport) -> str:
    bad = [photo for photo in report.photos if photo.finding != "good"]
    good = [photo for photo in report.photos if photo.finding == "good"]
    body = [
        f"<h1>{_text(_name(report))}</h1>",
        f'<p class="soft">{_text(report.layout)}</p>',
        f'<p class="verdict">{_text(report.verdict)}</p>',
        f'<p class="soft">{_text(gain_text(report))}</p>',
        *(f'<p class="warning">{_text(warning)}</p>' for warning in report.warnings),
        "<h2>In numbers</h2>",
        _table(facts_of(report)),
        "<h2>Sharpness</h2>",
        _histogram(report),
    ]
    if report.skipped:
        lines = ((skip.path.name, skip.reason) for skip in report.skipped)
        body += ["<h2>Left out</h2>", _table(lines)]
    if bad:
        body += ["<h2>Photos with something wrong</h2>", _photos(bad)]
    if good:
        body += ["<h2>Good photos</h2>", _photos(good)]
    return "\n".join(body)


def facts_of(report: DatasetReport) -> list[tuple[str, str]]:
    """Return a report's numbers as people read them, a name and a value each."""
    what = "pairs" if report.are_pairs else "photos"
    lines = [
        (what, f"{report.total}, of which {report.good} good"),
        ("usable pixels", f"{report.usable_pixels / 1e6:.1f} million"),
    ]
    if report.are_pairs:
        scale = "LR is as large as HR" if report.scale is None else f"×{report.scale}"
        lines.insert(1, ("scale", scale))
    for side in report.sides:
        which = "" if side is None else f"{side} "
        cameras = report.cameras(side).items()
        named = ", ".join(f"{camera or 'not said'} ({count})" for camera, count in cameras)
        sizes = list(report.sizes(side).items())
        shown = ", ".join(f"{width}×{height} ({count})" for (width, height), count in sizes[:6])
        more = f" and {len(sizes) - 6} other sizes" if len(sizes) > 6 else ""
        lines += [(f"{which}camera", named or "–"), (f"{which}size", (shown + more) or "–")]
    lines += [
        (words, format_count(count, "photo"))
        for finding, words in FINDING_WORDS.items()
        if finding != "good" and (count := report.count(finding))
    ]
    lines += [("shows the same", ", ".join(group)) for group in report.groups]
    return lines


def _histogram(report: DatasetReport) -> str:
    values = [p.sharpness for p in report.photos if p.finding != "damaged"]
    bins = [(low, high, sum(low <= v < high for v in values)) for low, high in pairwise(_STEPS)]
    filled = [place for place, (_, _, count) in enumerate(bins) if count]
    shown = bins[filled[0] : filled[-1] + 1] if filled else []
    most = max((count for _, _, count in bins), default=1)
    rows = []
    for low, high, count in shown:
        label = f"{low:g} to {high:g}" if high < float("inf") else f"{low:g} and more"
        bar = f'<span style="width:{100 * count / most:.0f}%"></span>' if count else ""
        rows.append(f'<tr><th>{label}</th><td>{count}</td><td class="bar">{bar}</td></tr>')
    note = f"Below {BLURRED_BELOW:g} a photo counts as blurred; straight from a camera, above 2."
    if report.are_pairs:
        note += " LR counts as blurred only where it is also much softer than the other LR."
    return f'<table class="bins">{"".join(rows)}</table><p class="soft">{note}</p>'


def _photos(photos: Iterable[CheckedPhoto]) -> str:
    return f'<div class="photos">{"".join(map(_figure, photos))}</div>'


def _figure(photo: CheckedPhoto) -> str:
    picture = "no picture"
    if photo.thumbnail:
        data = base64.b64encode(photo.thumbnail).decode("ascii")
        picture = f'<img alt="" src="data:image/jpeg;base64,{data}">'
    lines = [_text(photo.name) + (f" · {photo.side}" if photo.side else "")]
    if photo.width_px:
        lines.append(f"{photo.width_px}×{photo.height_px}, sharpness {photo.sharpness:.1f}")
    if photo.camera:
        lines.append(_text(photo.camera))
    if photo.finding != "good":
        lines.append(f"<b>{FINDING_WORDS[photo.finding]}</b>: {_text(photo.sentence)}")
    kind = "good" if photo.finding == "good" else "bad"
    return (
        f'<figure class="{kind}"><div>{picture}</div>'
        f"<figcaption>{'<br>'.join(lines)}</figcaption></figure>"
    )


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"


def _text(text: str) -> str:
    """Return text safe in HTML; bytes of a file name that are no text become question marks."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))
