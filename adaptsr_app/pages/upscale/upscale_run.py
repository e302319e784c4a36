"""One run over the photos that wait: starts the job, follows its events, tells how it ended."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from adaptsr_app.context import Context
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.jobs.upscale_job import upscale_job
from adaptsr_app.messages import tr
from adaptsr_app.models.job_progress import JobProgress
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import settings_for
from adaptsr_app.models.upscale_queue import UpscaleQueue
from adaptsr_app.pages.upscale.run_bar import RunBar
from engine.events import Event, PhotoStarted

JOB = "upscale"


class UpscaleRun(QObject):
    """At most one run at a time.

    Signals:
        changed: It began, was paused, goes on, or stops.
        ended: The outcome, and the photos it was about.
    """

    changed = Signal()
    ended = Signal(object, list)

    def __init__(self, context: Context, queue: UpscaleQueue, bar: RunBar) -> None:
        """Wait for the user to start."""
        super().__init__(bar)
        self._context, self._queue, self._bar = context, queue, bar
        self._items: Sequence[UpscaleItem] = ()
        self._progress = JobProgress()
        self._place: tuple[int, int] | None = None
        self._has_begun = False
        self.job: RunningJob | None = None
        bar.start_requested.connect(self.start)
        bar.pause_requested.connect(self._pause_or_go_on)
        bar.stop_requested.connect(self._stop)

    @property
    def is_paused(self) -> bool:
        """True while the user has it paused."""
        return self.job is not None and self.job.state == "paused"

    def start(self, replace: Sequence[Path] = ()) -> None:
        """Upscale every photo that waits.

        Args:
            replace: Files that AdaptSR did not make and that the user said may be replaced.
        """
        items = [item for item in self._queue.items if item.state == "waiting"]
        if self.job is not None or not items:
            return
        work = upscale_job(settings_for(items, self._context.preferences, replace=replace))
        self._items, self._place, self._has_begun = items, None, False
        self._progress = JobProgress()
        self._queue.begin_run(items)
        self.job = self._context.jobs.start(JOB, tr("Upscaling"), work)
        self.job.happened.connect(self._hear)
        self.job.state_changed.connect(self._show)
        self.job.ended.connect(self._end)
        self._show()

    def _hear(self, event: Event) -> None:
        self._has_begun = True
        self._progress.fold(event)
        if isinstance(event, PhotoStarted):
            self._place = (event.index + 1, event.count)
            self._progress.text = event.path.name
        self._queue.fold(event)
        self._show_bar()

    def _pause_or_go_on(self) -> None:
        if self.job is not None:
            (self.job.resume if self.is_paused else self.job.pause)()

    def _stop(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _show(self) -> None:
        self._show_bar()
        self.changed.emit()

    def _show_bar(self) -> None:
        match None if self.job is None else self.job.state:
            case "running" if not self._has_begun:
                self._bar.show_starting()
            case "running":
                self._bar.show_running(self._progress, self._place)
            case "paused":
                self._bar.show_paused(self._progress, self._place)
            case "stopping":
                self._bar.show_stopping()
            case _:
                pass

    def _end(self, outcome: object) -> None:
        items, self._items, self.job = list(self._items), (), None
        self._queue.end_run()
        self.ended.emit(outcome, items)
        self.changed.emit()
