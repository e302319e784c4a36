"""The look at every photo of a folder: whether it goes on, what it found, or why it could not."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from adaptsr_app.jobs.adapt_jobs import check_job
from adaptsr_app.jobs.job_runner import JobRunner
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import Message, message_for, tr
from engine.outcomes import Done, Failed

if TYPE_CHECKING:
    from engine.dataset_report.dataset import DatasetReport

CheckState = Literal["idle", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is to be looked at.

    Attributes:
        folders: Of pairs, or of photos.
        scale: The factor between LR and HR; None for photos by themselves.
        stamp: Changes with the files in the folders.
        any_camera: The folder of which it does not matter who took the photos, if there is one.
    """

    folders: tuple[Path, ...] = ()
    scale: int | None = None
    stamp: str = ""
    any_camera: Path | None = None


class DatasetCheck(QObject):
    """One look at a time; a finished one is kept until other photos are wanted.

    Signals:
        changed: `state` is another one.
        happened: An event of the look that goes on.
    """

    changed = Signal()
    happened = Signal(object)

    def __init__(self, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._requested = CheckRequest()
        self._again = False
        self.job: RunningJob | None = None
        self.reports: tuple[DatasetReport, ...] = ()
        self.problem: Message | None = None

    @property
    def state(self) -> CheckState:
        """Idle also where a look was stopped."""
        if self.job is not None:
            return "running"
        if self.problem is not None:
            return "failed"
        return "done" if self.reports else "idle"

    def look_at(self, requested: CheckRequest, *, now: bool = True) -> None:
        """Look at these photos, unless that was done or is being done.

        Args:
            requested: Forgets what was found of others.
            now: Whether to begin; otherwise the next call does.
        """
        if requested != self._requested:
            self._requested, self.reports, self.problem = requested, (), None
            self.stop()
        if now:
            self._start()
        self.changed.emit()

    def stop(self) -> None:
        """Look no further; what was found before is kept."""
        self._again = False
        if self.job is not None:
            self.job.cancel()

    def _start(self) -> None:
        if self.job is not None:
            self._again = self.job.state == "stopping"
            return
        requested = self._requested
        if not requested.folders or self.state != "idle":
            return
        job = check_job(requested.folders, requested.scale)
        running = self._jobs.start("adapt", tr("Looking at each photo"), job)
        self.job = running
        running.happened.connect(self.happened)
        running.state_changed.connect(self.changed)
        running.ended.connect(lambda outcome: self._end(requested, outcome))

    def _end(self, requested: CheckRequest, outcome: object) -> None:
        self.job = None
        if requested == self._requested:
            match outcome:
                case Done(tuple(reports)):
                    self.reports = reports
                case Failed(error, report):
                    self.problem = message_for(error, report)
        if self._again:
            self._again = False
            self._start()
        self.changed.emit()
