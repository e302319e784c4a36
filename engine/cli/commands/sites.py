"""Does `adaptsr sites`: the layers of a network that may carry an update."""

from rich.table import Table

from engine.adapters.rank_map import candidates_of
from engine.adapters.sites import find_sites, select_sites
from engine.backbones.loading import load_backbone
from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.settings import build
from engine.config.adapter import AdapterSettings


def sites(invocation: Invocation, *, backbone: str) -> None:
    """List a network's layers, and what a rank costs there."""
    settings = build(AdapterSettings, invocation.values)
    network = perform("sites", lambda _emit, _token: load_backbone(backbone), invocation)
    found = select_sites(
        find_sites(network.module, joint_qkv=settings.joint_qkv), kinds=settings.kinds
    )
    candidates = candidates_of(found, {site.name: 0.0 for site in found}, settings)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("layer", "kind", "block", "column", "shape"):
        table.add_column(name, no_wrap=True)
    for name in ("parameters", "per rank", "highest rank"):
        table.add_column(name, justify="right")
    for site, candidate in zip(found, candidates, strict=True):
        table.add_row(
            site.name,
            site.kind.value,
            site.block,
            site.column,
            "×".join(map(str, site.weight_shape)),
            f"{site.parameter_count:,}",
            f"{candidate.rank_cost:,}",
            str(candidate.max_rank),
        )
    summary = (
        f"{network.name}: {network.architecture} x{network.scale}, "
        f"{network.parameter_count:,} parameters, {len(found)} layers."
    )
    invocation.terminal.result(
        {
            "backbone": {
                "name": network.name,
                "architecture": network.architecture,
                "scale": network.scale,
                "parameters": network.parameter_count,
                "sha256": network.sha256,
            },
            "sites": [
                {
                    "site": site.name,
                    "kind": site.kind.value,
                    "block": site.block,
                    "column": site.column,
                    "shape": list(site.weight_shape),
                    "groups": site.groups,
                    "parameters": site.parameter_count,
                    "rank_cost": candidate.rank_cost,
                    "max_rank": candidate.max_rank,
                }
                for site, candidate in zip(found, candidates, strict=True)
            ],
        },
        table,
        summary,
    )
