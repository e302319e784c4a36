import io
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from engine import events
from engine.cli.event_lines import STAGES, line_for
from engine.cli.progress import ProgressView
from engine.cli.quality_tables import quality_table
from engine.cli.sparkline import sparkline
from engine.cli.tables import rank_table
from engine.events import (
    BaselinesReady,
    CheckpointSaved,
    CropReady,
    Event,
    FileSkipped,
    JobCancelled,
    JobFailed,
    JobFinished,
    Notice,
    PairRegistered,
    PairsReady,
    PhotoFailed,
    PhotoFinished,
    PhotoNotice,
    PhotoStarted,
    Progress,
    RankedSite,
    RankMapReady,
    Stage,
    StepSkipped,
    TrainingStep,
    Validated,
    VerdictReady,
)
from engine.metrics.quality import PhotoQuality

SITE = RankedSite("feats.0.a", "conv", "feats.0", "a", 0.5, 2, 8, 100)
ONE_OF_EACH: list[Event] = [
    Progress("pairs", 0, 3, "001"),
    FileSkipped(Path("a/b [1].jpg"), "It is blank."),
    Notice("Hello."),
    PairsReady(("a", "b"), ("c",), 1),
    PairRegistered("a", "good", "The photos fit."),
    RankMapReady((SITE,), 300, 200, 1000, None),
    BaselinesReady(25.0, 26.0),
    TrainingStep(1, 10, 0.05, 1e-3, 0.2, 1.8),
    Validated(5, 26.5, 26.75),
    CropReady("a", *[np.zeros((2, 2, 3), np.uint8)] * 4),
    CheckpointSaved(5, Path("work/checkpoint.pt")),
    StepSkipped(6, 1),
    VerdictReady(True, "Better.", 1.0, 3),
    PhotoStarted(Path("a.jpg"), 0, 2),
    PhotoFinished(Path("a.jpg"), Path("out/a.png"), 2.0),
    PhotoFailed(Path("b.jpg"), "It is damaged."),
    PhotoNotice(Path("c.jpg"), "Its name was shortened."),
    JobFinished("adapt", 3.0),
    JobCancelled("adapt"),
    JobFailed("adapt", "x", True),
]


def console(*, is_terminal: bool) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(
        file=stream, force_terminal=is_terminal, width=100, markup=False, highlight=False
    ), stream


def test_the_samples_cover_every_kind_of_event() -> None:
    kinds = {type(event) for event in ONE_OF_EACH}
    assert kinds == set(get_args(events.Event))


@pytest.mark.parametrize("is_terminal", [True, False])
def test_every_event_can_be_shown(*, is_terminal: bool) -> None:
    target, stream = console(is_terminal=is_terminal)
    with ProgressView(target) as view:
        for event in ONE_OF_EACH:
            view.emit(event)
    shown = stream.getvalue()
    for event in ONE_OF_EACH:
        line = line_for(event)
        assert line is None or line in shown
    assert "b [1].jpg: It is blank." in shown
    assert "26.50 dB (best 26.75 dB)" in shown
    assert "20.0% of the backbone's" in shown
    assert view.checkpoint == Path("work/checkpoint.pt")


def test_a_pipe_gets_few_lines_whatever_the_number_of_steps() -> None:
    target, stream = console(is_terminal=False)
    with ProgressView(target) as view:
        for step in range(1, 2001):
            view.emit(TrainingStep(step, 2000, 0.05, 1e-3, 0.2, (2000 - step) * 0.2))
    assert 1 <= stream.getvalue().count("\n") <= 3
    assert "Training  1/2000  6:40 left" in stream.getvalue()


def test_every_stage_has_words() -> None:
    assert set(STAGES) == set(Stage)


def test_a_curve_is_a_line_of_numbers_and_bars() -> None:
    line = sparkline([(100, 26.0), (200, 27.0), (300, 26.5)], 25.0)
    assert "25.00 dB ▁▅█▆ 26.50 dB" in line
    assert "best 27.00 dB at step 200" in line
    assert not sparkline([], 25.0)


@given(st.lists(st.floats(-10, 90), min_size=1, max_size=500))
def test_a_long_curve_stays_one_short_line(levels: list[float]) -> None:
    line = sparkline(list(enumerate(levels)), 26.0)
    assert len(line) < 170
    assert line.count("\n") == 0


def test_tables_show_means_and_the_most_important_layer_first() -> None:
    photos = [
        PhotoQuality(name, {"bicubic": value, "adapted": value + 1}, {"bicubic": 0.5, "adapted": 1})
        for name, value in (("x", 20.0), ("y", 30.0))
    ]
    target, stream = console(is_terminal=False)
    target.print(quality_table(photos, per_photo=True))
    assert "mean of 2" in stream.getvalue()
    assert "26.00" in stream.getvalue()
    low = RankedSite("low", "conv", "b", "c", 0.1, 0, 8, 10)
    target.print(rank_table([low, SITE]))
    assert stream.getvalue().index("feats.0.a") < stream.getvalue().index("low")
