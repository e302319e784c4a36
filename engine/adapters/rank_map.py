"""The rank map: every site with its score, its cost and the rank it got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.adapters.allocation import Candidate, allocate_ranks
from engine.adapters.factorisation import factorisation_for, parameters_per_rank
from engine.adapters.sites import Site
from engine.config.adapter import AdapterSettings, budget_parameters
from engine.events import RankedSite, RankMapReady


@dataclass(frozen=True, slots=True)
class RankMap:
    """Ranks by site, and what they were decided on.

    Attributes:
        sites: All sites considered, in the network's order.
        scores: Importance by site name.
        ranks: Rank by site name; 0 leaves a site untouched.
        budget_parameters: Trainable parameters that were allowed.
        trainable_parameters: Trainable parameters that the ranks cost.
        backbone_parameters: Parameters of the backbone.
        score_stability: Mean Spearman correlation of the scores across mini-batches.
        settings: Strategy, bounds and factorisation.
    """

    sites: tuple[Site, ...]
    scores: Mapping[str, float]
    ranks: Mapping[str, int]
    budget_parameters: int
    trainable_parameters: int
    backbone_parameters: int
    score_stability: float | None
    settings: AdapterSettings

    @property
    def adapted(self) -> tuple[Site, ...]:
        """The sites with a rank above 0."""
        return tuple(site for site in self.sites if self.ranks[site.name] > 0)

    def rank_pattern(self) -> dict[str, int]:
        """Rank by site name, adapted sites only, as PEFT's `rank_pattern`."""
        return {site.name: self.ranks[site.name] for site in self.adapted}

    def rows(self) -> tuple[RankedSite, ...]:
        """The map as a table."""
        candidates = {c.name: c for c in candidates_of(self.sites, self.scores, self.settings)}
        return tuple(
            RankedSite(
                site=site.name,
                kind=site.kind.value,
                block=site.block,
                column=site.column,
                score=self.scores[site.name],
                rank=self.ranks[site.name],
                max_rank=candidates[site.name].max_rank,
                rank_cost=candidates[site.name].rank_cost,
            )
            for site in self.sites
        )

    def event(self) -> RankMapReady:
        """The map as the event that announces it."""
        return RankMapReady(
            sites=self.rows(),
            budget_parameters=self.budget_parameters,
            trainable_parameters=self.trainable_parameters,
            backbone_parameters=self.backbone_parameters,
            score_stability=self.score_stability,
        )


def candidates_of(
    sites: Sequence[Site], scores: Mapping[str, float], settings: AdapterSettings
) -> list[Candidate]:
    """Return what allocation needs to know of each site under `settings`."""
    candidates = []
    for site in sites:
        factorisation = factorisation_for(site, settings.factorisation)
        candidates.append(
            Candidate(
                name=site.name,
                score=scores[site.name],
                rank_cost=parameters_per_rank(site, factorisation),
                max_rank=factorisation.max_rank(site.weight_shape),
                first_cost=site.bias_size if settings.train_bias else 0,
            )
        )
    return candidates


def plan_ranks(
    sites: Sequence[Site],
    scores: Mapping[str, float],
    settings: AdapterSettings,
    *,
    backbone_parameters: int,
    score_stability: float | None = None,
) -> RankMap:
    """Allocate ranks from scores (paper, algorithm 1). Cheap: a slider may call it live.

    Raises:
        BudgetError: If the fixed ranks alone exceed the budget.
        ConfigError: If the settings contradict each other or nothing can be adapted.
    """
    budget = budget_parameters(settings.budget, backbone_parameters)
    candidates = candidates_of(sites, scores, settings)
    ranks = allocate_ranks(
        candidates,
        budget=budget,
        r_min=settings.r_min,
        r_max=settings.r_max,
        strategy=settings.strategy,
        pins=settings.pins,
    )
    return RankMap(
        sites=tuple(sites),
        scores=dict(scores),
        ranks=ranks,
        budget_parameters=budget,
        trainable_parameters=sum(c.cost(ranks[c.name]) for c in candidates),
        backbone_parameters=backbone_parameters,
        score_stability=score_stability,
        settings=settings,
    )


def without_ranks(
    sites: Sequence[Site], settings: AdapterSettings, *, backbone_parameters: int
) -> RankMap:
    """Return the map of a method that allocates no ranks: every parameter trains."""
    nothing = {site.name: 0 for site in sites}
    return RankMap(
        sites=tuple(sites),
        scores=dict.fromkeys(nothing, 0.0),
        ranks=nothing,
        budget_parameters=backbone_parameters,
        trainable_parameters=backbone_parameters,
        backbone_parameters=backbone_parameters,
        score_stability=None,
        settings=settings,
    )
