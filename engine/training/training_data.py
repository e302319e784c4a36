"""Where a training's LR comes from: real pairs, or sharp photos made to look like LR."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from engine.camera.degradation import CameraDegradation
from engine.camera.estimate import CameraEstimate
from engine.camera.learning import MOST_PHOTOS, learn_from
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.config.pretraining import PretrainSettings
from engine.config.training import LrSettings
from engine.data.decoding import Pixels, find_photos
from engine.data.degradation.pipeline import BlindDegradation
from engine.data.degradation.randomness import Stream
from engine.data.degradation.settings import read_degradation
from engine.data.on_the_fly import Degradation, DegradingSampler
from engine.data.pair_set import PairSet, load_hr_photos, load_pairs, pairs_from_arrays
from engine.data.sampling import PatchSampler
from engine.data.variety.bicubic import VariedBicubic
from engine.errors import ConfigError
from engine.events import Emit, Notice
from engine.training.setup import Sampler, SplitPairs, split_pairs

NOT_REAL = (
    "The photos kept out are no real pairs: their LR is made from sharp photos too, so the result "
    "says how well that was learnt, and less about the camera itself."
)

_CHECK_SEED = 1 << 40  # keeps the LR that is checked on apart from any that is learnt from
_CHECKED_PX = 1024


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a training learns from and is checked on.

    Attributes:
        split: Pairs to learn from and pairs kept out; the LR side of the first is not used where
            `sampler` makes its own.
        sampler: Draws the mini-batches.
        skipped: Files that could not be used.
        camera_photos: The photos that name the camera: real LR, or what it was estimated from.
        estimate: The camera that LR imitates, if one was estimated.
    """

    split: SplitPairs
    sampler: Sampler
    skipped: int
    camera_photos: tuple[Path, ...] = ()
    estimate: CameraEstimate | None = None


@dataclass(frozen=True, slots=True)
class MadeLr:
    """How LR is made while patches are drawn.

    Attributes:
        sampler: Draws the mini-batches.
        degradation: What spoils HR; None where LR is at hand, real or bicubic.
        recipe: Describes the degradation; "" for none.
        estimate: The camera that LR imitates, if one was estimated.
        camera_photos: What it was estimated from here.
    """

    sampler: Sampler = PatchSampler
    degradation: Degradation | None = None
    recipe: str = ""
    estimate: CameraEstimate | None = None
    camera_photos: tuple[Path, ...] = ()


def load_training_data(
    settings: AdaptSettings | PretrainSettings,
    emit: Emit,
    token: CancelToken,
    *,
    pairs: PairSet | None = None,
    split_file: Path | None = None,
) -> TrainingData:
    """Read photos, split them by scene and prepare their LR as `settings.lr_from` says.

    Args:
        settings: Of the main job, or of a pretraining.
        emit: Receives events.
        token: Stops the work between photos.
        pairs: Pairs at hand already, or sharp photos, instead of the settings' folder.
        split_file: Where the split is stored.

    Raises:
        EngineError: If photos or settings cannot be used.
    """
    is_adaptation = isinstance(settings, AdaptSettings)
    if pairs is None:
        folder = settings.pairs if isinstance(settings, AdaptSettings) else settings.photos
        pairs = read_pairs_or_photos(settings, folder, settings.scale, emit, token)
    split = split_pairs(pairs, settings.val, settings.training.seed, emit=emit, save_to=split_file)
    if is_adaptation and settings.lr_from != "pairs":
        emit(Notice(NOT_REAL))
    made = make_lr(settings, split.train, emit, token)
    if made.degradation is not None:
        val = pairs_from_arrays(
            _degraded(split.val, made.degradation, token), settings.scale, settings.cache_dir
        )
        split = SplitPairs(split.train, val, made.recipe)
    photos = pairs.lr_files if settings.lr_from == "pairs" else made.camera_photos
    return TrainingData(split, made.sampler, len(pairs.skipped), photos, made.estimate)


def read_pairs_or_photos(
    settings: LrSettings, folder: Path, scale: int, emit: Emit, token: CancelToken
) -> PairSet:
    """Read real pairs, or sharp photos and their bicubic LR, as `settings.lr_from` says.

    Raises:
        EngineError: If the photos cannot be used.
    """
    load = load_pairs if settings.lr_from == "pairs" else load_hr_photos
    return load(folder, scale=scale, cache_dir=settings.cache_dir, emit=emit, token=token)


def make_lr(settings: LrSettings, train: PairSet, emit: Emit, token: CancelToken) -> MadeLr:
    """Return how LR is made as `settings.lr_from` says.

    Args:
        settings: Names the degradation, or the camera.
        train: What is learnt from; a camera is estimated beside it.
        emit: Receives events.
        token: Stops the estimate between photos.

    Raises:
        EngineError: If the settings, or the camera's photos, cannot be used.
    """
    degradation: Degradation
    estimate, photos = None, tuple[Path, ...]()
    if isinstance(settings, PretrainSettings) and settings.recoloured + settings.drawn:
        varied = VariedBicubic(recoloured=settings.recoloured, drawn=settings.drawn)
        # What is checked stays what it was: photographs, so that figures can be compared.
        return MadeLr(partial(DegradingSampler, degradation=varied))
    if settings.lr_from in {"pairs", "bicubic"}:
        return MadeLr()
    if settings.lr_from == "camera":
        estimate, photos = _estimate(settings, train, emit, token)
        degradation, recipe = CameraDegradation(estimate), estimate.model_dump_json()
    else:
        blind = read_degradation(settings.degradation)
        degradation, recipe = BlindDegradation(blind), blind.model_dump_json()
    sampler = partial(DegradingSampler, degradation=degradation)
    return MadeLr(sampler, degradation, recipe, estimate, photos)


def _estimate(
    settings: LrSettings, pairs: PairSet, emit: Emit, token: CancelToken
) -> tuple[CameraEstimate, tuple[Path, ...]]:
    """Return the camera that LR is to imitate, and the photos that it was learnt from here."""
    if settings.camera is None:
        raise ConfigError(
            "There is no camera to imitate.",
            remedy="Give a folder of its photos, or an estimate by `adaptsr data camera`.",
        )
    if not settings.camera.is_dir():
        return CameraEstimate.load(settings.camera), ()
    sharp = [pairs.lr(index) for index in range(min(len(pairs), MOST_PHOTOS))]
    found = find_photos(settings.camera)
    estimate = learn_from(found, settings.camera, emit, token, sharp=sharp)
    return estimate, tuple(photo.files[0] for photo in found)


def _degraded(
    photos: PairSet, degradation: Degradation, token: CancelToken
) -> Iterator[tuple[str, Pixels, Pixels]]:
    """Yield the middle of every photo with an LR that is always the same."""
    largest = _CHECKED_PX - _CHECKED_PX % photos.scale
    for index, name in enumerate(photos.names):
        token.check()
        hr = photos.hr_tensor(index)
        top, left = (
            max(0, side - largest) // 2 // photos.scale * photos.scale for side in hr.shape[-2:]
        )
        middle = hr[..., top : top + largest, left : left + largest].contiguous()
        lr, drawn = degradation(middle, [Stream(_CHECK_SEED, index, 0)], photos.scale)
        yield name, _pixels(lr), _pixels(drawn)


def _pixels(image: torch.Tensor) -> Pixels:
    levels = (image[0] * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).contiguous().numpy()
