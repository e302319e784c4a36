"""Peak memory of upscaling one large photo into a file, beyond what the loaded model takes.

    python -m tests.benchmarks.upscaling_memory [--megapixels 12] [--scale 4] [--format JPEG]
        [--source JPEG|HEIC] [--backbone NAME|FILE] [--backend auto|torch|openvino]
        [--threads 2] [--bit-depth 8]

Without a backbone the network is a tiny random Compact, so that what is measured is the way of
the pixels. The photo is made up, by another process. The job runs in this one from file to file,
as for users.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import torch

from engine.backbones.building import build_backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.events import ignore_events
from engine.imaging.encoders.base import Output
from engine.imaging.strips import StripWriter
from engine.jobs.upscale import upscale
from engine.upscaling.inference.allocator import share_one_heap
from tests.benchmarks.heic_grid import write_heic_grid

_TILE_PX = 2048
ENDINGS = {"JPEG": "photo.jpg", "HEIC": "photo.heic"}


def made_up_strips(width: int, height: int) -> Iterator[np.ndarray]:
    """Yield smooth colours and some noise, uint8 (rows, width, 3)."""
    random = np.random.default_rng(0)
    across = np.linspace(0, 200, width)
    for top in range(0, height, 64):
        rows = min(64, height - top)
        down = np.linspace(top, top + rows, rows)[:, None] * 200 / height
        planes = [across + 0 * down, down + 0 * across, 200 - across + 0 * down]
        noise = random.integers(0, 30, (rows, width, 3))
        yield (np.stack(planes, axis=-1) + noise).astype(np.uint8)


def made_up_photo(path: Path, megapixels: float) -> None:
    """Write a 4:3 photo, JPEG or HEIC by the name's ending."""
    width = int((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = width * 3 // 4
    if path.suffix == ".jpg":
        with StripWriter(path, Output("JPEG", width, height, quality=90)) as writer:
            for strip in made_up_strips(width, height):
                writer.write(strip)
    else:
        tile = np.concatenate(list(made_up_strips(_TILE_PX, _TILE_PX)))
        write_heic_grid(path, tile, round(height / _TILE_PX), round(width / _TILE_PX))


def peak_bytes() -> int:
    """Return the most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--format", default="JPEG")
    parser.add_argument("--bit-depth", default="8")
    parser.add_argument("--source", choices=ENDINGS, default="JPEG")
    parser.add_argument("--backbone")
    parser.add_argument("--backend", choices=["auto", "torch", "openvino"], default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    share_one_heap()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        photo, backbone = Path(folder, ENDINGS[options.source]), options.backbone
        maker = multiprocessing.get_context("spawn").Process(
            target=made_up_photo, args=(photo, options.megapixels)
        )
        maker.start()
        maker.join()
        if backbone is None:
            backbone = str(Path(folder, "tiny.safetensors"))
            tiny = build_backbone("Compact", scale=options.scale, num_feat=8, num_conv=2)
            save_backbone(tiny, Path(backbone))
        load_backbone(backbone)
        loaded_bytes, before_bytes = psutil.Process().memory_info().rss, peak_bytes()
        settings = UpscaleSettings(
            sources=(photo,),
            out=Path(folder, "out"),
            backbone=backbone,
            format=options.format,
            bit_depth=options.bit_depth,
            device="cpu",
            backend=options.backend,
        )
        started, worked = time.perf_counter(), time.process_time()
        report = upscale(settings, ignore_events, CancelToken())
        elapsed_s, worked_s = time.perf_counter() - started, time.process_time() - worked
        for _, reason in report.failed:
            raise SystemExit(reason)
        size_bytes = report.done[0][1].stat().st_size
        print(  # noqa: T201
            f"{options.megapixels:g} MP {options.source} x{options.scale} to {options.format}: peak "
            f"{(peak_bytes() - loaded_bytes) / 2**30:.2f} GiB over the loaded model "
            f"({loaded_bytes / 2**30:.2f} GiB, peak before {before_bytes / 2**30:.2f}), "
            f"{elapsed_s:.0f} s, {worked_s:.0f} processor s, file {size_bytes / 1e6:.0f} MB, "
            f"{report.results[0].fidelity}"
        )


if __name__ == "__main__":
    main()
