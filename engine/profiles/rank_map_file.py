"""The rank map as a JSON document: a table for people, a PEFT-style `rank_pattern` for tools."""

from typing import TYPE_CHECKING

from engine.config.adapter import AdapterSettings
from engine.errors import ProfileError
from engine.events import RankedSite
from engine.profiles.provenance import Record

if TYPE_CHECKING:
    from engine.adapters.rank_map import RankMap
    from engine.backbones.backbone import Backbone

FORMAT_VERSION = 1


class RankMapFile(Record):
    """A rank map as stored.

    Attributes:
        format_version: Raised whenever an older version could not read it.
        sites: All sites considered, in the network's order.
        rank_pattern: Rank by site name, adapted sites only.
        budget_parameters: Trainable parameters that were allowed.
        trainable_parameters: Trainable parameters that the ranks cost.
        backbone_parameters: Parameters of the backbone.
        score_stability: Mean Spearman correlation of the scores across mini-batches.
        settings: Strategy, bounds, factorisation and scaling.
    """

    format_version: int = FORMAT_VERSION
    sites: tuple[RankedSite, ...]
    rank_pattern: dict[str, int]
    budget_parameters: int
    trainable_parameters: int
    backbone_parameters: int
    score_stability: float | None
    settings: AdapterSettings

    @classmethod
    def of(cls, rank_map: "RankMap") -> "RankMapFile":
        """Return the document of a rank map."""
        return cls(
            sites=rank_map.rows(),
            rank_pattern=rank_map.rank_pattern(),
            budget_parameters=rank_map.budget_parameters,
            trainable_parameters=rank_map.trainable_parameters,
            backbone_parameters=rank_map.backbone_parameters,
            score_stability=rank_map.score_stability,
            settings=rank_map.settings,
        )

    def rank_map(self, backbone: "Backbone") -> "RankMap":
        """Return the rank map again, on the sites of the backbone it was made for.

        Raises:
            ProfileError: If the backbone has no such sites: it is another one.
        """
        from engine.adapters.rank_map import RankMap  # noqa: PLC0415 - brings torch
        from engine.adapters.sites import find_sites  # noqa: PLC0415 - brings torch

        found = {
            site.name: site
            for site in find_sites(backbone.module, joint_qkv=self.settings.joint_qkv)
        }
        missing = [row.site for row in self.sites if row.site not in found]
        if missing:
            raise ProfileError(
                f"This rank map was made for another network: {backbone.name} has no layer "
                f"{missing[0]}.",
                remedy="Use it with the network it was made for.",
            )
        return RankMap(
            sites=tuple(found[row.site] for row in self.sites),
            scores={row.site: row.score for row in self.sites},
            ranks={row.site: row.rank for row in self.sites},
            budget_parameters=self.budget_parameters,
            trainable_parameters=self.trainable_parameters,
            backbone_parameters=self.backbone_parameters,
            score_stability=self.score_stability,
            settings=self.settings,
        )
