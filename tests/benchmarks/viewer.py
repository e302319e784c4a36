"""Measures the before/after viewer over large pictures: time per painted frame, and memory.

    python -m tests.benchmarks.viewer [--megapixels 192] [--width 1600] [--height 1000]

A picture of that size is made up and written as JPEG, beside an LR one of a quarter of its
pixels' sides. Then the view is panned and zoomed as by hand, in every mode, and every frame is
painted into the window's backing store at once. Prints one line per mode.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import QEventLoop, QPointF, QTimer

from adaptsr_app.application import make_application, make_context
from adaptsr_app.widgets.compare_view import CompareView, ShownPicture
from adaptsr_app.widgets.compare_view.modes import MODES

MIB = 1 << 20
FRAMES = 120
HEARTBEAT_MS = 10


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def resident_mib() -> float:
    return psutil.Process().memory_info().rss / MIB


class PeakMemory:
    """The largest resident memory since it was made, looked at every few milliseconds."""

    def __init__(self) -> None:
        self.mib = resident_mib()
        self._timer = QTimer(interval=20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        self.mib = max(self.mib, resident_mib())


class Heartbeat:
    """How late a timer of 10 ms comes, in ms: what else the window's thread could not do."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(interval=HEARTBEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now_s = time.perf_counter()
        self.late_ms.append(max(0.0, (now_s - self._last_s) * 1000 - HEARTBEAT_MS))
        self._last_s = now_s


def write_picture(path: Path, width_px: int, height_px: int) -> None:
    """Write a picture with detail everywhere, made of one tile in changing brightness."""
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 64, (512, 512, 3), np.uint8)
    pixels = np.tile(tile, (-(-height_px // 512), -(-width_px // 512), 1))[:height_px, :width_px]
    pixels += np.linspace(0, 190, width_px).astype(np.uint8)[None, :, None]
    Image.fromarray(pixels).save(path, quality=85)


def wait_until_settled(view: CompareView, timeout_ms: int = 300_000) -> None:
    loop = QEventLoop()
    view.settled.connect(loop.quit)
    QTimer.singleShot(timeout_ms, loop.quit)
    loop.exec()


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share)) if values else float("nan")


def pan_and_zoom(app, view: CompareView) -> list[float]:
    """Return the time of each frame, in ms; tiles arrive between frames as they do in use."""
    stage = view.stage
    frames_ms = []
    middle = QPointF(stage.width() / 3, stage.height() / 3)
    stage.fit()
    for index in range(FRAMES):
        if index % 4 == 0:
            stage.zoom_by(1 if index < FRAMES / 2 else -1, middle)
        else:
            stage.viewport.pan(stage.panes[0], -37, -23 if index % 8 < 4 else 23)
        began_s = time.perf_counter()
        stage.repaint()
        frames_ms.append((time.perf_counter() - began_s) * 1000)
        for _ in range(4):
            app.processEvents()
            time.sleep(0.004)
    return frames_ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=192)
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--height", type=int, default=1000)
    options = parser.parse_args()
    width_px = round((options.megapixels * 1e6 * 4 / 3) ** 0.5)
    height_px = round(options.megapixels * 1e6 / width_px)
    app = make_application(["viewer"])
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large.jpg", Path(folder) / "small.jpg"
        # In processes of their own, so that the memory it takes is not counted here.
        spawn = multiprocessing.get_context("spawn")
        for path, divisor in ((large, 1), (small, 4)):
            size = (width_px // divisor, height_px // divisor)
            writer = spawn.Process(target=write_picture, args=(path, *size))
            writer.start()
            writer.join()
        context = make_context(app, Path(folder))
        view = CompareView(context.theme)
        view.resize(options.width, options.height)
        view.show()
        app.processEvents()
        before_mib = resident_mib()
        peak, heart, began_s = PeakMemory(), Heartbeat(), time.perf_counter()
        view.set_pictures([ShownPicture("LR", small), ShownPicture("SR", large)])
        wait_until_settled(view)
        say(
            f"{width_px} x {height_px} px, window {options.width} x {options.height}: opened in "
            f"{time.perf_counter() - began_s:.1f} s; heartbeat late by "
            f"{percentile(heart.late_ms, 99):.0f} ms at the 99th percentile, "
            f"{max(heart.late_ms):.0f} ms at most; memory {before_mib:.0f} MiB before, "
            f"{peak.mib:.0f} MiB at most while opening, {resident_mib():.0f} MiB after"
        )
        for mode in MODES:
            view.set_mode(mode)
            peak = PeakMemory()
            frames_ms = pan_and_zoom(app, view)
            say(
                f"{mode:14} frame {percentile(frames_ms, 50):5.1f} ms median, "
                f"{percentile(frames_ms, 99):5.1f} ms at the 99th percentile; "
                f"memory {peak.mib:.0f} MiB at most"
            )
        view.clear()
        view.close()


if __name__ == "__main__":
    main()
