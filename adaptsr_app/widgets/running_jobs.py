"""The foot of the rail: what is being worked on, how far it is, and a way to stop it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from adaptsr_app.jobs.job_runner import JobRunner
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import tr
from adaptsr_app.models.job_progress import JobProgress
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import tool_button
from adaptsr_app.widgets.commands import Submenu, entries_of
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip


class RunningJobs(QWidget):
    """One small card for each running job.

    Signals:
        opened: The name of the job whose card was clicked.
    """

    opened = Signal(str)

    def __init__(self, jobs: JobRunner, theme: Theme) -> None:
        """Show the jobs that run now and those that will."""
        super().__init__()
        self._theme = theme
        self._cards: dict[RunningJob, QWidget] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 8)
        self._layout.setSpacing(8)
        jobs.started.connect(self._add)
        jobs.ended.connect(self._remove)

    def commands(self) -> list[Submenu]:
        """Return what can be done about each job, for a menu."""
        return [Submenu(job.title, entries_of(card)) for job, card in self._cards.items()]

    def _add(self, job: RunningJob) -> None:
        card = _JobCard(job, self._theme)
        self._cards[job] = card
        self._layout.addWidget(card)
        card.title.clicked.connect(lambda: self.opened.emit(job.name))

    def _remove(self, job: RunningJob, _outcome: object) -> None:
        card = self._cards.pop(job, None)
        if card is not None:
            card.hide()
            card.deleteLater()


class _JobCard(QWidget):
    """A title that leads to the job, a bar, and the time left."""

    def __init__(self, job: RunningJob, theme: Theme) -> None:
        super().__init__()
        self._job = job
        self._progress = JobProgress()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.setSpacing(4)
        self.title = tool_button(job.title.partition(" ")[0])
        set_tip(self.title, job.title)
        self.title.setProperty("role", "rail")
        self.title.setAccessibleName(tr("Show: {job}").format(job=job.title))
        self._bar = QProgressBar()
        self._bar.setMaximum(1000)
        self._bar.setAccessibleName(job.title)
        self._left = label("", "small")
        stop = tool_button(
            tr("Stop: {job}").format(job=job.title),
            job.cancel,
            icon("stop", theme.tokens, "text_secondary"),
        )
        for widget in (self.title, self._bar, self._left, stop):
            layout.addWidget(widget)
        job.happened.connect(self._show)
        job.state_changed.connect(self._show_state)

    def _show(self, event: object) -> None:
        self._progress.fold(event)
        self._bar.setValue(round(1000 * self._progress.share))
        self._show_state()

    def _show_state(self) -> None:
        words = {
            "paused": tr("Paused"),
            "stopping": tr("Stopping …"),
            "running": self._progress.time_left(),
        }
        self._left.setText(words.get(self._job.state, ""))
