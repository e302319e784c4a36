"""A rank map for other programs: a table as CSV, and a preset for the next adaptation as TOML."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

from engine.config.adapter import AdapterSettings
from engine.events import RankedSite

_COLUMNS = (
    "site", "kind", "block", "column", "score", "rank", "max_rank", "parameters",
    "delta_norm", "effective_rank",
)  # fmt: skip


def rank_map_csv(
    sites: Sequence[RankedSite],
    delta_norm: Mapping[str, float] | None = None,
    effective_rank: Mapping[str, float] | None = None,
) -> str:
    """Return a rank map as a table with a header line.

    Args:
        sites: Its rows.
        delta_norm: ‖ΔW‖ by site name, where measured; other cells stay empty.
        effective_rank: Of ΔW by site name, where measured.
    """
    norms, effective = delta_norm or {}, effective_rank or {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for site in sites:
        writer.writerow(
            [
                site.site,
                site.kind,
                site.block,
                site.column,
                repr(site.score),
                site.rank,
                site.max_rank,
                site.rank * site.rank_cost,
                norms.get(site.site, ""),
                effective.get(site.site, ""),
            ]
        )
    return text.getvalue()


def preset_toml(settings: AdapterSettings) -> str:
    """Return adapter settings, pins included, as a preset that `adaptsr adapt --preset` reads."""
    defaults = AdapterSettings().model_dump()
    lines = ["[adapter]"]
    for name, value in settings.model_dump().items():
        if name != "pins" and value != defaults[name]:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    if settings.pins:
        lines += ["", "[adapter.pins]"]
        lines += [f"{json.dumps(site)} = {rank}" for site, rank in settings.pins.items()]
    return "\n".join(lines) + "\n"
