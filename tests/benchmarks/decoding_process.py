"""What it costs to have photos decoded in a process of their own.

    python -m tests.benchmarks.decoding_process

Header and pixels of a made-up JPEG of 12 megapixels, in this process and in another, in turns;
every pixel is looked at. Processor seconds are those of both processes.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.table import Table

from engine.imaging.decoding import decode_photo, read_header
from engine.imaging.decoding_process.pool import shared_pool
from engine.imaging.reading import DEFAULT_MAX_PIXELS, probe, read_photo

_HEIGHT, _WIDTH = 3000, 4000


def made_up_photo(path: Path) -> None:
    """Write a JPEG as cameras do: quality 95, fine noise, 4:2:0."""
    y, x = np.mgrid[:_HEIGHT, :_WIDTH]
    waves = 128 + 90 * np.sin(x / 50) * np.cos(y / 70)
    picture = np.stack([x / _WIDTH * 255, y / _HEIGHT * 255, waves], axis=-1)
    picture += np.random.default_rng(0).normal(0, 6, picture.shape)
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path, quality=95)


def processor_s() -> float:
    """Return the processor time of this process and its decoders so far."""
    times = [psutil.Process(pid).cpu_times() for pid in shared_pool().pids]
    return time.process_time() + sum(each.user + each.system for each in times)


def measure(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return wall and processor seconds of one call, the mean over `times`."""
    started, used = time.perf_counter(), processor_s()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times, (processor_s() - used) / times


def asked_anew(path: Path) -> None:
    """Read a header that is known already: of a file written to, as far as anybody can tell."""
    os.utime(path)
    probe(path)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    table = Table("", "in this process", "in its own", "difference")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        made_up_photo(path)

        def pixels_here() -> int:
            photo = decode_photo(path, max_pixels=DEFAULT_MAX_PIXELS, keep_16_bit=True)
            return int(photo.pixels.max())

        started = time.perf_counter()
        probe(path)
        start_s = time.perf_counter() - started
        cases: list[tuple[str, int, Callable[[], object], Callable[[], object]]] = [
            ("header", 200, lambda: read_header(path), lambda: asked_anew(path)),
            ("pixels", 4, pixels_here, lambda: int(read_photo(path).pixels.max())),
        ]
        for name, times, here, there in cases:
            here(), there(), there()
            rounds = [(measure(here, times), measure(there, times)) for _ in range(options.rounds)]
            for unit, index in (("wall", 0), ("processor", 1)):
                ours = median(one[0][index] for one in rounds) * 1e3
                theirs = median(one[1][index] for one in rounds) * 1e3
                change = f"{(theirs / ours - 1) * 100:+.1f} %" if name == "pixels" else ""
                change = change or f"{theirs - ours:+.2f} ms"
                table.add_row(f"{name}, {unit}", f"{ours:.2f} ms", f"{theirs:.2f} ms", change)
    Console().print(table)
    memory = sum(psutil.Process(pid).memory_info().rss for pid in shared_pool().pids) / 2**20
    Console().print(
        f"first header, decoder started: {start_s:.2f} s; decoder idle: {memory:.0f} MiB"
    )


if __name__ == "__main__":
    main()
