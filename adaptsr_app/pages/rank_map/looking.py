"""Measures what the shown profile changed in each layer, on a job's thread."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from adaptsr_app.context import Context
from adaptsr_app.messages import tr
from adaptsr_app.models.rank_plan import RankPlan


class Looking(QObject):
    """Runs one look at a time; a profile that is chosen meanwhile comes next.

    Signals:
        failed: An exception.
    """

    failed = Signal(object)

    def __init__(self, context: Context, plan: RankPlan, parent: QObject) -> None:
        """Start with nothing running."""
        super().__init__(parent)
        self._context, self._plan = context, plan
        self._running: Path | None = None

    def start(self) -> None:
        """Look into the plan's profile, unless that is done or being done."""
        profile = self._plan.profile
        if profile is None or self._running or self._plan.spectra or not self._plan.has_ranks:
            return
        self._running = folder = profile.folder

        def work(emit: Any, token: Any) -> Any:
            from engine.jobs.look_inside import look_inside  # noqa: PLC0415 - brings torch

            return look_inside(folder, emit, token)

        title = tr("Looking inside: {name}").format(name=profile.name)
        self._context.jobs.start("rank map", title, work).ended.connect(self._end)

    def _end(self, outcome: object) -> None:
        from engine.jobs.run import Done, Failed  # noqa: PLC0415 - a job has loaded it

        folder, self._running = self._running, None
        if isinstance(outcome, Done) and folder is not None:
            self._plan.set_spectra(folder, outcome.value)
        if isinstance(outcome, Failed):
            self.failed.emit(outcome.error)
            return
        if self._plan.profile is not None and self._plan.profile.folder != folder:
            self.start()
