"""Gives the sites of a rank map other ranks from the scores it holds, without a network or torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.adapters.allocation import Candidate, allocate_ranks
from engine.events import RankedSite


@dataclass(frozen=True, slots=True)
class RankChange:
    """A site that gets another rank."""

    site: str
    before: int
    after: int


def reallocated(
    sites: Sequence[RankedSite],
    *,
    budget: int,
    r_min: int = 0,
    r_max: int = 16,
    strategy: str = "proportional",
    pins: Mapping[str, int] | None = None,
) -> tuple[RankedSite, ...]:
    """Return the rank map that these settings give from the scores at hand (paper, algorithm 1).

    Trained biases, which cost parameters too, are not counted.

    Args:
        sites: A rank map's rows.
        budget: Trainable parameters to spend.
        r_min: Rank that every site gets first.
        r_max: Highest rank given.
        strategy: A name of `engine.adapters.allocation.STRATEGIES`.
        pins: Ranks the user fixed, by site name.

    Raises:
        BudgetError: If pins and `r_min` alone cost more than the budget.
        ConfigError: If the settings contradict each other.
    """
    ranks = allocate_ranks(
        [Candidate(site.site, site.score, site.rank_cost, site.max_rank) for site in sites],
        budget=budget,
        r_min=r_min,
        r_max=r_max,
        strategy=strategy,
        pins=pins,
    )
    return tuple(replace(site, rank=ranks[site.site]) for site in sites)


def rank_changes(
    before: Sequence[RankedSite], after: Sequence[RankedSite]
) -> tuple[RankChange, ...]:
    """Return the sites of both maps whose ranks differ, the largest difference first."""
    ranks = {site.site: site.rank for site in before}
    changes = [
        RankChange(site.site, ranks[site.site], site.rank)
        for site in after
        if ranks.get(site.site, site.rank) != site.rank
    ]
    return tuple(sorted(changes, key=lambda change: -abs(change.after - change.before)))


def spent_parameters(sites: Sequence[RankedSite]) -> int:
    """Return how many numbers the ranks train."""
    return sum(site.rank * site.rank_cost for site in sites)
