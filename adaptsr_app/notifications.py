"""Tells the desktop when a long job ends while the user looks elsewhere."""

import time

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow, QSystemTrayIcon

from adaptsr_app.context import Context
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import tr
from adaptsr_app.plain_text import plain
from adaptsr_app.theme.icons import program_icon

_LONG_S = 20


class Notifications(QObject):
    """Shows a note for every long job that ends behind another window."""

    def __init__(self, window: QMainWindow, context: Context) -> None:
        """Listen to the jobs."""
        super().__init__(window)
        self._window, self._context = window, context
        self._started: dict[RunningJob, float] = {}
        self._tray: QSystemTrayIcon | None = None
        context.jobs.started.connect(self._remember)
        context.jobs.ended.connect(self._tell)

    def _remember(self, job: RunningJob) -> None:
        self._started[job] = time.monotonic()

    def _tell(self, job: RunningJob, outcome: object) -> None:
        lasted_s = time.monotonic() - self._started.pop(job, time.monotonic())
        if lasted_s < _LONG_S or not self._context.preferences.notify:
            return
        if self._window.isActiveWindow() or not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(program_icon(), self)
            self._tray.activated.connect(self._window.activateWindow)
            self._tray.show()
        words = {"Done": tr("Finished"), "Stopped": tr("Stopped"), "Failed": tr("Did not work")}
        said = words.get(type(outcome).__name__, "")
        self._tray.showMessage(plain(job.title), said, program_icon())
