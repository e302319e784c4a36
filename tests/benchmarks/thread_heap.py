"""What keeping freed memory saves: on the main thread, on another, and with one heap for all.

    python -m tests.benchmarks.thread_heap [--side 384] [--tiles 6]

Each way runs in a process of its own, because the settings are the process's. The window upscales
on another thread than the main one; the command line on the main one.
"""

import argparse
import contextlib
import resource
import subprocess
import sys
import threading

import torch
from rich.console import Console
from rich.table import Table

from engine.backbones.loading import load_backbone
from engine.upscaling.inference.allocator import kept_memory, share_one_heap
from engine.upscaling.inference.torch_network import TorchNetwork

WAYS = ("main thread", "other thread", "other thread, one heap", "other thread, nothing kept")


def measure(way: str, side: int, tiles: int) -> None:
    """Run some tiles and print processor seconds, those of them in the system, and page faults."""
    if "one heap" in way:
        share_one_heap()
    torch.set_num_threads(1)

    def work() -> None:
        network = TorchNetwork(load_backbone("safmn-x2"))
        arithmetic = network.arithmetics[-1]
        lr = torch.rand(1, 3, side, side)
        with contextlib.nullcontext() if "nothing" in way else kept_memory():
            network.run(arithmetic, lr)
            before = resource.getrusage(resource.RUSAGE_THREAD)
            for _ in range(tiles):
                network.run(arithmetic, lr)
            after = resource.getrusage(resource.RUSAGE_THREAD)
        system_s = after.ru_stime - before.ru_stime
        total_s = system_s + after.ru_utime - before.ru_utime
        sys.stdout.write(f"{total_s:.2f} {system_s:.2f} {after.ru_minflt - before.ru_minflt}\n")

    if way.startswith("main"):
        work()
        return
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=384)
    parser.add_argument("--tiles", type=int, default=6)
    parser.add_argument("--way", choices=WAYS)
    options = parser.parse_args()
    if options.way is not None:
        measure(options.way, options.side, options.tiles)
        return
    table = Table("way", "processor s", "in the system", "page faults")
    for way in WAYS:
        words = [sys.executable, "-m", __spec__.name, "--way", way]
        sizes = ["--side", str(options.side), "--tiles", str(options.tiles)]
        found = subprocess.run([*words, *sizes], check=True, capture_output=True, text=True)
        table.add_row(way, *found.stdout.split())
    Console().print(table)


if __name__ == "__main__":
    main()
