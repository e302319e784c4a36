"""Shows a running job on stderr: a bar with the time left in a terminal, plain lines elsewhere."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from engine.cli.event_lines import STAGES, line_for
from engine.events import CheckpointSaved, Event, Progress, Stage, TrainingStep, Validated
from engine.formatting import format_duration
from engine.texts import visible

_LINE_EVERY_S = 10.0


class ProgressView:
    """Listens to a job; use it as a context manager and pass `emit` to the job.

    Attributes:
        checkpoint: Where training can go on from, once there is such a place.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[left]:>8}", markup=False),
            TextColumn("{task.fields[detail]}", style="dim", markup=False),
            console=console,
            refresh_per_second=5,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._stage: Stage | None = None
        self._stage_began_s = 0.0
        self._last_line_s = 0.0
        self._done = 0
        self._psnr = ""
        self.checkpoint: Path | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def emit(self, event: Event) -> None:
        """Show an event."""
        match event:
            case Progress(stage, done, total, text, eta_s):
                self._advance(stage, done, total, eta_s, text)
            case TrainingStep():
                detail = f"{event.seconds_per_step:.2f} s/step  loss {event.loss:.4f}{self._psnr}"
                self._advance(Stage.TRAIN, event.step, event.total, event.eta_s, detail)
            case Validated(psnr_y_db=psnr_y_db):
                self._psnr = f"  {psnr_y_db:.2f} dB"
            case CheckpointSaved(path=path):
                self.checkpoint = path
            case _:
                pass
        line = line_for(event)
        if line is not None:
            self._console.print(line)

    def _advance(self, stage: Stage, done: int, total: int, eta_s: float | None, text: str) -> None:
        now = time.monotonic()
        text = visible(text)
        is_new = stage != self._stage or done < self._done
        self._done = done
        if is_new:
            self._stage, self._stage_began_s = stage, now
        if eta_s is None and 0 < done < total:
            eta_s = (now - self._stage_began_s) / done * (total - done)
        left = "" if eta_s is None or done >= total else f"{format_duration(eta_s)} left"
        if self._console.is_terminal:
            self._move_bar(stage, done, total, left, text, is_new=is_new)
        elif done < total and (is_new or now - self._last_line_s >= _LINE_EVERY_S):
            self._last_line_s = now
            # an upscaling is counted in pixels, a download in bytes, which mean little to a reader
            in_percent = stage in {Stage.UPSCALE, Stage.DOWNLOAD}
            count = f"{done * 100 // total} %" if in_percent else f"{done}/{total}"
            self._console.print("  ".join(filter(None, [STAGES[stage], count, left, text])))

    def _move_bar(
        self, stage: Stage, done: int, total: int, left: str, text: str, *, is_new: bool
    ) -> None:
        if is_new or self._task is None:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(STAGES[stage], left="", detail="")
        self._bars.update(self._task, completed=done, total=total, left=left, detail=text)
