"""One line about a running job: a bar, what it does now, the time left, and a way to stop it."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import tr
from adaptsr_app.models.job_progress import JobProgress
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.text import label

_BAR_WIDTH_PX = 240


class JobLine(QWidget):
    """Hidden while there is no job."""

    def __init__(self, on_stop: Callable[[], object]) -> None:
        """Start hidden.

        Args:
            on_stop: Called when the user wants to stop the job.
        """
        super().__init__()
        self._progress = JobProgress()
        self._job: RunningJob | None = None
        self.bar = QProgressBar()
        self.bar.setMaximum(1000)
        self.bar.setFixedWidth(_BAR_WIDTH_PX)
        self.words = label("", "secondary")
        self.stop = push_button(tr("Stop"), on_stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.bar)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.stop)
        self.hide()

    def show_job(self, job: RunningJob | None) -> None:
        """Show a job, or nothing."""
        if job is not None and job is not self._job:
            self._progress = JobProgress()
            self.bar.setValue(0)
            self.bar.setAccessibleName(job.title)
        self._job = job
        self.setVisible(job is not None)
        self._show()

    def fold(self, event: object) -> None:
        """Take an event of the job in."""
        self._progress.fold(event)
        self._show()

    def _show(self) -> None:
        if self._job is None:
            return
        self.bar.setValue(round(1000 * self._progress.share))
        self.stop.setEnabled(self._job.state != "stopping")
        if self._job.state == "stopping":
            self.words.setText(tr("Stopping …"))
            return
        parts = [_stage_text(self._progress.stage), self._progress.text]
        parts.append(self._progress.time_left())
        self.words.setText(" · ".join(part for part in parts if part))


def _stage_text(stage: str) -> str:
    words = {
        "": tr("Starting"),
        "load": tr("Loading the network"),
        "pairs": tr("Reading photos"),
        "score": tr("Looking at each layer"),
        "train": tr("Training"),
        "merge": tr("Putting the network together"),
        "evaluate": tr("Checking on photos it never saw"),
        "register": tr("Lining up"),
        "upscale": tr("Upscaling"),
        "export": tr("Exporting"),
    }
    return words.get(stage, "")
