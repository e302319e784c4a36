"""What a camera's own photos are worth: real pairs held out, LR learnt from in five ways.

    python -m tests.benchmarks.camera_estimation --pairs city100-iphonex --photos photos-hr \
        --backbone safmn_df2k_x2.safetensors --out results.json --lpips lpips_squeeze.safetensors

Scenes 061 to 070 are measured whole; nothing of them is used before. The camera is estimated from
the LR side of scenes 001 to 060 alone; their HR side is used by the contender "real" only. Runs
that `--out` holds already are not repeated, so several processes can share the work by `--only`. The
trained networks are kept beside the rows; `--lpips` measures these too.
"""

import argparse
import json
import statistics
import sys
from functools import partial
from pathlib import Path

import torch

from engine.adapters.merge import merge_and_verify
from engine.adapters.methods import METHODS
from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.camera.degradation import CameraDegradation
from engine.camera.estimating import estimate_camera
from engine.cancellation import CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.training import TrainingSettings
from engine.data.degradation.pipeline import BlindDegradation
from engine.data.degradation.settings import PRESETS
from engine.data.on_the_fly import DegradingSampler
from engine.data.pair_set import PairSet, load_hr_photos, load_pairs
from engine.data.sampling import PatchSampler
from engine.evaluation.measuring import measure
from engine.events import ignore_events
from engine.files import atomic_write_text
from engine.imaging.resampling import upsample_bicubic
from engine.metrics.lpips import Lpips, load_lpips
from engine.metrics.luma import quantise
from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y
from engine.training.planning import ScoredPatches, plan_on
from engine.training.setup import Sampler
from engine.training.trainer import Trainer
from engine.upscaling.photo.upscaler import upscale_tensor

SCALE = 2
CONTENDERS = ("bicubic", "blind-harsh", "blind-mild", "camera", "real")
LEARN = tuple(f"{scene:03}" for scene in range(1, 61))
HELD_OUT = tuple(f"{scene:03}" for scene in range(61, 71))


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lpips", type=Path)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--threads", type=int, default=1)
    requested = parser.parse_args()
    torch.set_num_threads(requested.threads)
    real = load_pairs(requested.pairs, scale=SCALE, cache_dir=requested.cache_dir)
    photos = load_hr_photos(requested.photos, scale=SCALE, cache_dir=requested.cache_dir)
    lpips = load_lpips(requested.lpips) if requested.lpips else None
    for seed in requested.seeds:
        for contender in requested.only:
            row = requested.out.with_name(f"{requested.out.stem}-{contender}-{seed}.json")
            if not row.exists():
                values = run(
                    contender,
                    seed,
                    steps=requested.steps,
                    backbone_file=requested.backbone,
                    real=real,
                    photos=photos,
                    network=row.with_suffix(".safetensors"),
                )
                atomic_write_text(row, json.dumps(values, indent=1))
            if lpips is not None and row.with_suffix(".safetensors").exists():
                values = json.loads(row.read_text())
                if "lpips" not in values:
                    networks = {
                        "backbone": load_backbone(requested.backbone),
                        "adapted": load_backbone(row.with_suffix(".safetensors")),
                    }
                    values["lpips"] = mean_lpips(real.subset(HELD_OUT), networks, lpips)
                    atomic_write_text(row, json.dumps(values, indent=1))
            say(f"{contender} {seed}: {row.read_text()}")
    print_table(requested.out)


def run(
    contender: str,
    seed: int,
    *,
    steps: int,
    backbone_file: str,
    real: PairSet,
    photos: PairSet,
    network: Path,
) -> dict[str, dict[str, float]]:
    """Train one contender, keep it as `network`, measure it on the real pairs held out."""
    train, sampler = source_of(contender, real.subset(LEARN), photos)
    device, token = torch.device("cpu"), CancelToken()
    training = TrainingSettings(steps=steps, seed=seed)
    backbone = load_backbone(backbone_file)
    patches = ScoredPatches(train, training.patch, training.batch, seed, sampler)
    rank_map = plan_on(patches, backbone, AdapterSettings(), device, ignore_events, token)
    adaptation = METHODS.get("adaptsr").build(backbone, rank_map, seed)
    source = sampler(train, patch=training.patch, batch=training.batch, seed=seed)
    progress = Trainer(adaptation, source, training, device=device, identity="").run()
    merged, _ = merge_and_verify(adaptation, backbone)
    save_backbone(merged, network)
    quality = measure(real.subset(HELD_OUT), {"backbone": backbone, "adapted": merged})
    return {
        "psnr_y_db": mean_psnr_y_db(quality),
        "ssim_y": mean_ssim_y(quality),
        "photos_psnr_y_db": {photo.name: photo.psnr_y_db["adapted"] for photo in quality},
        "seconds": {"training": progress.seconds},
    }


def mean_lpips(pairs: PairSet, networks: dict[str, Backbone], lpips: Lpips) -> dict[str, float]:
    """Return the mean LPIPS (border = scale, 8-bit results) of bicubic and each network."""
    inside = (..., slice(SCALE, -SCALE), slice(SCALE, -SCALE))
    distances: dict[str, list[float]] = {name: [] for name in ("bicubic", *networks)}
    for index in range(len(pairs)):
        lr, hr = pairs.lr_tensor(index), pairs.hr_tensor(index)
        results = {"bicubic": upsample_bicubic(lr, SCALE)}
        with torch.no_grad():
            results |= {name: upscale_tensor(net, lr) for name, net in networks.items()}
        for name, sr in results.items():
            distances[name].append(lpips(quantise(sr)[inside], hr[inside]).item())
    return {name: statistics.fmean(values) for name, values in distances.items()}


def source_of(contender: str, real: PairSet, photos: PairSet) -> tuple[PairSet, Sampler]:
    """Return what a contender learns from, and how it is drawn."""
    match contender:
        case "real":
            return real, PatchSampler
        case "bicubic":
            return photos, PatchSampler
        case "camera":
            estimate = estimate_camera(
                [(name, real.lr(index)) for index, name in enumerate(real.names)],
                sharp=[photos.lr(index) for index in range(len(photos))],
            )
            say(estimate.model_dump_json())
            return photos, partial(DegradingSampler, degradation=CameraDegradation(estimate))
        case _:
            degradation = BlindDegradation(PRESETS[contender.removeprefix("blind-")])
            return photos, partial(DegradingSampler, degradation=degradation)


def print_table(out: Path) -> None:
    """Print mean and spread over the seeds, and collect all rows in one file."""
    rows = {
        path.stem.removeprefix(f"{out.stem}-"): json.loads(path.read_text())
        for path in sorted(out.parent.glob(f"{out.stem}-*-*.json"))
    }
    atomic_write_text(out, json.dumps(rows, indent=1))
    first = next(iter(rows.values()))
    for still in ("bicubic", "backbone"):
        psnr_y_db, ssim = first["psnr_y_db"][still], first["ssim_y"][still]
        lpips = column(list(rows.values()), still)
        say(f"| {still}, no training | {psnr_y_db:.3f} dB | | {ssim:.4f} | {lpips} |")
    for contender in CONTENDERS:
        same = [row for name, row in rows.items() if name.rpartition("-")[0] == contender]
        if not same:
            continue
        gains = [row["psnr_y_db"]["adapted"] - row["psnr_y_db"]["backbone"] for row in same]
        psnr_y_db = statistics.fmean(row["psnr_y_db"]["adapted"] for row in same)
        ssim = statistics.fmean(row["ssim_y"]["adapted"] for row in same)
        each = " / ".join(f"{gain:+.3f}" for gain in gains)
        say(
            f"| {contender} | {psnr_y_db:.3f} dB | {each} | {ssim:.4f} | {column(same, 'adapted')} |"
        )


def column(rows: list[dict[str, dict[str, float]]], name: str) -> str:
    """Return the mean LPIPS over the rows that have one."""
    measured = [row["lpips"][name] for row in rows if "lpips" in row]
    return f"{statistics.fmean(measured):.4f}" if measured else ""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
