"""Properties of Algorithm 1, for any sites, scores and budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.allocation import STRATEGIES, Candidate, allocate_ranks
from engine.errors import BudgetError, ConfigError


@st.composite
def candidates(draw):
    count = draw(st.integers(1, 12))
    return [
        Candidate(
            name=f"layer{index}",
            score=draw(st.sampled_from([0.0, 0.1, 0.5, 0.5, 1.0, 3.0])),
            rank_cost=draw(st.integers(1, 60)),
            max_rank=draw(st.integers(0, 12)),
            first_cost=draw(st.sampled_from([0, 0, 7])),
        )
        for index in range(count)
    ]


strategies = st.sampled_from(list(STRATEGIES))


@given(candidates(), st.integers(0, 3000), st.integers(1, 10), strategies)
def test_allocation_spends_the_budget_and_never_more(sites, budget, r_max, strategy):
    ranks = allocate_ranks(sites, budget=budget, r_max=r_max, strategy=strategy)
    left = budget - sum(site.cost(ranks[site.name]) for site in sites)
    assert left >= 0
    for site in sites:
        rank = ranks[site.name]
        assert 0 <= rank <= min(site.max_rank, r_max)
        assert rank == min(site.max_rank, r_max) or site.next_cost(rank) > left


@given(candidates(), st.integers(0, 3000), strategies, st.randoms(use_true_random=False))
def test_the_order_of_the_sites_does_not_matter(sites, budget, strategy, random):
    shuffled = list(sites)
    random.shuffle(shuffled)
    assert allocate_ranks(shuffled, budget=budget, strategy=strategy) == allocate_ranks(
        sites, budget=budget, strategy=strategy
    )


@given(candidates(), st.integers(0, 3000), st.integers(0, 3), strategies)
def test_every_site_gets_the_lowest_rank_or_the_budget_is_refused(sites, budget, r_min, strategy):
    floor = sum(site.cost(min(r_min, site.max_rank)) for site in sites)
    if floor > budget:
        with pytest.raises(BudgetError, match=f"{floor:,}") as caught:
            allocate_ranks(sites, budget=budget, r_min=r_min, strategy=strategy)
        assert caught.value.remedy
    else:
        ranks = allocate_ranks(sites, budget=budget, r_min=r_min, strategy=strategy)
        assert all(ranks[site.name] >= min(r_min, site.max_rank) for site in sites)


@given(candidates(), st.data(), strategies)
def test_pinned_ranks_are_kept_and_paid_for(sites, data, strategy):
    pins = {s.name: data.draw(st.integers(0, s.max_rank)) for s in sites[::2]}
    floor = sum(s.cost(pins[s.name]) for s in sites[::2])
    budget = floor + data.draw(st.integers(0, 500))
    ranks = allocate_ranks(sites, budget=budget, pins=pins, strategy=strategy, r_max=4)
    assert {name: ranks[name] for name in pins} == pins
    assert sum(site.cost(ranks[site.name]) for site in sites) <= budget


def test_greedy_fills_the_best_site_before_the_next():
    sites = [Candidate("a", 1.0, 10, 8), Candidate("b", 3.0, 10, 8), Candidate("c", 2.0, 10, 8)]
    assert allocate_ranks(sites, budget=120, r_max=8, strategy="greedy") == {
        "a": 0,
        "b": 8,
        "c": 4,
    }


def test_a_bias_that_comes_with_the_first_rank_is_part_of_its_price():
    sites = [Candidate("a", 3.0, 10, 8, first_cost=90), Candidate("b", 2.0, 10, 8)]
    assert allocate_ranks(sites, budget=100, strategy="proportional") == {"a": 0, "b": 8}


def test_what_uniform_leaves_over_goes_to_the_best_sites_whatever_their_names():
    sites = [Candidate(name, score, 10, 8) for name, score in (("a", 1.0), ("b", 3.0), ("c", 2.0))]
    ranks = allocate_ranks(sites, budget=50, strategy="uniform")
    assert ranks == {"a": 1, "b": 2, "c": 2}


def test_proportional_gives_ranks_in_proportion_to_score_squared_over_cost():
    sites = [Candidate("a", 1.0, 10, 99), Candidate("b", 3.0, 10, 99), Candidate("c", 3.0, 90, 99)]
    ranks = allocate_ranks(sites, budget=10 * 20 + 90 * 2, r_max=99)
    assert ranks == {"a": 2, "b": 18, "c": 2}


def test_uniform_ranks_differ_by_one_at_most():
    sites = [Candidate(name, score, 10, 8) for name, score in (("a", 9.0), ("b", 0.0), ("c", 1.0))]
    ranks = allocate_ranks(sites, budget=100, strategy="uniform")
    assert ranks == {"a": 4, "b": 3, "c": 3}


def test_ties_are_broken_by_name():
    sites = [Candidate(name, 1.0, 10, 1) for name in ("z", "m", "a")]
    for strategy in STRATEGIES:
        ranks = allocate_ranks(sites, budget=10, r_max=1, strategy=strategy)
        assert ranks == {"a": 1, "m": 0, "z": 0}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"r_min": 4, "r_max": 2}, "between 0 and the highest"),
        ({"pins": {"nowhere": 1}}, "no layer called 'nowhere'"),
        ({"pins": {"a": 9}}, "between 0 and 8"),
        ({"strategy": "gredy"}, "Did you mean 'greedy'"),
    ],
)
def test_contradictory_settings_are_refused_in_words(options, says):
    with pytest.raises(ConfigError, match=says):
        allocate_ranks([Candidate("a", 1.0, 10, 8)], budget=100, **options)
