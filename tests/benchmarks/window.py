"""How soon the window is there, and how promptly it answers while the engine loads and trains.

    python -m tests.benchmarks.window [--seconds 120] [--rounds 5] [--platform offscreen]

First paint: from the start of the process to the first time the window is painted, and what the
processors did for the whole process, beside a bare Qt window in the same run. Heartbeat: a timer of 10 ms on the window's thread; its lateness is how
long a click would have waited. The engine is loaded first, then the pages that are not
in front are built, then the demo's training runs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import Qt, QTimer
from rich.console import Console
from rich.table import Table

from engine.cancellation import CancelToken
from engine.events import Emit, TrainingStep

_BEAT_MS = 10
_BETWEEN_MS = 500

_FIRST_PAINT = """
import sys, time
from pathlib import Path
from PySide6.QtWidgets import QApplication, QMainWindow
if sys.argv[1] == "bare":
    application = QApplication([])
    window = QMainWindow()
else:
    from adaptsr_app.application import make_application, make_context
    from adaptsr_app.main_window import MainWindow
    application = make_application(["adaptsr"])
    window = MainWindow(make_context(application, Path(sys.argv[2])))
kind = type(window)
def paint(event):
    kind.paintEvent(window, event)
    print(time.time(), "torch" in sys.modules, flush=True)
    application.quit()
window.paintEvent = paint
window.show()
application.exec()
"""


def first_paint_s(which: str, home: Path) -> tuple[float, float]:
    """Return the seconds to the first paint of a process's window, and those of its processors."""
    started, before = time.time(), os.times()
    command = [sys.executable, "-c", _FIRST_PAINT, which, str(home)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    if printed[1] == "True":
        raise SystemExit("torch was loaded before the first paint")
    after = os.times()
    used = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return float(printed[0]) - started, used


class Heartbeat:
    """Notes how late each beat of a timer on the window's thread is."""

    def __init__(self) -> None:
        self.phase = "loading the engine"
        self.late_ms: dict[str, list[float]] = {}
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        late = (now - self._last) * 1000 - _BEAT_MS
        self.late_ms.setdefault(self.phase, []).append(max(0.0, late))
        self._last = now


def heartbeat_ms(seconds: float, home: Path) -> dict[str, list[float]]:
    """Return the lateness of every beat by phase, in ms."""
    from adaptsr_app.application import make_application, make_context  # noqa: PLC0415
    from adaptsr_app.jobs.engine_loader import EngineLoader  # noqa: PLC0415
    from adaptsr_app.main_window import MainWindow  # noqa: PLC0415
    from adaptsr_app.pages import PAGES  # noqa: PLC0415

    application = make_application(["adaptsr"])
    context = make_context(application, home)
    window = MainWindow(context)
    window.show()
    application.processEvents()  # the first paint is measured on its own
    beat = Heartbeat()
    loader = EngineLoader([entry.module for entry in PAGES])

    def train() -> None:
        beat.phase = "starting the job"
        job = context.jobs.start("demo", "Demo", _endless_demo)
        job.happened.connect(hear)
        job.ended.connect(lambda _outcome: application.quit())

    def hear(event: object) -> None:
        if isinstance(event, TrainingStep) and beat.phase != "training":
            beat.phase = "training"
            QTimer.singleShot(round(seconds * 1000), context.jobs.cancel_all)

    def build() -> None:
        beat.phase = "building the other pages"
        window.build_rest()
        waiting.start(_BEAT_MS)

    def look() -> None:
        if len(window.built_pages) == len(PAGES):
            waiting.stop()
            QTimer.singleShot(_BETWEEN_MS, train)

    waiting = QTimer()
    waiting.timeout.connect(look)
    loader.finished.connect(build)
    QTimer.singleShot(0, loader.start)
    application.exec()
    context.jobs.stop_all()
    loader.wait()
    window.close()
    return beat.late_ms


def _endless_demo(emit: Emit, token: CancelToken) -> object:
    """Train on what ships, until it is stopped."""
    from engine.jobs.demo import demo  # noqa: PLC0415 - loads torch

    with tempfile.TemporaryDirectory() as folder:
        return demo(Path(folder), emit, token, steps=100_000, minutes=100_000)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--platform", default=os.environ.get("QT_QPA_PLATFORM", "offscreen"))
    options = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = options.platform
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paints = Table("first paint", "median s", "all s", "processor s, median")
        for which in ("bare", "AdaptSR"):
            clock, used = zip(
                *(first_paint_s(which, home) for _ in range(options.rounds)), strict=True
            )
            shown = " ".join(f"{s:.2f}" for s in clock)
            paints.add_row(which, f"{median(clock):.2f}", shown, f"{median(used):.2f}")
        console.print(paints)
        beats = Table("phase", "beats", "median ms", "99 % ms", "largest ms")
        for phase, late in heartbeat_ms(options.seconds, home).items():
            high = np.percentile(late, 99)
            row = (f"{np.median(late):.1f}", f"{high:.1f}", f"{max(late):.1f}")
            beats.add_row(phase, str(len(late)), *row)
        console.print(beats)


if __name__ == "__main__":
    main()
