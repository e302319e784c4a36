"""One tile in PyTorch's arithmetics and in OpenVINO: processor time and error by side of tile.

    python -m tests.benchmarks.upscaling_backends [--sides 96 192 384] [--threads 1] [--rounds 4]
        [NETWORK ...]

A network is a shipped name, a file, or SwinIR-light, DRCT-small or EDSR-baseline with random
weights. Memory is kept between layers, as upscaling keeps it: without that PyTorch takes up to
1.5 times as long, and OpenVINO, which has a plan of its own, does not. Contenders take turns.
"""

import argparse
import time
from functools import partial

import torch
from rich.console import Console
from rich.table import Table

from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.backbones.loading import load_backbone
from engine.upscaling.inference.allocator import kept_memory, share_one_heap
from engine.upscaling.inference.openvino_network import OpenVinoNetwork
from engine.upscaling.inference.torch_network import TorchNetwork


def network(name: str) -> Backbone:
    """Return a network by name."""
    window = {"embed_dim": 60, "window_size": 8}
    if name == "SwinIR-light":
        return build_backbone("SwinIR", scale=2, depths=[6] * 4, num_heads=[6] * 4, **window)
    if name == "DRCT-small":
        return build_backbone("DRCT", scale=2, depths=[6] * 2, num_heads=[6] * 2, gc=16, **window)
    if name == "EDSR-baseline":
        return build_backbone("EDSR", scale=2, features=64, blocks=16)
    return load_backbone(name)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=["safmn-x2"])
    parser.add_argument("--sides", type=int, nargs="+", default=[96, 192, 384])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    share_one_heap()
    torch.set_num_threads(options.threads)
    table = Table("network", "side", "contender", "µs a pixel", "largest error / 255", "compiling")
    for name in options.networks:
        backbone = network(name)
        ours, openvino = TorchNetwork(backbone), OpenVinoNetwork(backbone)
        contenders = {
            **{a: partial(ours.run, a) for a in ours.arithmetics},
            "OpenVINO fp32": openvino.run,
        }
        for side in options.sides:
            lr = torch.rand(1, 3, side, side)
            exact = ours.run_exact(lr)
            best_s = dict.fromkeys(contenders, float("inf"))
            errors = {}
            with kept_memory():
                for _ in range(options.rounds):
                    for contender, run in contenders.items():
                        started = time.process_time()
                        sr = run(lr)
                        best_s[contender] = min(best_s[contender], time.process_time() - started)
                        errors[contender] = float((sr - exact).abs().max()) * 255
            for contender, seconds in best_s.items():
                compiling = f"{openvino.compile_s:.2f} s" if "OpenVINO" in contender else ""
                table.add_row(
                    *(name, str(side), contender, f"{seconds / side**2 * 1e6:.2f}"),
                    *(f"{errors[contender]:.4f}", compiling),
                )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
