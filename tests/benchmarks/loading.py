"""Training patches per second of each source, against what one training step needs.

    python -m tests.benchmarks.loading --photos photos-hr --backbone safmn_df2k_x2.safetensors

Processor seconds are counted, of one thread, so that other work on the machine does not matter.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from engine.backbones.loading import load_backbone
from engine.camera.degradation import CameraDegradation
from engine.camera.estimating import estimate_camera
from engine.config.training import TrainingSettings
from engine.data.degradation.pipeline import BlindDegradation
from engine.data.degradation.settings import PRESETS
from engine.data.on_the_fly import DegradingSampler
from engine.data.pair_set import PairSet, load_hr_photos
from engine.data.sampling import PatchSampler
from engine.training.precision import choose_arithmetic
from engine.training.setup import Sampler

SCALE = 2


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    requested = parser.parse_args()
    torch.set_num_threads(1)
    photos = load_hr_photos(requested.photos, scale=SCALE, cache_dir=requested.cache_dir)
    settings = TrainingSettings()
    step_s = seconds(training_step(requested.backbone, photos, settings), requested.rounds)
    say(f"one training step: {step_s * 1e3:.0f} ms, {settings.batch / step_s:.0f} patches a second")
    for name, sampler in sources(photos).items():
        source = sampler(photos, patch=settings.patch, batch=settings.batch, seed=0)
        batch_s = seconds(source.batch_at, requested.rounds)
        rate, share = settings.batch / batch_s, batch_s / step_s
        say(f"{name}: {batch_s * 1e3:.1f} ms a batch, {rate:.0f} a second, {share:.0%} of a step")


def sources(photos: PairSet) -> dict[str, Sampler]:
    """Return every way to draw batches."""
    estimate = estimate_camera([(photos.names[i], photos.lr(i)) for i in range(5)])
    camera = CameraDegradation(estimate)
    blind = {f"blind, {name}": BlindDegradation(preset) for name, preset in PRESETS.items()}
    return {
        "cached pairs": PatchSampler,
        "estimated camera": partial(DegradingSampler, degradation=camera),
        **{
            name: partial(DegradingSampler, degradation=degradation)
            for name, degradation in blind.items()
        },
    }


def training_step(
    backbone_file: str, photos: PairSet, settings: TrainingSettings
) -> Callable[[int], None]:
    """Return forward and backward of the whole network in the trainer's own arithmetic."""
    device = torch.device("cpu")
    backbone = load_backbone(backbone_file)
    backbone.module.requires_grad_(True)
    arithmetic = choose_arithmetic(backbone, settings, device)
    backbone.to(device, channels_last=arithmetic.channels_last)
    lr, hr = PatchSampler(photos, patch=settings.patch, batch=settings.batch, seed=0).batch_at(0)

    def step(_number: int) -> None:
        with arithmetic.autocast(device):
            sr = backbone(lr)
        torch.autograd.backward(torch.nn.functional.l1_loss(sr.float(), hr))

    return step


def seconds(work: Callable[[int], object], rounds: int) -> float:
    """Return the median processor time of a call, after one that does not count."""
    work(0)
    times = []
    for number in range(1, rounds + 1):
        began_s = time.process_time()
        work(number)
        times.append(time.process_time() - began_s)
    return statistics.median(times)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
