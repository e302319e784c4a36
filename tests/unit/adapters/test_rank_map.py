"""The rank map: what it counts, exports and shows."""

import pytest

from engine.adapters.rank_map import plan_ranks
from engine.adapters.sites import find_sites
from engine.config.adapter import AdapterSettings
from tests.tiny_backbones import tiny_backbone


@pytest.fixture(scope="module")
def sites():
    return find_sites(tiny_backbone("SwinIR").module)


def plan(sites, **settings):
    scores = {site.name: float(index) for index, site in enumerate(sites)}
    return plan_ranks(
        sites,
        scores,
        AdapterSettings(**settings),
        backbone_parameters=20_000,
        score_stability=0.9,
    )


def test_rows_agree_with_the_ranks_and_their_cost(sites):
    rank_map = plan(sites, budget="10%")
    rows = rank_map.rows()
    assert [row.site for row in rows] == [site.name for site in sites]
    assert sum(row.rank * row.rank_cost for row in rows) == rank_map.trainable_parameters
    assert rank_map.trainable_parameters <= rank_map.budget_parameters == 2000
    assert all(0 <= row.rank <= row.max_rank for row in rows)


def test_the_pattern_holds_adapted_sites_only(sites):
    rank_map = plan(sites, budget="3%")
    pattern = rank_map.rank_pattern()
    assert 0 < len(pattern) < len(sites)
    assert min(pattern.values()) > 0
    assert set(pattern) == {site.name for site in rank_map.adapted}


def test_a_larger_budget_never_lowers_a_rank(sites):
    before = plan(sites, budget="2%").ranks
    for percent in (4, 8, 16, 32):
        after = plan(sites, budget=f"{percent}%").ranks
        # proportional order is fixed by the scores; only the last, cheaper ranks may move
        assert sum(after.values()) >= sum(before.values())
        before = after


def test_the_event_carries_the_whole_map(sites):
    event = plan(sites).event()
    assert len(event.sites) == len(sites)
    assert event.backbone_parameters == 20_000
    assert event.score_stability == 0.9


def test_pins_reach_the_allocation(sites):
    name = sites[0].name
    assert plan(sites, pins={name: 3}).ranks[name] == 3
