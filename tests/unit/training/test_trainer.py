"""The training loop: it learns, resumes to the same numbers, stops when told, survives NaN."""

import itertools
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional

from engine.cancellation import Cancelled, CancelToken
from engine.config.training import TrainingSettings
from engine.errors import CheckpointError, TrainingDivergedError
from engine.events import CheckpointSaved, Notice, StepSkipped, TrainingStep, Validated
from engine.training.trainer import Progression, Trainer
from tests.tiny_adaptations import tiny_adaptation
from tests.tiny_backbones import tiny_backbone

CPU = torch.device("cpu")


class Smooth:
    """Batches whose HR is an enlarged LR: something a tiny network can learn."""

    def __init__(self, poisoned=()):
        self.poisoned = set(poisoned)

    def batch_at(self, step):
        generator = torch.Generator().manual_seed(step)
        lr = torch.rand(2, 3, 8, 8, generator=generator)
        if step in self.poisoned:
            lr = lr * float("nan")
        return lr, functional.interpolate(lr, scale_factor=2, mode="bilinear")


def adaptation(seed=0, method="adaptsr"):
    return tiny_adaptation(tiny_backbone("EDSR", seed=seed), seed, method)


def trainer(
    path=None, *, source=None, adapted=None, validate=None, emit=None, token=None, **changes
):
    settings = TrainingSettings(
        **{
            "steps": 12,
            "checkpoint_every": 4,
            "validate_every": 4,
            "learning_rate": 5e-3,
            "schedule": "multistep",
            "warmup_steps": 0,
        }
        | changes
    )
    return Trainer(
        adapted or adaptation(),
        source or Smooth(),
        settings,
        device=CPU,
        identity="this run",
        checkpoint=path,
        validate=validate,
        emit=emit or (lambda _event: None),
        token=token,
    )


def test_training_lowers_the_loss():
    losses = trainer(steps=60).run().losses
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_steps_are_reported_in_order_with_their_rate():
    events = []
    trainer(emit=events.append).run()
    steps = [event for event in events if isinstance(event, TrainingStep)]
    assert [event.step for event in steps] == list(range(1, 13))
    assert all(event.total == 12 for event in steps)
    assert steps[-1].eta_s == 0
    # x0.75 at 50, 75 and 90 % of the steps
    assert [round(e.learning_rate / 5e-3, 4) for e in steps] == (
        [1.0] * 6 + [0.75] * 3 + [0.5625] * 2 + [0.4219]
    )


@pytest.mark.parametrize("changes", [{}, {"ema_decay": 0.9}, {"precision": "bf16"}])
def test_a_resumed_run_gives_the_same_losses_and_weights_bit_for_bit(tmp_path, changes):
    whole = adaptation()
    expected = trainer(adapted=whole, **changes).run().losses

    token = CancelToken()

    def stop_after_six(event):
        if isinstance(event, TrainingStep) and event.step == 6:
            token.cancel()

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(Cancelled):
        trainer(path, emit=stop_after_six, token=token, **changes).run()
    resumed = adaptation(seed=0)
    progress = trainer(path, adapted=resumed, **changes).run(resume=True)
    assert progress.losses == expected
    state, other = resumed.state_dict(), whole.state_dict()
    assert all(torch.equal(state[key], other[key]) for key in other)


KILLED_RUN = """
    import json, os, signal, sys
    from pathlib import Path
    from tests.unit.training.test_trainer import trainer
    from engine.events import CheckpointSaved, TrainingStep

    def emit(event):
        if kill and isinstance(event, TrainingStep) and event.step == 7:
            os.kill(os.getpid(), signal.SIGKILL)

    path, kill, resume = Path(sys.argv[1]), sys.argv[2] == "kill", sys.argv[2] == "resume"
    print(json.dumps(trainer(path, emit=emit).run(resume=resume).losses))
"""


def run_script(path, how):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED_RUN), str(path), how],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_a_run_killed_by_the_system_resumes_to_the_same_losses(tmp_path):
    whole = run_script(tmp_path / "whole.pt", "whole")
    assert whole.returncode == 0, whole.stderr
    killed = run_script(tmp_path / "killed.pt", "kill")
    assert killed.returncode == -signal.SIGKILL
    resumed = run_script(tmp_path / "killed.pt", "resume")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout == whole.stdout


def test_pausing_saves_and_waits_and_resuming_goes_on(tmp_path):
    token, events = CancelToken(), []

    def emit(event):
        events.append(event)
        if isinstance(event, TrainingStep) and event.step == 2:
            token.pause()
        if isinstance(event, CheckpointSaved) and event.step == 2:
            token.resume()

    assert len(trainer(tmp_path / "c.pt", emit=emit, token=token).run().losses) == 12
    assert [e.step for e in events if isinstance(e, CheckpointSaved)] == [2, 4, 8, 12]


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    trainer(path).run()
    other = Trainer(
        adaptation(),
        Smooth(),
        TrainingSettings(steps=12),
        device=CPU,
        identity="another run",
        checkpoint=path,
    )
    with pytest.raises(CheckpointError, match="other photos or settings"):
        other.run(resume=True)


def test_resuming_nothing_is_an_error_that_says_so(tmp_path):
    with pytest.raises(CheckpointError, match="no interrupted training"):
        trainer(tmp_path / "missing.pt").run(resume=True)


def test_a_single_bad_step_is_skipped_and_training_goes_on():
    events = []
    progress = trainer(source=Smooth(poisoned=[5]), emit=events.append).run()
    assert [math.isnan(loss) for loss in progress.losses].index(True) == 5
    assert sum(math.isnan(loss) for loss in progress.losses) == 1
    assert [event for event in events if isinstance(event, StepSkipped)] == [StepSkipped(6, 1)]
    assert not progress.diverged


@pytest.mark.parametrize("ema_decay", [None, 0.5])
def test_repeated_bad_steps_stop_the_run_at_its_last_good_state(ema_decay):
    events, good = [], adaptation()
    trainer(adapted=good, steps=4).run()
    # the same four good steps, then nothing but NaN
    adapted = adaptation()
    progress = trainer(
        adapted=adapted,
        source=Smooth(poisoned=range(4, 99)),
        steps=4 + 20,
        validate=lambda _backbone: 30.0,
        emit=events.append,
        max_skipped_steps=3,
        milestones=(),
        validate_every=4,
        ema_decay=ema_decay,
    ).run()
    assert progress.diverged
    assert progress.step == 7
    assert progress.good is not None
    state = adapted.state_dict()
    assert all(torch.equal(state[key], progress.good[key]) for key in state)
    assert any(isinstance(event, Notice) for event in events)


def test_a_run_that_never_had_a_good_state_is_an_error_that_says_what_to_do():
    with pytest.raises(TrainingDivergedError, match="lower learning rate"):
        trainer(source=Smooth(poisoned=range(99)), max_skipped_steps=3).run()


def test_the_best_state_is_kept_when_asked_for():
    scores = iter([30.0, 32.0, 31.0])
    seen, adapted = [], adaptation()

    def validate(_backbone):
        seen.append(adapted.state_dict())
        return next(scores)

    progress = trainer(adapted=adapted, validate=validate, keep="best").run()
    assert progress.best_psnr_y_db == 32.0
    state = adapted.state_dict()
    assert all(torch.equal(state[key], seen[1][key]) for key in state)
    assert not all(torch.equal(state[key], seen[2][key]) for key in state)


def test_validation_is_reported_with_the_best_so_far():
    scores, events = iter([30.0, 32.0, 31.0]), []
    trainer(validate=lambda _backbone: next(scores), emit=events.append).run()
    validations = [event for event in events if isinstance(event, Validated)]
    assert validations == [
        Validated(4, 30.0, 30.0),
        Validated(8, 32.0, 32.0),
        Validated(12, 31.0, 32.0),
    ]


def test_averaged_weights_are_what_is_validated_and_kept():
    adapted, plain = adaptation(), adaptation()
    trainer(adapted=plain).run()
    trainer(adapted=adapted, ema_decay=0.5).run()
    average, last = adapted.state_dict(), plain.state_dict()
    assert not all(torch.equal(average[key], last[key]) for key in last)
    for key, value in last.items():
        assert torch.allclose(average[key], value, atol=0.05)


def test_gradients_are_clipped():
    class Exploding(Smooth):
        def batch_at(self, step):
            lr, hr = super().batch_at(step)
            return lr, hr * 1e6

    clipped, free = adaptation(), adaptation()
    optimised = trainer(adapted=clipped, source=Exploding(), steps=1, clip_norm=1e-3)
    optimised.run()
    trainer(adapted=free, source=Exploding(), steps=1, clip_norm=None).run()
    norm = math.sqrt(sum(p.grad.square().sum().item() for p in clipped.parameters.values()))
    assert norm == pytest.approx(1e-3, rel=1e-3)
    assert math.sqrt(sum(p.grad.square().sum() for p in free.parameters.values())) > 1e-2


def test_the_network_stays_in_eval_mode_while_it_trains():
    adapted = adaptation()
    trainer(adapted=adapted, steps=2).run()
    assert not any(module.training for module in adapted.backbone.module.modules())


@pytest.mark.parametrize("keep", ["last", "best"])
def test_ending_early_comes_to_rest_and_keeps_what_was_asked_for(tmp_path, keep):
    token, events, seen = CancelToken(), [], {}

    def listen(event):
        events.append(event)
        if isinstance(event, TrainingStep) and event.step == 6:
            token.end_early()

    adapted = adaptation()

    def validate(_backbone):
        seen[len(seen)] = adapted.state_dict()
        return 30.0 - len(seen)  # ever worse: the first is the best

    path = tmp_path / "checkpoint.pt"
    run = trainer(
        path,
        steps=1000,
        validate_every=20,
        adapted=adapted,
        validate=validate,
        emit=listen,
        token=token,
        keep=keep,
    ).run()
    assert run.step == 26
    assert [point.step for point in run.curve] == [20, 26]
    kept = seen[0] if keep == "best" else seen[1]
    assert all(torch.equal(kept[name], value) for name, value in adapted.state_dict().items())
    assert [e.step for e in events if isinstance(e, CheckpointSaved)][-1] == 26
    rates = [e.learning_rate for e in events if isinstance(e, TrainingStep)]
    assert rates[5] > rates[6] > rates[-1] > 0
    assert rates[-1] < rates[5] / 20
    assert {e.total for e in events if isinstance(e, TrainingStep)} == {1000, 26}


@pytest.mark.parametrize(("done", "steps"), [(1, 20), (300, 30), (900, 40)])
def test_a_longer_training_takes_longer_to_come_to_rest(done, steps):
    assert Progression(step=done, ended_at=done).last_step(10_000) == done + steps
    assert Progression(step=done, ended_at=done).last_step(done + 1) == done + 1


def test_a_training_ended_near_its_end_is_not_made_longer():
    token = CancelToken()

    def listen(event):
        if isinstance(event, TrainingStep) and event.step == 10:
            token.end_early()

    assert trainer(emit=listen, token=token).run().step == 12


def test_a_training_ended_near_its_end_comes_to_rest_in_the_steps_left():
    token, rates = CancelToken(), []

    def listen(event):
        if isinstance(event, TrainingStep):
            rates.append(event.learning_rate)
            if event.step == 8:
                token.end_early()

    trainer(emit=listen, token=token, milestones=()).run()
    assert rates == pytest.approx([5e-3] * 8 + [4e-3, 3e-3, 2e-3, 1e-3])


def test_a_training_killed_while_it_comes_to_rest_resumes_to_the_same_numbers(tmp_path):
    def ended_at_6(token):
        return lambda event: (
            token.end_early() if isinstance(event, TrainingStep) and event.step == 6 else None
        )

    token, whole = CancelToken(), adaptation()
    trainer(adapted=whole, steps=1000, emit=ended_at_6(token), token=token).run()
    token, begun, path = CancelToken(), adaptation(), tmp_path / "checkpoint.pt"

    def stopped_at_11(event):
        ended_at_6(token)(event)
        if isinstance(event, TrainingStep) and event.step == 11:
            token.cancel()

    with pytest.raises(Cancelled):
        trainer(path, adapted=begun, steps=1000, emit=stopped_at_11, token=token).run()
    resumed = adaptation()
    assert trainer(path, adapted=resumed, steps=1000).run(resume=True).step == 26
    expected = whole.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in resumed.state_dict().items())


def test_the_time_left_follows_the_recent_pace(monkeypatch):
    """A busy hour at the start says nothing about the rest."""
    took_s = [10.0] * 30 + [1.0] * 30
    ends_s = list(itertools.accumulate(took_s, initial=0.0))
    looks = (now for begun_and_ended in itertools.pairwise(ends_s) for now in begun_and_ended)
    clock = SimpleNamespace(perf_counter=lambda: next(looks), monotonic=time.monotonic)
    monkeypatch.setattr("engine.training.trainer.time", clock)
    events = []
    trainer(steps=60, emit=events.append).run()
    left_s = {event.step: event.eta_s for event in events if isinstance(event, TrainingStep)}
    assert left_s[30] == pytest.approx(30 * 10.0)
    assert left_s[50] == pytest.approx(10 * 1.0)


def test_checkpoints_come_by_time_unless_steps_are_asked_for(tmp_path, monkeypatch):
    now = itertools.count(step=25.0)  # the trainer looks at it once a step and once a checkpoint
    clock = SimpleNamespace(perf_counter=time.perf_counter, monotonic=lambda: next(now))
    monkeypatch.setattr("engine.training.trainer.time", clock)
    events = []
    trainer(tmp_path / "c.pt", steps=12, emit=events.append, checkpoint_every=None).run()
    saved = [event.step for event in events if isinstance(event, CheckpointSaved)]
    assert len(saved) > 2
    assert saved[-1] == 12
    assert all(1 < later - earlier <= 3 for earlier, later in itertools.pairwise(saved[:-1]))


def test_a_training_that_goes_on_says_where(tmp_path):
    path = tmp_path / "checkpoint.pt"
    trainer(path, steps=12).run()
    events = []
    trainer(path, steps=12, emit=events.append).run(resume=True)
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.text == "Going on after step 12 of 12."


def test_a_paused_training_can_be_ended_early():
    token = CancelToken()
    token.pause()
    token.end_early()
    assert not token.is_paused
    assert trainer(token=token, steps=1000).run().step == 1 + 20
