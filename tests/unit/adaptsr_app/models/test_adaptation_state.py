"""The wizard's state: kept at every change, read back the same, and never in the way."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from adaptsr_app.models.adaptation import (
    EFFORT_STEPS,
    AdaptationModel,
    AdaptationState,
    Measured,
    Ranking,
    training_for,
)
from engine.config.training import TrainingSettings
from engine.errors import BudgetError
from engine.events import RankedSite

SITES = tuple(
    RankedSite(f"site{i}", "conv", f"block{i // 2}", "conv", float(i + 1), 0, 8, 10)
    for i in range(6)
)
SOURCES = {
    "source": "data set",
    "pairs": Path("pairs"),
    "usable": 30,
    "backbone": "safmn-x2",
    "name": "Phone",
}


def ranked(**changes):
    state = AdaptationState(**{**SOURCES, **changes})
    ranking = Ranking(key=state.data_key, sites=SITES, backbone_parameters=1000)
    return state.model_copy(update={"ranking": ranking})


def test_only_a_real_change_is_announced(qtbot):
    adaptation = AdaptationModel(AdaptationState())
    with qtbot.waitSignal(adaptation.changed):
        adaptation.update(name="Phone")
    with qtbot.assertNotEmitted(adaptation.changed):
        adaptation.update(name="Phone")
    with pytest.raises(ValidationError):
        adaptation.update(scale="many")
    assert adaptation.state.scale == 2


@pytest.mark.parametrize(("usable", "kept_out"), [(3, 1), (12, 2), (70, 10), (500, 10)])
def test_some_photos_are_kept_out_and_most_are_learnt_from(usable, kept_out):
    state = AdaptationState(**{**SOURCES, "usable": usable})
    assert state.settings(Path("out")).val == kept_out


def test_phone_photos_alone_become_a_camera_to_imitate():
    state = AdaptationState(
        **{**SOURCES, "source": "camera"}, sharp_folder=Path("sharp"), phone_folder=Path("phone")
    )
    settings = state.settings(Path("out"))
    assert (settings.lr_from, settings.pairs, settings.camera) == (
        "camera",
        Path("sharp"),
        Path("phone"),
    )


def test_another_budget_gives_other_ranks_from_the_same_scores():
    spent = []
    for budget in ("3%", "10%", "30%"):
        state = ranked()
        adapter = state.adapter.model_copy(update={"budget": budget})
        found = state.model_copy(update={"adapter": adapter}).ranked()
        assert found.trainable_parameters <= found.budget_parameters
        spent.append(found.trainable_parameters)
    assert spent[0] < spent[1] < spent[2]


def test_scores_of_other_photos_or_another_network_are_not_used():
    state = ranked()
    assert state.has_ranking
    for change in ({"backbone": "other"}, {"pairs": Path("others")}, {"usable": 29}):
        other = state.model_copy(update=change)
        assert not other.has_ranking
        assert other.ranked() is None


def test_ranks_that_cost_more_than_the_budget_are_refused_in_words():
    state = ranked()
    adapter = state.adapter.model_copy(update={"budget": "1%", "r_min": 4})
    with pytest.raises(BudgetError):
        state.model_copy(update={"adapter": adapter}).ranked()


def test_a_longer_training_is_predicted_to_take_longer():
    measured = Measured(
        seconds_per_step=0.5,
        seconds_per_validation=2,
        seconds_to_judge=10,
        memory_bytes=1,
        disk_bytes=1,
        device="cpu",
    )
    times = [measured.seconds_for(training_for(e, TrainingSettings())) for e in EFFORT_STEPS]
    assert times == sorted(times)
    assert times[0] > EFFORT_STEPS["quick"] * 0.5 + 10
