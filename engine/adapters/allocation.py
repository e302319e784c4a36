"""Algorithm 1: turns importance scores into one rank per site under a parameter budget."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import BudgetError, ConfigError
from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class Candidate:
    """What allocation needs to know of one site.

    Attributes:
        name: The site's name; ties are broken by it.
        score: Importance, at least 0.
        rank_cost: Trainable parameters of one rank.
        max_rank: Highest rank this site may get.
        first_cost: Parameters that come with the first rank and only then (a trained bias).
    """

    name: str
    score: float
    rank_cost: int
    max_rank: int
    first_cost: int = 0

    def cost(self, rank: int) -> int:
        """Trainable parameters at `rank`."""
        return rank * self.rank_cost + (self.first_cost if rank else 0)

    def next_cost(self, rank: int) -> int:
        """Trainable parameters of going from `rank` to one more."""
        return self.rank_cost + (0 if rank else self.first_cost)


class _Allotment:
    """Ranks given so far and the budget that is left."""

    def __init__(self, candidates: Sequence[Candidate], budget: int) -> None:
        self.candidates = sorted(candidates, key=lambda c: c.name)
        self.ranks = {c.name: 0 for c in self.candidates}
        self.left = budget

    def raise_by_one(self, candidate: Candidate) -> bool:
        """Give one more rank if it is allowed and affordable."""
        rank = self.ranks[candidate.name]
        cost = candidate.next_cost(rank)
        if rank >= candidate.max_rank or cost > self.left:
            return False
        self.ranks[candidate.name] = rank + 1
        self.left -= cost
        return True


Strategy = Callable[[_Allotment], None]
STRATEGIES: Registry[Strategy] = Registry("allocation strategy")


def _greedy(allotment: _Allotment) -> None:
    """The paper's rule: the best site to its maximum, then the next."""
    for candidate in sorted(allotment.candidates, key=lambda c: -c.score):
        while allotment.raise_by_one(candidate):
            pass


def _proportional(allotment: _Allotment) -> None:
    """One rank at a time to the largest (score² / cost) / (rank + 1).

    score² / cost is the first-order gain per parameter that equation 7 bounds; dividing by
    rank + 1 gives each site ranks in proportion to it. The cost is that of the next rank, a bias
    that comes with the first one included.
    """

    def entry(candidate: Candidate) -> tuple[float, str, Candidate]:
        rank = allotment.ranks[candidate.name]
        gain = candidate.score**2 / candidate.next_cost(rank) / (rank + 1)
        return (-gain, candidate.name, candidate)

    queue = [entry(candidate) for candidate in allotment.candidates]
    heapq.heapify(queue)
    while queue:
        candidate = heapq.heappop(queue)[2]
        if allotment.raise_by_one(candidate):
            heapq.heappush(queue, entry(candidate))


def _uniform(allotment: _Allotment) -> None:
    """The same rank everywhere; what is left over goes round once more, the best site first.

    By name, it would always go to the same end of the network, whatever the photos.
    """
    queue = sorted(allotment.candidates, key=lambda c: -c.score)
    while queue:
        queue = [candidate for candidate in queue if allotment.raise_by_one(candidate)]


STRATEGIES.add("proportional", _proportional)
STRATEGIES.add("greedy", _greedy)
STRATEGIES.add("uniform", _uniform)


def allocate_ranks(
    candidates: Sequence[Candidate],
    *,
    budget: int,
    r_min: int = 0,
    r_max: int = 16,
    strategy: str = "proportional",
    pins: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return a rank for every site (paper, algorithm 1).

    The budget counts trainable parameters. It is never exceeded, and what is left over is
    smaller than the cheapest rank still allowed. The result does not depend on the order of
    `candidates`.

    Args:
        candidates: The sites; names are unique.
        budget: Trainable parameters to spend.
        r_min: Rank that every site gets first.
        r_max: Highest rank given; a site's own `max_rank` bounds it further.
        strategy: "proportional", "greedy" (the paper's) or "uniform".
        pins: Ranks the user fixed, by site name; they are paid first and never changed.

    Raises:
        BudgetError: If pins and `r_min` alone cost more than the budget.
        ConfigError: If `r_min` > `r_max`, a pin is unknown or out of range, or the strategy is.
    """
    if not 0 <= r_min <= r_max:
        raise ConfigError(
            f"The lowest rank ({r_min}) must lie between 0 and the highest ({r_max})."
        )
    spend = STRATEGIES.get(strategy)
    pinned = _checked_pins(candidates, pins or {})
    by_name = {c.name: c for c in candidates}
    free = [
        Candidate(c.name, c.score, c.rank_cost, min(c.max_rank, r_max), c.first_cost)
        for c in candidates
        if c.name not in pinned
    ]
    floor = sum(by_name[name].cost(rank) for name, rank in pinned.items())
    floor += sum(c.cost(min(r_min, c.max_rank)) for c in free)
    if floor > budget:
        raise BudgetError(
            f"The fixed ranks need {floor:,} parameters, the budget is {budget:,}.",
            remedy="Raise the budget, lower the lowest rank, or release a fixed layer.",
        )
    allotment = _Allotment(free, budget - sum(by_name[n].cost(r) for n, r in pinned.items()))
    for candidate in allotment.candidates:
        for _ in range(min(r_min, candidate.max_rank)):
            allotment.raise_by_one(candidate)
    spend(allotment)
    ranks = allotment.ranks | pinned
    return {c.name: ranks[c.name] for c in candidates}


def _checked_pins(candidates: Sequence[Candidate], pins: Mapping[str, int]) -> dict[str, int]:
    limits = {c.name: c.max_rank for c in candidates}
    for name, rank in pins.items():
        if name not in limits:
            raise ConfigError(f"There is no layer called {name!r} to fix the rank of.")
        if not 0 <= rank <= limits[name]:
            raise ConfigError(f"The rank of {name} must lie between 0 and {limits[name]}.")
    return dict(pins)
