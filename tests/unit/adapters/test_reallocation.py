"""Other ranks from the scores a rank map holds."""

import pytest

from engine.adapters.allocation import STRATEGIES
from engine.adapters.reallocation import rank_changes, reallocated, spent_parameters
from engine.config.adapter import AdapterSettings
from engine.errors import BudgetError
from tests.profile_samples import adapted, tiny_backbone


@pytest.fixture(scope="module")
def rank_map():
    return adapted(tiny_backbone())[1]


def test_the_settings_it_was_made_with_give_the_same_map_again(rank_map):
    settings: AdapterSettings = rank_map.settings
    again = reallocated(
        rank_map.rows(),
        budget=rank_map.budget_parameters,
        r_min=settings.r_min,
        r_max=settings.r_max,
        strategy=settings.strategy,
    )
    assert again == rank_map.rows()
    assert rank_changes(rank_map.rows(), again) == ()
    assert spent_parameters(again) == rank_map.trainable_parameters


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_a_pin_is_kept_and_the_budget_still_holds(rank_map, strategy):
    rows = rank_map.rows()
    pins = {rows[0].site: 3}
    after = reallocated(
        rows, budget=rank_map.budget_parameters, r_max=8, strategy=strategy, pins=pins
    )
    assert after[0].rank == 3
    assert spent_parameters(after) <= rank_map.budget_parameters


def test_changes_come_largest_first_and_say_both_ranks(rank_map):
    rows = rank_map.rows()
    last = rows[-1]
    pins = {last.site: 0, rows[0].site: min(rows[0].max_rank, rows[0].rank + 1)}
    after = reallocated(rows, budget=rank_map.budget_parameters, r_max=8, pins=pins)
    changes = rank_changes(rows, after)
    assert {change.site for change in changes} >= {last.site}
    sizes = [abs(change.after - change.before) for change in changes]
    assert sizes == sorted(sizes, reverse=True)


def test_pins_beyond_the_budget_are_one_clear_error(rank_map):
    rows = rank_map.rows()
    with pytest.raises(BudgetError):
        reallocated(rows, budget=1, pins={rows[0].site: 2})
