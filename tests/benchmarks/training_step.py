"""Seconds per training step: full fine-tuning against low-rank updates and the floor, in one run.

    python -m tests.benchmarks.training_step [--rounds 15] [--threads 2] [--json FILE]

The floor computes the forward pass and the activations' gradients down to the input, but no
weight gradient and no optimiser step. Contenders take turns, so that a busy machine hits all of
them; the median of each is reported.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from engine.adapters.methods import METHODS, Adaptation
from engine.adapters.rank_map import plan_ranks
from engine.adapters.scores import score_sites
from engine.adapters.sites import find_sites
from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.config.adapter import AdapterSettings

NETWORKS = ("SAFMN", "EDSR", "SwinIR")
BATCH, PATCH, SCALE = 4, 48, 2
ARITHMETICS = (
    ("fp32", torch.float32, False),
    ("fp32 channels_last", torch.float32, True),
    ("bf16", torch.bfloat16, False),
    ("bf16 channels_last", torch.bfloat16, True),
)
Step = Callable[[], None]


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Return smooth LR and HR, (4, 3, 48, 48) and (4, 3, 96, 96)."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(BATCH, 3, 12, 12, generator=generator)
    hr = functional.interpolate(coarse, size=PATCH * SCALE, mode="bicubic").clamp(0, 1)
    return functional.avg_pool2d(hr, SCALE), hr


def adaptations(backbone: Backbone) -> dict[str, Adaptation]:
    """Return the contenders: full, and ours at 8 % with each way to compute gradients."""
    sites = find_sites(backbone.module)
    scores = score_sites(backbone, sites, [batch()], count=1).mean()
    contenders = {}
    for name, method, form in (
        ("full", "full", "auto"),
        ("weight space", "adaptsr", "weight"),
        ("ours", "adaptsr", "auto"),
    ):
        settings = AdapterSettings(method=method, form=form)
        rank_map = plan_ranks(sites, scores, settings, backbone_parameters=backbone.parameter_count)
        contenders[name] = METHODS.get(method).build(backbone, rank_map, 0)
    return contenders


def training_step(adaptation: Adaptation, dtype: torch.dtype) -> Step:
    """Return one optimiser step of `adaptation`."""
    lr, hr = batch()
    optimizer = torch.optim.Adam(adaptation.parameters.values(), lr=1e-5, fused=True)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            sr = adaptation.backbone(lr)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(functional.l1_loss(sr.float(), hr))
        optimizer.step()

    return step


def floor_step(backbone: Backbone, dtype: torch.dtype) -> Step:
    """Return a forward and backward pass without weight gradients."""
    lr, hr = batch()
    lr.requires_grad_()

    def step() -> None:
        lr.grad = None
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            sr = backbone(lr)
        torch.autograd.backward(functional.l1_loss(sr.float(), hr))

    return step


def measure(steps: dict[str, Step], rounds: int) -> dict[str, float]:
    """Return the median seconds of each step, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for round_number in range(rounds + 2):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            if round_number >= 2:
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    table = Table("network", "arithmetic", "full s", "weight space", "ours", "floor", "ours s")
    rows = []
    for network in NETWORKS:
        backbone = build_backbone(network, scale=SCALE)
        for label, dtype, channels_last in ARITHMETICS:
            backbone.to("cpu", channels_last=channels_last)
            steps = {n: training_step(a, dtype) for n, a in adaptations(backbone).items()}
            steps["floor"] = floor_step(backbone, dtype)
            seconds = measure(steps, options.rounds)
            full = seconds["full"]
            rows.append({"network": network, "arithmetic": label, "seconds": seconds})
            ratios = [f"{seconds[n] / full:.2f}" for n in ("weight space", "ours", "floor")]
            table.add_row(network, label, f"{full:.3f}", *ratios, f"{seconds['ours']:.3f}")
    console = Console(width=100)
    console.print(f"batch {BATCH}, LR {PATCH}, x{SCALE}, {options.threads} threads; ratios to full")
    console.print(table)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
