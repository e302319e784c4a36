"""Upscaling one photo: a plain PyTorch tile loop, the bare network, and ours, in one run.

    python -m tests.benchmarks.upscaling [--backbone NAME|FILE] [--photo FILE | --side-by-side 2x3]
        [--rounds 3] [--threads 2] [--side 0] [--only NAME ...] [--json FILE]

The plain loop is what a script does: float32, square tiles of 512 pixels with an overlap of 32.
The bare network gets the whole photo at once, in the arithmetic ours chose, which is what tiling
is compared with; a photo of many megapixels needs `--only` without it. Ours is measured tile by
tile with PyTorch alone and with OpenVINO already compiled, and from file to file with all that
comes before the first photo: there OpenVINO is compiled if it pays. Contenders take turns, so that a busy machine hits all of them; the best round
of each is reported, and so is processor time, which other programs do not stretch.
"""

import argparse
import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image as PillowImage
from rich.console import Console
from rich.table import Table
from skimage import data
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone
from engine.imaging.encoders.base import Output
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo
from engine.upscaling.inference.allocator import kept_memory, share_one_heap
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.openvino_choice import WantedBackend
from engine.upscaling.inference.openvino_network import has_openvino
from engine.upscaling.photo.photo_pixels import read_lr, telling_crops
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler
from engine.upscaling.tiles.bands import BandUpscaler, Image
from engine.upscaling.tiles.pixel_kind import PixelKind

TILE_PX, OVERLAP_PX = 512, 32
WHOLE = slice(None)


@dataclass(slots=True)
class Timing:
    """The best of several rounds."""

    wall_s: float = float("inf")
    processor_s: float = float("inf")

    def take(self, work: Callable[[], object]) -> None:
        """Run `work` once."""
        wall, processor = time.perf_counter(), time.process_time()
        work()
        self.wall_s = min(self.wall_s, time.perf_counter() - wall)
        self.processor_s = min(self.processor_s, time.process_time() - processor)


def plain_loop(backbone: Backbone, lr: Tensor) -> Tensor:
    """Upscale as a short script would."""
    scale, (height, width) = backbone.scale, lr.shape[-2:]
    sr = torch.zeros(1, 3, height * scale, width * scale)
    step = TILE_PX - 2 * OVERLAP_PX
    with torch.no_grad():
        for top in range(0, height, step):
            for left in range(0, width, step):
                y0, x0 = max(0, top - OVERLAP_PX), max(0, left - OVERLAP_PX)
                y1, x1 = min(height, top + step), min(width, left + step)
                part = lr[..., y0 : y1 + OVERLAP_PX, x0 : x1 + OVERLAP_PX]
                result = backbone(part)
                sr[..., top * scale : y1 * scale, left * scale : x1 * scale] = result[
                    ...,
                    (top - y0) * scale : (y1 - y0) * scale,
                    (left - x0) * scale : (x1 - x0) * scale,
                ]
    return sr


def ours(upscaler: BandUpscaler, photo: Photo) -> np.ndarray:
    """Upscale tile by tile into 8-bit pixels."""
    image = Image(photo.height_px, photo.width_px, partial(read_lr, photo))
    return np.concatenate(list(upscaler.bands(image, PixelKind("uint8"))))


def to_file(
    backbone: Backbone, backend: WantedBackend, path: Path, folder: Path, told: dict[str, str]
) -> None:
    """Prepare the network, then read, upscale and write a photo."""
    upscaler = PhotoUpscaler(backbone, backend=backend)
    photo = read_photo(path)
    size = (photo.width_px * upscaler.scale, photo.height_px * upscaler.scale)
    output = Output("JPEG", *size, channels=photo.pixels.shape[2])
    result = upscaler.upscale(photo, folder / "result.jpg", output, overwrite=True)
    told[f"file to file, {backend}: chosen"] = result.fidelity.description


def sample_photo(folder: Path, side_by_side: tuple[int, int]) -> Path:
    """Write a sample photograph of 512 x 512 pixels that comes with scikit-image, repeated."""
    once = data.astronaut()
    path = folder / "astronaut.png"
    PillowImage.fromarray(np.tile(once, (*side_by_side, 1))).save(path)
    return path


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="safmn-x2")
    parser.add_argument("--photo", type=Path)
    parser.add_argument(
        "--side-by-side", default="2x3", help="rows x columns of the sample photo, 512 px each"
    )
    parser.add_argument("--only", nargs="+", help="names of the contenders to time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--side", type=int, default=0, help="crop the photo to this side")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    share_one_heap()
    torch.set_num_threads(options.threads)
    backbone = load_backbone(options.backbone)
    with tempfile.TemporaryDirectory() as folder:
        rows, _, columns = options.side_by_side.partition("x")
        path = options.photo or sample_photo(Path(folder), (int(rows), int(columns)))
        photo = read_photo(path)
        side = options.side or max(photo.pixels.shape)
        photo = Photo(photo.rgb()[:side, :side], None, Metadata(), path, photo.format)
        figures = measure(backbone, photo, options.rounds, Path(folder), options.only)
    show(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1))


def measure(
    backbone: Backbone, photo: Photo, rounds: int, folder: Path, only: Sequence[str] | None
) -> dict[str, float | str]:
    """Return seconds, ratios and errors by name."""
    lr = read_lr(photo, WHOLE, WHOLE).contiguous()
    told: dict[str, str] = {}
    network, upscaler = ready(backbone, "torch", photo)
    contenders: dict[str, tuple[bool, Callable[[], object]]] = {
        "plain": (False, lambda: plain_loop(backbone, lr)),
        "bare": (False, lambda: network.run(lr)),
        "bare, memory kept": (True, lambda: network.run(lr)),
        "ours": (True, lambda: ours(upscaler, photo)),
        "file to file, torch": (
            True,
            lambda: to_file(backbone, "torch", photo.path, folder, told),
        ),
    }
    if has_openvino():
        _, other = ready(backbone, "openvino", photo)
        contenders |= {
            "ours, OpenVINO": (True, lambda: ours(other, photo)),
            "file to file, auto": (
                True,
                lambda: to_file(backbone, "auto", photo.path, folder, told),
            ),
        }
    if only is not None:
        contenders = {name: contenders[name] for name in only}
    timings = {name: Timing() for name in contenders}
    for _ in range(rounds):
        for name, (keeps, work) in contenders.items():
            with kept_memory() if keeps else contextlib.nullcontext():
                timings[name].take(work)
    figures: dict[str, float | str] = {
        "photo": f"{photo.width_px} × {photo.height_px}",
        "overlap_px": network.grid.overlap,
        "arithmetic": network.fidelity.arithmetic,
        **told,
    }
    if "bare" in contenders:
        figures |= errors(backbone, network, upscaler, photo)
    for name, timing in timings.items():
        figures |= {f"{name}: s": timing.wall_s, f"{name}: processor s": timing.processor_s}
    for unit in ("s", "processor s"):
        seconds = {name: float(figures[f"{name}: {unit}"]) for name in contenders}
        for name, base in (
            *(("ours", "plain"), ("ours, OpenVINO", "plain"), ("ours, OpenVINO", "ours")),
            ("file to file, auto", "file to file, torch"),
        ):
            if {name, base} <= seconds.keys():
                ratio = seconds[base] / seconds[name]
                figures[f"{name}: times as fast as {base} ({unit})"] = ratio
        for base in ("bare", "bare, memory kept"):
            if {"ours", base} <= seconds.keys():
                overhead = seconds["ours"] / seconds[base] - 1
                figures[f"tiling overhead over {base} ({unit})"] = overhead
    return figures


def ready(
    backbone: Backbone, backend: WantedBackend, photo: Photo
) -> tuple[FastNetwork, BandUpscaler]:
    """Return a network with everything measured that it has to know."""
    network = FastNetwork(backbone, backend=backend)
    network.choose(telling_crops(photo))
    _ = network.grid, network.bytes_per_px
    return network, BandUpscaler(network)


def errors(
    backbone: Backbone, network: FastNetwork, upscaler: BandUpscaler, photo: Photo
) -> dict[str, float]:
    """Return how far ours is from the network in float32, on the whole photo."""
    lr = read_lr(photo, WHOLE, WHOLE).contiguous()
    with torch.inference_mode():
        exact = backbone(lr)
    error = (network.run(lr) - exact).abs()
    tiled = torch.from_numpy(ours(upscaler, photo)).permute(2, 0, 1)[None] / 255
    return {
        "mean_error_255": float(error.mean()) * 255,
        "max_error_255": float(error.max()) * 255,
        "max_error_8_bit_255": float((tiled - exact.clamp(0, 1)).abs().max()) * 255,
    }


def show(figures: dict[str, float | str]) -> None:
    """Print figures as a table."""
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, value if isinstance(value, str) else f"{value:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
