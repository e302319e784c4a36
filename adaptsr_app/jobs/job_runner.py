"""The one place that starts engine jobs, and knows which are running."""

from PySide6.QtCore import QObject, Signal

from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.jobs.worker import EngineJob


class JobRunner(QObject):
    """Starts jobs and keeps them until they end.

    Signals:
        started: A `RunningJob`.
        ended: The same, and its outcome.
    """

    started = Signal(object)
    ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[RunningJob] = []

    @property
    def jobs(self) -> tuple[RunningJob, ...]:
        """Jobs that have not ended, the oldest first."""
        return tuple(self._jobs)

    def start(self, name: str, title: str, job: EngineJob) -> RunningJob:
        """Run a job on a thread of its own.

        Args:
            name: The job's name in events and bug reports, one word.
            title: What the user calls it.
            job: Called as `job(emit, token)` on the job's thread. It imports what it needs there,
                because torch takes seconds to load.
        """
        running = RunningJob(name, title, job, self)
        self._jobs.append(running)
        running.ended.connect(lambda outcome: self._forget(running, outcome))
        self.started.emit(running)
        running.start()
        return running

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for job in self._jobs:
            job.cancel()

    def stop_all(self) -> None:
        """Stop every job and wait until each has put its work in order; for leaving."""
        self.cancel_all()
        for job in self.jobs:
            job.wait()

    def _forget(self, job: RunningJob, outcome: object) -> None:
        self._jobs.remove(job)
        self.ended.emit(job, outcome)
        job.deleteLater()
