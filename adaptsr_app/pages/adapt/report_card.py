"""What the photos are worth, beside them: what each look at them found, in sentences."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from adaptsr_app.jobs.background import attempt
from adaptsr_app.jobs.dataset_check import CheckRequest, DatasetCheck
from adaptsr_app.messages import message_for, tr
from adaptsr_app.models.job_progress import JobProgress
from adaptsr_app.pages.adapt.step import Session
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.files import open_file
from adaptsr_app.widgets.text import Role, label
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.dataset_report.dataset import DatasetReport

_WIDTH_PX = 340
_FOLDER = "reports"


class ReportCard(QFrame):
    """A card: what the folder is, how far the look at its photos is, and what it found.

    Attributes:
        check: The look; its `changed` tells when there is a report.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._requested = CheckRequest()
        self._recognised: tuple[str, ...] = ()
        self._shown: object = None
        self._progress = JobProgress()
        self.check = DatasetCheck(session.context.jobs, self)
        self.setProperty("role", "card")
        self.setAccessibleName(tr("What the photos are worth"))
        self.setFixedWidth(_WIDTH_PX)
        self.words = label("", "secondary", wrap=True)
        self.bar = QProgressBar()
        self.bar.setMaximum(1000)
        self.bar.setAccessibleName(tr("Looking at each photo"))
        self.stop = push_button(tr("Stop"), self.check.stop)
        self.look = push_button(tr("Look at each photo"), self._look)
        self.full = push_button(tr("Full report …"), self._write)
        self._lines = QVBoxLayout()
        self._lay_out()
        self.check.changed.connect(self._show)
        self.check.happened.connect(self._follow)
        session.job_changed.connect(self._show)
        self._show()

    @property
    def reports(self) -> "tuple[DatasetReport, ...]":
        """What was found; of the folder of pairs or sharp photos first."""
        return self.check.reports

    @property
    def sentences(self) -> list[str]:
        """What is said."""
        return [text for text, _ in self._told()]

    def clear(self) -> None:
        """Say nothing: there are no photos."""
        self.show_photos(CheckRequest())

    def show_photos(self, requested: CheckRequest, recognised: Sequence[str] = ()) -> None:
        """Say what a folder was recognised as, and look at its photos unless that was done.

        Args:
            requested: What to look at.
            recognised: Sentences about the folder as a whole.
        """
        self._requested, self._recognised = requested, tuple(recognised)
        self.check.look_at(requested, now=self._session.job is None)
        self._show()

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        self._lines.setSpacing(8)
        column.addLayout(self._lines)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        area.setWidget(inside)
        for surface in (area.viewport(), inside):
            surface.setAutoFillBackground(False)  # it is the card's
        foot = QVBoxLayout()
        foot.setContentsMargins(16, 0, 16, 12)
        foot.setSpacing(8)
        for part in (self.words, self.bar):
            foot.addWidget(part)
        for button in (self.stop, self.look, self.full):
            foot.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)

    def _look(self) -> None:
        self.check.look_at(self._requested)

    def _follow(self, event: object) -> None:
        self._progress.fold(event)
        self._show_progress()

    def _show(self) -> None:
        self.setVisible(bool(self._requested.folders))
        self._show_lines()
        self._show_progress()

    def _show_lines(self) -> None:
        told = self._told()
        if told == self._shown:
            return
        self._shown = told
        while (item := self._lines.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for text, role in told:
            self._lines.addWidget(label(text, role, wrap=True))

    def _show_progress(self) -> None:
        state = self.check.state
        is_running = state == "running"
        if not is_running:
            self._progress = JobProgress()
        self.words.setText(self._progress_text())
        self.words.setVisible(bool(self.words.text()))
        self.bar.setValue(round(1000 * self._progress.share))
        self.bar.setVisible(is_running)
        self.stop.setVisible(is_running)
        job = self.check.job
        self.stop.setEnabled(job is not None and job.state != "stopping")
        self.look.setVisible(state == "idle")
        self.look.setEnabled(self._session.job is None)
        self.full.setVisible(state == "done")

    def _progress_text(self) -> str:
        job, state = self.check.job, self.check.state
        if job is not None and job.state == "stopping":
            return tr("Stopping …")
        if state == "running":
            name = self._progress.text
            return tr("Looking at {name} …").format(name=name) if name else tr("Starting …")
        if state == "idle" and self._session.job is not None:
            return tr("The photos can be looked at once the work at hand has ended.")
        return ""

    def _told(self) -> list[tuple[str, Role]]:
        """Return sentences and how each looks."""
        told: list[tuple[str, Role]] = [(text, "secondary") for text in self._recognised]
        problem = self.check.problem
        if problem is not None:
            told.append((" ".join(filter(None, (problem.text, problem.remedy))), "warning"))
        for report in self.reports:
            is_sharp = report.folder == self._requested.any_camera
            if len(self.reports) > 1:
                told.append((tr("Sharp photos") if is_sharp else tr("Phone photos"), "heading"))
            told += _about(report, any_camera=is_sharp)
        return told

    def _write(self) -> None:
        """Write the report as a web page and open it."""
        reports = self.reports
        name = self._requested.folders[0].name or "photos"  # the whole of a drive has none
        path = self._session.context.home / _FOLDER / f"{name}.html"

        def write() -> None:
            from engine.dataset_report.page import write_page  # noqa: PLC0415 - takes OpenCV

            write_page(path, *reports)

        def take(problem: EngineError | None) -> None:
            if problem is None:
                open_file(path)
            else:
                self._session.say(message_for(problem))

        self._session.background.submit(lambda: attempt(write), take)


def _about(report: "DatasetReport", *, any_camera: bool) -> list[tuple[str, Role]]:
    from engine.dataset_report.sentences import sentences_of  # noqa: PLC0415 - a job has loaded it

    return [
        (sentence.text, "warning" if sentence.is_warning else "body")
        for sentence in sentences_of(report, any_camera=any_camera)
        if sentence.text != report.notice  # stands above already
    ]
