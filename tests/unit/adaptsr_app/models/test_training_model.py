"""A training's events become curves, what was reached, a pace and a time left."""

from pathlib import Path

import pytest

from adaptsr_app.models.training import Series, Training
from engine.events import (
    BaselinesReady,
    CheckpointSaved,
    FileSkipped,
    Notice,
    PairsReady,
    Progress,
    StepSkipped,
    TrainingStep,
    Validated,
    VerdictReady,
)


def test_a_whole_training_is_folded():
    training = Training()
    for event in (
        PairsReady(("a", "b"), ("c",), 0),
        BaselinesReady(24.0, 25.0),
        TrainingStep(1, 4, 0.5, 1e-3, 0.1, 0.3),
        TrainingStep(2, 4, 0.4, 5e-4, 0.2, 0.4),
        Validated(2, 26.0, 26.0),
        StepSkipped(3, 1),
        Validated(4, 25.5, 26.0),
        CheckpointSaved(4, Path("c.pt")),
        Notice("A word."),
        FileSkipped(Path("x.jpg"), "no"),
        Progress("evaluate", 1, 4, "c"),
        VerdictReady(True, "Better.", 1.0, 1),
    ):
        training.fold(event)
    assert training.loss == Series([1, 2], [0.5, 0.4])
    assert training.learning_rate.values == [1e-3, 5e-4]
    assert training.psnr_y_db == Series([2, 4], [26.0, 25.5])
    assert training.latest == (4, 25.5)
    assert training.gain_db == 0.5
    assert (training.step, training.total, training.seconds_per_step) == (2, 4, 0.2)
    assert training.saved_step == 4
    assert (training.train, training.val) == (("a", "b"), ("c",))
    assert training.notices == ["A word."]
    assert (training.stage, training.share, training.text) == ("evaluate", 0.25, "c")
    assert training.verdict is not None


def test_nothing_is_known_before_the_first_event():
    training = Training()
    assert training.latest is None
    assert training.gain_db is None
    assert training.eta_s is None


@pytest.mark.parametrize("from_step", [1, 2, 3])
def test_steps_that_are_done_again_replace_what_was_drawn(from_step):
    series = Series()
    for step in (1, 2, 3):
        series.add(step, 0.0)
    series.add(from_step, 1.0)
    assert series.steps == list(range(1, from_step + 1))
    assert series.values[-1] == 1.0
