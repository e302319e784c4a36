"""One job, with one progress, out of several upscalings that differ in network or folder."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adaptsr_app.jobs.worker import EngineJob
from engine.cancellation import CancelToken
from engine.config import UpscaleSettings
from engine.events import Emit, Event, FileSkipped, PhotoStarted, Progress

if TYPE_CHECKING:
    from engine.upscaling.report import UpscaleReport

_UNITS = 1000
"""Progress counts thousandths of everything."""


def upscale_in_turn(groups: Sequence[UpscaleSettings], weights: Sequence[int]) -> EngineJob:
    """Return a job that upscales one group after another.

    Args:
        groups: Each with photos of its own.
        weights: How much work each is, in any unit.

    Returns:
        A job that returns a tuple of `UpscaleReport`, one for each group that had work.
    """

    def job(emit: Emit, token: CancelToken) -> "tuple[UpscaleReport, ...]":
        # Here, because it loads torch, which takes seconds.
        from engine.jobs.upscale import upscale  # noqa: PLC0415

        whole = _Whole(groups, weights, emit)
        reports = []
        for index, settings in enumerate(groups):
            token.check()
            left = _without_results(settings, emit)
            if left is not None:
                reports.append(upscale(left, whole.listener(index), token))
        return tuple(reports)

    return job


def _without_results(settings: UpscaleSettings, emit: Emit) -> UpscaleSettings | None:
    """Leave out what an earlier run made, which the engine would pass over without a word."""
    from engine.upscaling.finished import FinishedLog  # noqa: PLC0415 - after the first paint

    log = FinishedLog(settings.out)
    kept = []
    for path in settings.sources:
        if log.is_output(path):
            emit(FileSkipped(path, "it is a result itself"))
        else:
            kept.append(path)
    return settings.model_copy(update={"sources": tuple(kept)}) if kept else None


class _Whole:
    """Turns the progress of each group into the progress of all."""

    def __init__(
        self, groups: Sequence[UpscaleSettings], weights: Sequence[int], emit: Emit
    ) -> None:
        self._weights = [max(1, weight) for weight in weights]
        self._photos = [len(settings.sources) for settings in groups]
        self._emit = emit
        self._started = time.monotonic()

    def listener(self, index: int) -> Emit:
        """Return what listens to one group."""
        before = sum(self._weights[:index])
        total = sum(self._weights)
        photos_before, photos = sum(self._photos[:index]), sum(self._photos)

        def listen(event: Event) -> None:
            match event:
                case Progress("upscale"):
                    share = event.done / event.total if event.total else 0.0
                    done = (before + share * self._weights[index]) / total
                    self._emit(
                        replace(
                            event,
                            done=round(_UNITS * done),
                            total=_UNITS,
                            eta_s=self._eta_s(index, done, event.eta_s),
                        )
                    )
                case Progress():
                    self._emit(Progress("load", round(_UNITS * before / total), _UNITS, event.text))
                case PhotoStarted(path, photo, _):
                    self._emit(PhotoStarted(path, photos_before + photo, photos))
                case _:
                    self._emit(event)

        return listen

    def _eta_s(self, index: int, done: float, eta_s: float | None) -> float | None:
        """Return the time left of all, from this group's and from how long all took so far."""
        is_last = index == len(self._weights) - 1
        if is_last or eta_s is None or done <= 0:
            return eta_s
        return (time.monotonic() - self._started) * (1 - done) / done
