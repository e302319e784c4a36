"""An adaptation of a tiny network, planned without a score, for tests."""

from engine.adapters.methods import METHODS, Adaptation
from engine.adapters.rank_map import plan_ranks
from engine.adapters.sites import find_sites
from engine.backbones.backbone import Backbone
from engine.config.adapter import AdapterSettings


def tiny_adaptation(backbone: Backbone, seed: int = 0, method: str = "adaptsr") -> Adaptation:
    """Return what trains 40 % of a backbone's numbers, every site scored alike."""
    sites = find_sites(backbone.module)
    rank_map = plan_ranks(
        sites,
        {site.name: 1.0 for site in sites},
        AdapterSettings(budget="40%"),
        backbone_parameters=backbone.parameter_count,
    )
    return METHODS.get(method).build(backbone, rank_map, seed)
