"""Measures registration where the truth is known, where it must refuse, and on real pairs.

    python -m tests.benchmarks.registration PHOTOS [--every N] [--real LR HR] [--huge] [--only PART]

PHOTOS is a folder of sharp photos. Each is photographed by a made-up LR camera of random
rotation (±3°), zoom (0.35 to 0.6), perspective, exposure, noise and JPEG quality; errors are those
of the warp that was found, in LR pixels, on a grid over the whole photo.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from engine.data.decoding import find_photos
from engine.imaging.reading import read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.registration.geometry import Warp
from engine.registration.pair import Rules, register_pair
from tests.registration_samples import (
    Camera,
    left_in_parts,
    random_camera,
    two_layers,
    with_object,
)

RULES = Rules(scale=2)
OBJECT_SHARE = 0.15  # of the photo's shorter side
DETAIL_LEVELS = 3.0  # slope from which a wrong place can be seen


def say(*lines):
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def registered(lr, hr, rules=RULES):
    began = time.process_time()
    found = register_pair(lr, hr, rules)
    return found, time.process_time() - began


def known_warps(paths):
    say(f"\nKnown warps, {len(paths)} photos")
    say(
        f"{'photo':20} {'verdict':9} {'true px':>8} {'max px':>7} {'said px':>8} {'used':>5} {'s':>5}"
    )
    errors, times, verdicts = [], [], []
    for index, path in enumerate(paths):
        hr = read_rgb8(path)
        camera = random_camera(np.random.default_rng(index))
        found, seconds = registered(camera.photograph(hr, index), hr)
        report = found.report
        error = camera.error_px(found.warp, hr) if found.warp else np.array([np.nan])
        errors.append(error.mean())
        times.append(seconds)
        verdicts.append(report.verdict)
        say(
            f"{path.stem:20} {report.verdict:9} {error.mean():8.3f} {error.max():7.3f} "
            f"{report.residual_mean_px or np.nan:8.3f} {report.usable_share or 0:5.2f} {seconds:5.1f}"
        )
    known = np.array(errors)
    say(
        f"mean {np.nanmean(known):.3f} px, median {np.nanmedian(known):.3f}, worst photo "
        f"{np.nanmax(known):.3f}; {np.mean(known <= 0.1):.0%} of the photos within 0.1 px; "
        f"{verdicts.count('good')} good, {verdicts.count('parts')} in parts, "
        f"{verdicts.count('rejected')} rejected; {np.mean(times):.1f} s of one core each"
    )


def mismatched(paths):
    say(f"\nOther scenes, {len(paths)} pairs")
    accepted = []
    for index, path in enumerate(paths):
        other = paths[(index + len(paths) // 2) % len(paths)]
        hr = read_rgb8(path)
        lr = random_camera(np.random.default_rng(index)).photograph(hr, index)
        found, _ = registered(lr, read_rgb8(other))
        if found.parts:
            accepted.append(f"{path.stem} and {other.stem}: {found.report.sentence}")
    say(f"{len(paths) - len(accepted)} of {len(paths)} rejected", *accepted)


def moved_things(paths):
    say(f"\nA thing at another place, {len(paths)} pairs")
    shares, used = [], []
    for index, path in enumerate(paths):
        rng = np.random.default_rng(index)
        hr, other = read_rgb8(path), read_rgb8(paths[(index + 1) % len(paths)])
        height, width = hr.shape[:2]
        side = int(min(height, width, *other.shape[:2]) * OBJECT_SHARE)
        patch = other[: 2 * side : 2, : 2 * side : 2]
        places = [
            (int(rng.integers(width // 8, 7 * width // 8 - side)), top)
            for top in (height // 4, height // 2)
        ]
        camera = random_camera(rng)
        lr = camera.photograph(with_object(hr, patch, *places[0]), index)
        found, _ = registered(lr, with_object(hr, patch, *places[1]))
        region = np.zeros((height, width), bool)
        for left, top in places:
            region[top : top + side, left : left + side] = True
        shares.append(
            left_in_parts(region & with_detail(hr, patch, places), camera, hr, found.parts)
        )
        used.append(found.report.usable_share or 0.0)
        if shares[-1] > 0.01:
            say(f"  {path.stem}: {shares[-1]:.1%} of it left")
    say(
        f"left in what is used: {np.mean(shares):.2%} of the thing's places on average, "
        f"{np.max(shares):.2%} at most; {np.mean(used):.0%} of the photos used"
    )


def with_detail(hr, patch, places):
    """Where the thing differs from what is behind it."""
    changed = np.zeros(hr.shape[:2], bool)
    for left, top in places:
        there = with_object(hr, patch, left, top)
        levels = np.abs(cv2.blur(there, (15, 15)).astype(int) - cv2.blur(hr, (15, 15))).max(axis=2)
        changed |= levels > 12
    return changed


def parallax(paths):
    say(f"\nNear things shifted against far ones, {len(paths)} pairs")
    verdicts, wrong = [], []
    for index, path in enumerate(paths):
        rng = np.random.default_rng(index)
        far, near = read_rgb8(path), read_rgb8(paths[(index + 1) % len(paths)])
        shift_px = int(rng.integers(4, 25))
        camera = random_camera(rng)
        ours, theirs, mask = two_layers(far, near, shift_px)
        found, _ = registered(camera.photograph(ours, index), theirs)
        verdicts.append(found.report.verdict)
        if not found.parts:
            continue
        grey = cv2.GaussianBlur(
            cv2.cvtColor(ours, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 2
        )
        slope = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=1, scale=0.5))
        seen = cv2.blur(slope, (25, 25)) > DETAIL_LEVELS * camera.zoom
        shares = [left_in_parts(m & seen, camera, theirs, found.parts) for m in (mask, ~mask)]
        wrong.append(min(shares))
        if wrong[-1] > 0.02:
            say(
                f"  {path.stem}, {shift_px * camera.zoom:.1f} px: {wrong[-1]:.1%} of the wrong layer"
            )
    say(
        f"{verdicts.count('rejected')} of {len(verdicts)} rejected; in the others "
        f"{np.mean(wrong or [0]):.2%} of the other layer's detail is left on average, "
        f"{np.max(wrong or [0]):.2%} at most"
    )


def real_pairs(lr_folder, hr_folder, every):
    """Registered pairs of equal size: LR is made half as large first, as training would."""
    photos = find_photos(lr_folder)[::every]
    say(f"\nReal pairs, {len(photos)}")
    rows = []
    for photo in photos:
        hr = read_rgb8(hr_folder / photo.files[0].name)
        lr = downsample_bicubic_uint8(read_rgb8(photo.files[0]), 2)
        report = registered(lr, hr)[0]
        middle = Warp(np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1.0]]))
        x, y = np.meshgrid(np.linspace(0, lr.shape[1] - 1, 20), np.linspace(0, lr.shape[0] - 1, 20))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        off = np.nan
        if report.warp is not None:
            off = np.linalg.norm(report.warp(points) - middle(points), axis=1).mean() / 2
        rows.append((report.report, off))
    reports = [report for report, _ in rows if report.verdict != "rejected"]
    columns = {
        "residual mean px": [r.residual_mean_px for r in reports],
        "residual 95 % px": [r.residual_p95_px for r in reports],
        "moved by it px": [off for _, off in rows],
        "used": [r.usable_share for r in reports],
        "sharper": [r.sharpness_ratio for r in reports],
        "colour ΔE before": [r.colour_error_before for r in reports],
        "colour ΔE": [r.colour_error for r in reports],
    }
    for name, values in columns.items():
        known = np.array([value for value in values if value is not None], float)
        say(f"{name:18} mean {np.nanmean(known):.3f}, worst {np.nanmax(known):.3f}")
    verdicts = [report.verdict for report, _ in rows]
    say(*(f"{verdicts.count(verdict)} {verdict}" for verdict in ("good", "parts", "rejected")))


def huge(path):
    """A photo enlarged to 48 megapixels against an LR of 12."""
    photo = read_rgb8(path)
    factor = (48e6 / (photo.shape[0] * photo.shape[1])) ** 0.5
    hr = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    hr = np.clip(hr + np.random.default_rng(0).normal(0, 8, hr.shape[:2])[..., None], 0, 255)
    hr = hr.astype(np.uint8)
    lr = cv2.warpPerspective(
        cv2.GaussianBlur(hr, (0, 0), 0.9),
        np.linalg.inv(Camera(cover=1.0).homography(hr)),
        (hr.shape[1] // 2, hr.shape[0] // 2),
        flags=cv2.INTER_AREA,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found, seconds = registered(lr, hr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        f"\nHuge: LR {lr.shape[1]}×{lr.shape[0]}, HR {hr.shape[1]}×{hr.shape[0]}: "
        f"{found.report.verdict}, {Camera(cover=1.0).error_px(found.warp, hr).mean():.3f} px, "
        f"{seconds:.0f} s of one core, {peak:.0f} MiB at most ({before:.0f} before)"
    )


def nothing(_paths):
    """For `--only none`, with `--real` or `--huge`."""


MEASUREMENTS = {
    "warps": known_warps,
    "scenes": mismatched,
    "things": moved_things,
    "parallax": parallax,
    "none": nothing,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--real", type=Path, nargs=2, metavar=("LR", "HR"))
    parser.add_argument("--huge", action="store_true")
    parser.add_argument("--only", choices=MEASUREMENTS, help="One of the synthetic measurements.")
    options = parser.parse_args()
    paths = [photo.files[0] for photo in find_photos(options.photos)][:: options.every]
    for name, measurement in MEASUREMENTS.items():
        if options.only in {None, name}:
            measurement(paths)
    if options.real:
        real_pairs(*options.real, options.every)
    if options.huge:
        huge(paths[0])


if __name__ == "__main__":
    sys.exit(main())
