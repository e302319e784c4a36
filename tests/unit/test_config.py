"""Settings: budgets, refusals in words, the paper's numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.config.adapter import AdapterSettings, budget_parameters
from engine.config.base import as_config_error
from engine.config.training import PAPER_FULL_TRAINING, PAPER_TRAINING, TrainingSettings
from engine.errors import ConfigError


@given(st.integers(1, 10**9), st.integers(1, 10**8))
def test_a_number_is_that_many_parameters(number, backbone):
    assert budget_parameters(str(number), backbone) == number


@given(st.integers(1, 100), st.integers(1, 10**8))
def test_a_percentage_is_never_more_than_that_share(percent, backbone):
    parameters = budget_parameters(f"{percent}%", backbone)
    assert parameters * 100 <= percent * backbone < (parameters + 1) * 100


@pytest.mark.parametrize("budget", ["", "0", "0%", "-3", "8 percent", "%", "1e5", "nan"])
def test_anything_else_is_no_budget(budget):
    with pytest.raises(ConfigError, match="is not a budget"):
        AdapterSettings(budget=budget)


@pytest.mark.parametrize(
    ("settings", "values", "says"),
    [
        (TrainingSettings, {"stepps": 5}, "stepps: Extra inputs are not permitted"),
        (TrainingSettings, {"steps": 0}, "steps: Input should be greater than or equal to 1"),
        (TrainingSettings, {"milestones": (0.5, 1.5)}, "fractions between 0 and 1"),
        (AdapterSettings, {"r_min": 9, "r_max": 8}, r"r_min \(9\) is above r_max \(8\)"),
    ],
)
def test_a_wrong_setting_is_named(settings, values, says):
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    with pytest.raises(ConfigError, match=says):
        raise as_config_error(caught.value)


def test_the_papers_recipe():
    assert PAPER_TRAINING.steps == 100_000
    assert PAPER_TRAINING.batch == 8
    assert PAPER_TRAINING.patch * 4 == 256
    assert PAPER_FULL_TRAINING.gamma == 0.5
    assert [round(m * 500) for m in PAPER_FULL_TRAINING.milestones] == [250, 400, 450, 475]


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        (TrainingSettings, {"learning_rate": 1e30}),
        (TrainingSettings, {"learning_rate": float("inf")}),
        (TrainingSettings, {"clip_norm": float("inf")}),
        (AdapterSettings, {"alpha": float("inf")}),
    ],
)
def test_a_number_no_training_survives_is_refused_in_words(settings, values):
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    error = as_config_error(caught.value)
    assert next(iter(values)) in str(error)
