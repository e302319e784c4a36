"""The line below the list: start, pause and stop, and how far everything is."""

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from adaptsr_app.messages import tr, tr_count
from adaptsr_app.models.job_progress import JobProgress
from adaptsr_app.models.upscale_queue import Counts
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.text import label

RunState = Literal["idle", "starting", "running", "paused", "stopping"]

_STEPS = 1000


class RunBar(QFrame):
    """Shows one state of a run.

    Signals:
        start_requested: Upscale what waits.
        pause_requested: Pause, or go on after a pause.
        stop_requested: Stop.
    """

    start_requested = Signal()
    pause_requested = Signal()
    stop_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: RunState = "idle"
        self.bar = QProgressBar()
        self.bar.setMaximum(_STEPS)
        self.bar.setAccessibleName(tr("Progress of all photos"))
        self.now = ElidedLabel()
        self.left = label("", "secondary")
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.start = push_button("", self.start_requested.emit, "primary")
        self.pause = push_button(tr("Pause"), self.pause_requested.emit)
        self.stop = push_button(tr("Stop"), self.stop_requested.emit)
        for button, keys in ((self.start, "Ctrl+U"), (self.pause, "Ctrl+P"), (self.stop, "Ctrl+.")):
            with_keys(button, keys)
        words = QHBoxLayout()
        words.setSpacing(12)
        words.addWidget(self.now, 1)
        words.addWidget(self.left)
        progress = QVBoxLayout()
        progress.setSpacing(6)
        progress.addLayout(words)
        progress.addWidget(self.bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(progress, 1)
        for button in (self.pause, self.stop, self.start):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._draw)
        self._draw()
        self.show_idle(Counts())

    def show_idle(self, counts: Counts) -> None:
        """Offer to start.

        Args:
            counts: Where the photos of the queue stand.
        """
        waiting = counts.waiting
        self._set_state("idle")
        self.bar.hide()
        self.left.clear()
        self.now.set_text("" if waiting else _nothing_waits(counts))
        words = tr_count("Upscale 1 photo", "Upscale %n photos", waiting)
        self.start.setText(words if waiting else tr("Upscale"))
        self.start.setEnabled(waiting > 0)

    def show_starting(self) -> None:
        """Say that the engine gets ready."""
        self._set_state("starting")
        self.bar.setValue(0)
        self.now.set_text(tr("Getting ready …"))
        self.left.clear()

    def show_running(self, progress: JobProgress, place: tuple[int, int] | None) -> None:
        """Show how far everything is.

        Args:
            progress: Of the job.
            place: Which photo of how many, counted from 1; None before the first.
        """
        self._set_state("running")
        self._show_progress(progress, place)
        self.left.setText(progress.time_left())

    def show_paused(self, progress: JobProgress, place: tuple[int, int] | None) -> None:
        """Offer to go on."""
        self._set_state("paused")
        self._show_progress(progress, place)
        self.left.setText(tr("Paused"))

    def show_stopping(self) -> None:
        """Say that the photo at hand is let go of."""
        self._set_state("stopping")
        self.now.set_text(tr("Stopping …"))
        self.left.clear()

    def _show_progress(self, progress: JobProgress, place: tuple[int, int] | None) -> None:
        self.bar.setValue(round(_STEPS * progress.share))
        if place is None:
            self.now.set_text(tr("Looking at the photos …"))
        else:
            words = tr("Photo {index} of {count}: {name}")
            self.now.set_text(words.format(index=place[0], count=place[1], name=progress.text))

    def _set_state(self, state: RunState) -> None:
        self._state = state
        self.bar.setVisible(state != "idle")
        self.start.setVisible(state == "idle")
        self.pause.setVisible(state != "idle")
        self.stop.setVisible(state != "idle")
        self.pause.setEnabled(state in {"running", "paused"})
        self.stop.setEnabled(state != "stopping")
        self.pause.setText(tr("Go on") if state == "paused" else tr("Pause"))
        self._draw()

    def _draw(self) -> None:
        tokens = self._theme.tokens
        self.start.setIcon(icon("upscale", tokens, "on_accent"))
        self.pause.setIcon(icon("start" if self._state == "paused" else "pause", tokens))
        self.stop.setIcon(icon("stop", tokens))


def _nothing_waits(counts: Counts) -> str:
    if counts.failed:
        return tr_count("1 photo did not work.", "%n photos did not work.", counts.failed)
    return tr("Everything is done.") if counts.done or counts.skipped else ""
