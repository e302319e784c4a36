"""Exports a network and prints how fast ONNX Runtime runs it, and what darktable's tiles cost.

Run with: python -m tests.benchmarks.exported_network NETWORK.safetensors
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from engine.backbones.loading import load_backbone
from engine.exporting.onnx_file import open_onnx, write_onnx
from engine.exporting.verification import photo_pieces
from engine.upscaling.inference.fast_network import FastNetwork

ROUNDS = 5
DARKTABLE_TILE_PX, DARKTABLE_OVERLAP_PX = 192, 16


def cpu_s(run: Callable[[Tensor], Tensor], lr: Tensor) -> float:
    """Return the processor time of one run in this thread, so that other programs do not count."""
    start = time.thread_time()
    run(lr)
    return time.thread_time() - start


def in_tiles(run: Callable[[Tensor], Tensor], lr: Tensor, scale: int) -> Tensor:
    """Upscale as darktable does: square tiles, mirrored at the edges, overlaps cut off."""
    tile, overlap = DARKTABLE_TILE_PX, DARKTABLE_OVERLAP_PX
    step = tile - 2 * overlap
    height, width = lr.shape[-2:]

    def mirrored(start: int, size: int) -> Tensor:
        index = torch.arange(start - overlap, start - overlap + tile).abs()
        return (size - 1 - (size - 1 - index).abs()).clamp(0, size - 1)

    sr = lr.new_zeros(1, 3, height * scale, width * scale)
    cut = slice(overlap * scale, (overlap + step) * scale)
    for top in range(0, height, step):
        for left in range(0, width, step):
            piece = lr[:, :, mirrored(top, height)][:, :, :, mirrored(left, width)]
            valid = run(piece)[..., cut, cut]
            place = sr[
                ..., top * scale : (top + step) * scale, left * scale : (left + step) * scale
            ]
            place.copy_(valid[..., : place.shape[-2], : place.shape[-1]])
    return sr


def main() -> None:
    """Print processor seconds per run and the largest differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    torch.set_num_threads(1)
    backbone = load_backbone(parser.parse_args().network)
    (lr,) = photo_pieces([(160, 160)])
    ours = FastNetwork(backbone, backend="torch")
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        write_onnx(backbone.clone(), Path(folder) / "x.onnx")
        exported = open_onnx(Path(folder) / "x.onnx")
        runs: dict[str, Callable[[Tensor], Tensor]] = {
            "PyTorch float32": backbone,
            "ours in float32": ours.run,
            "ONNX Runtime float32": exported,
        }
        best = {
            name: min(seconds)
            for name, seconds in zip(
                runs,
                zip(*([cpu_s(r, lr) for r in runs.values()] for _ in range(ROUNDS)), strict=True),
                strict=True,
            )
        }
        fidelity = ours.choose([lr])
        best[f"our choice ({fidelity.arithmetic})"] = min(
            cpu_s(ours.run, lr) for _ in range(ROUNDS)
        )
        console = Console()
        for name, seconds in best.items():
            ratio = best["ONNX Runtime float32"] / seconds
            console.print(f"{name:<24} {seconds:.3f} s, ONNX Runtime takes {ratio:.2f} times that")
        (photo,) = photo_pieces([(300, 320)])
        tiled = (in_tiles(exported, photo, backbone.scale) - exported(photo)).abs()
        # At the photo's own edges darktable mirrors, where the network alone sees black.
        edge = 2 * DARKTABLE_OVERLAP_PX * backbone.scale
        inside = tiled[..., edge:-edge, edge:-edge]
        console.print(
            f"darktable's tiles differ by {inside.max():.1e} at most, {inside.mean():.1e} on average"
        )


if __name__ == "__main__":
    main()
