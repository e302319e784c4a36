"""The training loop: steps, validation, checkpoints, pause, resume and cancel.

The backbone stays in eval mode while it is trained: that keeps drop path off, and step 0 exact.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.adapters.methods import Adaptation
from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.config.training import TrainingSettings
from engine.errors import CheckpointError, TrainingDivergedError
from engine.events import (
    CheckpointSaved,
    Emit,
    Notice,
    StepSkipped,
    TrainingStep,
    Validated,
    ignore_events,
)
from engine.memory import memory_errors
from engine.training.checkpoint import load_checkpoint, save_checkpoint
from engine.training.losses import LOSSES
from engine.training.precision import choose_arithmetic
from engine.training.rehearsal import Rehearsal
from engine.training.schedule import learning_rate

State = dict[str, Tensor]

_COOLING_STEPS = 20, 40
"""Fewest and most steps in which the rate of a training that is ended early falls to nothing.

A tenth of those done, between the two; measured in docs/measurements.md.
"""

_SECONDS_BETWEEN_CHECKPOINTS = 60.0
_RECENT_STEPS = 20
"""The time left follows from so many steps: other programs come and go."""


class BatchSource(Protocol):
    """Where mini-batches come from; the same step always gives the same batch."""

    def batch_at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return LR (N, 3, p, p) and HR (N, 3, p·scale, p·scale), float32 in [0, 1]."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """PSNR on Y of the held-out pairs after a number of steps, in dB."""

    step: int
    psnr_y_db: float


@dataclass(slots=True)
class Progression:
    """What a run has reached; saved in its checkpoint.

    Attributes:
        step: Steps done.
        seconds: Time spent in steps, over all sittings.
        losses: Training loss of every step; NaN for a skipped one.
        curve: Validations so far.
        best: Trainable state with the highest validation, if the settings ask for it.
        ema: Running average of the trainable state, if the settings ask for it.
        good: Trainable state at the last validation; what a diverged run falls back to.
        diverged: True once the run was stopped for non-finite steps.
        ended_at: Step at which the user ended it early; it cools down from there. None otherwise.
    """

    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    curve: list[CurvePoint] = field(default_factory=list)
    best: State | None = None
    ema: State | None = None
    good: State | None = None
    diverged: bool = False
    ended_at: int | None = None

    def last_step(self, steps: int) -> int:
        """Return how many steps a run of so many has, as things stand."""
        if self.ended_at is None:
            return steps
        return min(steps, self.ended_at + _cooling_steps(self.ended_at))

    @property
    def best_psnr_y_db(self) -> float:
        """Highest validation so far; -inf before the first."""
        return max((point.psnr_y_db for point in self.curve), default=float("-inf"))


def _cooling_steps(done: int) -> int:
    fewest, most = _COOLING_STEPS
    return min(most, max(fewest, done // 10))


class Trainer:
    """Trains an adaptation on batches (paper, section 4.1).

    Args:
        adaptation: What is trained; left with the final state.
        source: Mini-batches by step.
        settings: Length, rate, loss, precision and intervals.
        device: Where to train.
        identity: Describes everything that makes up this run; a checkpoint of a run with another
            identity is refused.
        checkpoint: File to save to and resume from; None to keep nothing.
        validate: Returns PSNR on Y in dB of the backbone it is given.
        after_step: Gets the backbone after every step, and leaves it as it is.
        rehearsal: Drawn patches that take `settings.rehearsal` of all patches' places; none if
            None. The loss that is reported is that of the others.
        emit: Receives events.
        token: Stops, pauses or ends the run early between steps.
    """

    def __init__(
        self,
        adaptation: Adaptation,
        source: BatchSource,
        settings: TrainingSettings,
        *,
        device: torch.device,
        identity: str,
        checkpoint: Path | None = None,
        validate: Callable[[Backbone], float] | None = None,
        after_step: Callable[[Backbone], None] | None = None,
        rehearsal: Rehearsal | None = None,
        emit: Emit = ignore_events,
        token: CancelToken | None = None,
    ) -> None:
        self._adaptation = adaptation
        self._source = source
        self._settings = settings
        self._device = device
        self._identity = identity
        self._checkpoint = checkpoint
        self._validate = validate
        self._after_step = after_step
        self._rehearsal = None if rehearsal is None else rehearsal.to(device)
        self._emit = emit
        self._token = token or CancelToken()
        self._loss = LOSSES.get(settings.loss)
        self._arithmetic = choose_arithmetic(adaptation.backbone, settings, device)
        adaptation.backbone.to(device, channels_last=self._arithmetic.channels_last)
        self._parameters = list(adaptation.parameters.values())
        self._start_rate = settings.learning_rate or adaptation.learning_rate
        self._optimizer = torch.optim.Adam(
            self._parameters, lr=self._start_rate, fused=device.type in {"cpu", "cuda"}
        )
        self._progress = Progression()
        self._recent_s: deque[float] = deque(maxlen=_RECENT_STEPS)
        self._saved_at_s = time.monotonic()

    def run(self, *, resume: bool = False) -> Progression:
        """Train to the last step and return what was reached.

        Args:
            resume: Go on from the checkpoint. On a CPU the losses are then the same, bit for
                bit, as those of a run that was never interrupted.

        Raises:
            Cancelled: If the token says so; a checkpoint was saved.
            CheckpointError: If `resume` finds none, or one of another run.
            MemoryExhaustedError: If a step does not fit in memory.
            StorageError: If a checkpoint cannot be written.
            TrainingDivergedError: If steps stayed non-finite before any validation.
        """
        if resume:
            self._load()
        elif self._settings.ema_decay is not None:
            self._progress.ema = {
                name: p.detach().clone() for name, p in self._adaptation.parameters.items()
            }
        with memory_errors("Choose a smaller batch or patch, or close other programs."):
            self._train()
        self._settle()
        return self._progress

    def _train(self) -> None:
        progress, settings = self._progress, self._settings
        skipped_in_a_row = 0
        while progress.step < progress.last_step(settings.steps) and not progress.diverged:
            self._wait_or_stop()
            if self._token.is_ending_early and progress.step and progress.ended_at is None:
                progress.ended_at = progress.step
            started = time.perf_counter()
            loss, is_finite = self._step(progress.step)
            progress.step += 1
            self._recent_s.append(time.perf_counter() - started)
            progress.seconds += self._recent_s[-1]
            progress.losses.append(loss if is_finite else float("nan"))
            skipped_in_a_row = 0 if is_finite else skipped_in_a_row + 1
            self._report(loss, skipped_in_a_row)
            if skipped_in_a_row >= settings.max_skipped_steps:
                self._fall_back()
                return
            is_last = progress.step == progress.last_step(settings.steps)
            if is_last or progress.step % settings.validate_every == 0:
                self._run_validation()
            if self._after_step is not None:
                self._after_step(self._adaptation.backbone)
            if is_last or self._is_due(progress.step):
                self._save()

    def _is_due(self, step: int) -> bool:
        """Whether a checkpoint is written after a step."""
        every = self._settings.checkpoint_every
        if every is not None:
            return step % every == 0
        return time.monotonic() - self._saved_at_s >= _SECONDS_BETWEEN_CHECKPOINTS

    def _step(self, step: int) -> tuple[float, bool]:
        rate = self._rate(step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        lr, hr = (
            tensor.to(self._device, non_blocking=True) for tensor in self._source.batch_at(step)
        )
        loss, objective = self._losses(step, lr, hr)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(objective)
        limit = float("inf") if self._settings.clip_norm is None else self._settings.clip_norm
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, limit)
        is_finite = bool(torch.isfinite(objective) & torch.isfinite(norm))
        if is_finite:
            self._optimizer.step()
            self._average()
        return loss.item(), is_finite

    def _losses(self, step: int, lr: Tensor, hr: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss on pairs, and what is made small: with drawn patches their penalty."""
        chosen = None
        if self._rehearsal is not None:
            chosen = self._rehearsal.chosen(step, len(lr), self._settings.rehearsal).to(lr.device)
            # Instead of as many pairs, so that a step costs what it costs without; one pair stays.
            kept = max(1, len(lr) - len(chosen))
            lr, hr = torch.cat([lr[:kept], self._rehearsal.lr[chosen]]), hr[:kept]
        with self._arithmetic.autocast(self._device):
            sr = self._adaptation.backbone(lr).float()
        loss = self._loss(sr[: len(hr)], hr)
        if self._rehearsal is None or chosen is None or not len(chosen):
            return loss, loss
        penalty = self._rehearsal.penalty(sr[len(hr) :], chosen)
        return loss, (len(hr) * loss + len(chosen) * penalty) / len(lr)

    def _rate(self, step: int) -> float:
        ended_at = self._progress.ended_at
        if ended_at is None:
            return learning_rate(step, self._settings, self._start_rate)
        # At a high rate the last step decides what a network is like: it has to come to rest.
        last = self._progress.last_step(self._settings.steps)
        left = (last - step) / (last - ended_at + 1)
        return learning_rate(ended_at, self._settings, self._start_rate) * left

    @torch.no_grad()
    def _average(self) -> None:
        if self._progress.ema is not None and self._settings.ema_decay is not None:
            averages = list(self._progress.ema.values())
            latest: list[Tensor] = list(self._parameters)
            torch._foreach_lerp_(averages, latest, 1 - self._settings.ema_decay)

    def _report(self, loss: float, skipped_in_a_row: int) -> None:
        progress = self._progress
        total = progress.last_step(self._settings.steps)
        if skipped_in_a_row:
            self._emit(StepSkipped(progress.step, skipped_in_a_row))
            return
        pace = fmean(self._recent_s)
        self._emit(
            TrainingStep(
                step=progress.step,
                total=total,
                loss=loss,
                learning_rate=self._optimizer.param_groups[0]["lr"],
                seconds_per_step=pace,
                eta_s=pace * (total - progress.step),
            )
        )

    def _wait_or_stop(self) -> None:
        if self._token.is_paused or self._token.is_cancelled:
            self._save()
        self._token.check()

    def _run_validation(self) -> None:
        progress = self._progress
        if self._validate is None:
            progress.good = self._adaptation.state_dict()
            return
        trained = self._adaptation.state_dict()
        if progress.ema is not None:
            self._adaptation.load_state_dict(progress.ema)
        try:
            psnr_y_db = self._validate(self._adaptation.backbone)
            if psnr_y_db > progress.best_psnr_y_db and self._settings.keep == "best":
                progress.best = self._adaptation.state_dict()
        finally:
            self._adaptation.load_state_dict(trained)
        progress.good = trained
        progress.curve.append(CurvePoint(progress.step, psnr_y_db))
        self._emit(Validated(progress.step, psnr_y_db, progress.best_psnr_y_db))

    def _fall_back(self) -> None:
        progress = self._progress
        if progress.good is None:
            raise TrainingDivergedError(
                f"The training broke down after {progress.step} steps: its error is no longer a "
                "number.",
                remedy="Train again with a lower learning rate.",
            )
        progress.diverged = True
        progress.ema = None
        self._adaptation.load_state_dict(progress.good)
        self._emit(Notice("The training broke down and was stopped; its last good state was kept."))

    def _settle(self) -> None:
        """Leave the adaptation with the state that the settings ask to keep."""
        progress = self._progress
        final = progress.best if self._settings.keep == "best" else progress.ema
        if final is not None:
            self._adaptation.load_state_dict(final)

    def _save(self) -> None:
        if self._checkpoint is None:
            return
        progress = self._progress
        save_checkpoint(
            self._checkpoint,
            {
                "identity": self._identity,
                "trainable": self._adaptation.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "torch_rng": torch.get_rng_state(),
                "step": progress.step,
                "seconds": progress.seconds,
                "losses": progress.losses,
                "curve": [(point.step, point.psnr_y_db) for point in progress.curve],
                "best": progress.best,
                "ema": progress.ema,
                "good": progress.good,
                "diverged": progress.diverged,
                "ended_at": progress.ended_at,
            },
        )
        self._saved_at_s = time.monotonic()
        self._emit(CheckpointSaved(progress.step, self._checkpoint))

    def _load(self) -> None:
        if self._checkpoint is None:
            raise CheckpointError("This training keeps no checkpoint to resume from.")
        state: dict[str, Any] = load_checkpoint(self._checkpoint)
        if state.get("identity") != self._identity:
            raise CheckpointError(
                "This checkpoint belongs to a training with other photos or settings.",
                path=self._checkpoint,
                remedy="Use the settings it was started with, or start anew in another folder.",
            )
        self._adaptation.load_state_dict(state["trainable"])
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["torch_rng"])
        ema: State | None = state["ema"]
        self._progress = Progression(
            step=state["step"],
            seconds=state["seconds"],
            losses=list(state["losses"]),
            curve=[CurvePoint(step, psnr_y_db) for step, psnr_y_db in state["curve"]],
            best=state["best"],
            ema=ema and {name: average.to(self._device) for name, average in ema.items()},
            good=state["good"],
            diverged=state["diverged"],
            ended_at=state.get("ended_at"),  # version 0.1 had none
        )
        done, total = self._progress.step, self._progress.last_step(self._settings.steps)
        self._emit(Notice(f"Going on after step {done:,} of {total:,}."))
