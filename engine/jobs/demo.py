"""Job: the main job on what ships with AdaptSR, with pictures of what came of it.

There is no real camera here: sample photographs are seen through a simulated one, and every
result says so.
"""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from engine.backbones.backbone import Backbone
from engine.backbones.catalogue import default_backbone
from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.config.training import TrainingSettings
from engine.data.pair_set import PairSet, pairs_from_arrays
from engine.data.sample_photos import TO_CHECK_ON, TO_LEARN_FROM
from engine.data.simulated_camera import PhoneCamera, photograph
from engine.errors import ConfigError, storage_errors
from engine.events import Emit, Notice, Progress, Stage
from engine.figures.before_after import BeforeAfterRow, detailed_region, draw_before_after
from engine.figures.curve import draw_curve
from engine.figures.rank_map import draw_rank_map
from engine.files import atomic_write_text
from engine.imaging.resampling import upsample_bicubic
from engine.jobs.adapt import Adapted, adapt
from engine.locks import held
from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y
from engine.profiles.profile import load_profile
from engine.unfinished import scratch_folder
from engine.upscaling.photo.upscaler import upscale_tensor

SCALE = 2
SIMULATION = (
    "This is a simulation: sample photographs seen through a simulated phone camera, not through "
    "a real one."
)

_ABOUT_FILE = "ABOUT.txt"
_RESULT_FILE = "result.json"
_VERDICT_FILE = "verdict.txt"
_PROFILE_FOLDER = "profile"
_CROP_PX = 112
_SHARE_FOR_TRAINING = 0.5
_FEWEST_STEPS = 40
_TRIAL_STEPS = 3


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo wrote.

    Attributes:
        adapted: The main job's own result.
        before_after: Picture of every contender on the photos that were kept out.
        rank_map: Picture of the ranks.
        curve: Picture of the training.
        result: The numbers, as JSON.
        elapsed_s: Time for everything.
    """

    adapted: Adapted
    before_after: Path
    rank_map: Path
    curve: Path
    result: Path
    elapsed_s: float


def demo(
    out: Path,
    emit: Emit,
    token: CancelToken,
    *,
    backbone: str | None = None,
    steps: int = 400,
    minutes: float = 5.0,
) -> DemoResult:
    """Adapt a network to a simulated phone camera and show the difference.

    Args:
        out: Folder for everything; what an earlier demo left there is replaced.
        emit: Receives the main job's events.
        token: Stops the demo.
        backbone: A shipped name or a file, for x2; the best shipped one if None.
        steps: Training steps.
        minutes: How long it may take; a slow machine trains fewer steps.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If `out` holds files that are not a demo's.
        BusyError: If another demo runs there.
        EngineError: As `adapt` does.
    """
    with held(out, "running the demo"):
        return _demo(out, emit, token, backbone, steps, minutes)


def _demo(  # noqa: PLR0917 - what `demo` takes
    out: Path, emit: Emit, token: CancelToken, backbone: str | None, steps: int, minutes: float
) -> DemoResult:
    started_s = time.monotonic()
    emit(Notice(SIMULATION))
    name = backbone or default_backbone(SCALE)
    _prepare(out)
    with storage_errors(out), scratch_folder() as cache:
        pairs = pairs_from_arrays(_simulated_pairs(emit, token), SCALE, cache)
        affordable = _affordable_steps(name, steps, minutes, pairs)
        if affordable < steps:
            emit(Notice(f"This machine is slow or busy: {affordable} steps instead of {steps}."))
        settings = AdaptSettings(
            backbone=name,
            pairs=Path("simulated phone"),
            scale=SCALE,
            out=out / _PROFILE_FOLDER,
            name="Simulated phone",
            val=tuple(photo.name for photo in TO_CHECK_ON),
            training=TrainingSettings(steps=affordable, validate_every=50),
        )
        adapted = adapt(settings, emit, token, pairs)
        token.check()
        contenders = {
            "backbone": load_backbone(name),
            "adapted": load_profile(adapted.profile).load_merged(),
        }
        before_after = out / "before-after.png"
        _draw_photos(before_after, pairs, contenders, adapted, token)
    rank_map, curve = out / "rank-map.png", out / "curve.png"
    draw_rank_map(rank_map, adapted.rank_map.rows(), note="Simulated camera.")
    draw_curve(
        curve,
        [(point.step, point.psnr_y_db) for point in adapted.curve],
        bicubic_psnr_y_db=adapted.baselines.bicubic_psnr_y_db,
        backbone_psnr_y_db=adapted.baselines.backbone_psnr_y_db,
        note="Simulated camera.",
    )
    elapsed_s = time.monotonic() - started_s
    verdict = f"{adapted.verdict.sentence}\n\n{SIMULATION}\n"
    atomic_write_text(out / _VERDICT_FILE, verdict)
    result = out / _RESULT_FILE
    atomic_write_text(result, json.dumps(_numbers(adapted, name, elapsed_s), indent=1) + "\n")
    return DemoResult(adapted, before_after, rank_map, curve, result, elapsed_s)


def _prepare(out: Path) -> None:
    """Make room for the results, and say in the folder itself what they are."""
    about = out / _ABOUT_FILE
    with storage_errors(out):
        if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not about.exists())):
            raise ConfigError(
                "This is not the folder of an earlier demo, and it is not empty.",
                path=out,
                remedy="Choose another folder with --out.",
            )
        if (out / _PROFILE_FOLDER).exists():
            shutil.rmtree(out / _PROFILE_FOLDER)
    credit_lines = "\n".join(
        f"  {photo.name}: {photo.credit}" for photo in (*TO_LEARN_FROM, *TO_CHECK_ON)
    )
    text = (
        f"{SIMULATION}\n\nThe photographs come with scikit-image:\n{credit_lines}\n\n"
        f"Learnt from: {', '.join(photo.name for photo in TO_LEARN_FROM)}\n"
        f"Kept out to check on: {', '.join(photo.name for photo in TO_CHECK_ON)}\n"
    )
    atomic_write_text(about, text)


def _simulated_pairs(
    emit: Emit, token: CancelToken
) -> Iterator[tuple[str, npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    photos = (*TO_LEARN_FROM, *TO_CHECK_ON)
    for index, photo in enumerate(photos):
        token.check()
        emit(Progress(Stage.PAIRS, index, len(photos), photo.name))
        scene = photo.pixels(SCALE)
        yield photo.name, photograph(scene, PhoneCamera(), scale=SCALE, seed=index), scene
    emit(Progress(Stage.PAIRS, len(photos), len(photos)))


def _affordable_steps(name: str, steps: int, minutes: float, pairs: PairSet) -> int:
    """Return how many steps fit in the time, from a short trial of a full step's work."""
    settings = TrainingSettings()
    backbone = load_backbone(name)
    backbone.module.requires_grad_(True)
    side = settings.patch
    lr = pairs.lr_tensor(0)[..., :side, :side].repeat(settings.batch, 1, 1, 1)
    hr = pairs.hr_tensor(0)[..., : side * SCALE, : side * SCALE].repeat(settings.batch, 1, 1, 1)
    paces_s = []
    for _ in range(_TRIAL_STEPS):
        began_s = time.perf_counter()
        torch.autograd.backward(functional.l1_loss(backbone(lr), hr))
        paces_s.append(time.perf_counter() - began_s)
    fitting = int(minutes * 60 * _SHARE_FOR_TRAINING / min(paces_s))
    return min(steps, max(_FEWEST_STEPS, fitting))


def _draw_photos(
    path: Path,
    pairs: PairSet,
    contenders: dict[str, Backbone],
    adapted: Adapted,
    token: CancelToken,
) -> None:
    measured = {photo.name: photo for photo in adapted.photos}
    rows = []
    for photo in TO_CHECK_ON:
        index = pairs.names.index(photo.name)
        hr = pairs.hr(index)
        region = detailed_region(hr, _CROP_PX)
        lr = pairs.lr_tensor(index)
        pictures = {"bicubic": _as_pixels(upsample_bicubic(lr, SCALE))}
        for label, backbone in contenders.items():
            pictures[label] = _as_pixels(upscale_tensor(backbone, lr, token=token))
        crops = {label: picture[region] for label, picture in pictures.items()}
        values = measured[photo.name].psnr_y_db
        captions = {label: f"{values[label]:.2f} dB" for label in crops}
        rows.append(
            BeforeAfterRow(
                photo.name,
                {**crops, "truth (HR)": hr[region]},
                {**captions, "truth (HR)": f"{photo.name}: {photo.credit}"},
            )
        )
    draw_before_after(
        path,
        rows,
        note="A simulated phone camera. The most detailed piece of each photo that was kept out of "
        "the training; PSNR on brightness of the whole photo.",
    )


def _as_pixels(image: torch.Tensor) -> npt.NDArray[np.uint8]:
    rounded = (image[0].clamp(0, 1) * 255 + 0.5).to(torch.uint8)
    return np.ascontiguousarray(rounded.permute(1, 2, 0).numpy())


def _numbers(adapted: Adapted, backbone: str, elapsed_s: float) -> dict[str, object]:
    return {
        "simulation": SIMULATION,
        "backbone": Path(backbone).name,
        "psnr_y_db": mean_psnr_y_db(adapted.photos),
        "ssim_y": mean_ssim_y(adapted.photos),
        "photos": {photo.name: photo.psnr_y_db for photo in adapted.photos},
        "trainable_parameters": adapted.trainable_parameters,
        "budget_parameters": adapted.budget_parameters,
        "backbone_parameters": adapted.backbone_parameters,
        "steps": adapted.steps,
        "seconds": adapted.seconds,
        "seconds_per_step": adapted.seconds_per_step,
        "merge_max_abs_difference": adapted.merge_max_abs_difference,
        "verdict": adapted.verdict.sentence,
        "elapsed_s": elapsed_s,
    }
