"""What every training job needs before its first step: pairs, a split, batches, a trainer."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from engine.adapters.methods import Adaptation
from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.config.base import Settings
from engine.config.training import TrainingSettings
from engine.data.pair_set import PairSet
from engine.data.sampling import PatchSampler
from engine.data.split import read_val_file, save_split, split_scenes
from engine.errors import ConfigError
from engine.events import BaselinesReady, Emit, PairsReady
from engine.training.checkpoint import CHECKPOINT_NAME
from engine.training.crop_choice import CropChoice
from engine.training.live_crop import LiveCrop
from engine.training.rehearsal import Rehearsal
from engine.training.trainer import BatchSource, Trainer
from engine.training.validation import HeldOutCrops

Val = int | Path | tuple[str, ...]

_CHECKPOINT_EVERY_BEFORE = 200
"""What it was where nobody chose, and so part of what trainings begun before are known by."""


class Sampler(Protocol):
    """Makes a source of mini-batches from pairs; `PatchSampler` is the plain one."""

    def __call__(self, pairs: PairSet, /, *, patch: int, batch: int, seed: int) -> BatchSource:
        """Return batches of patches; `patch` is the side in LR pixels."""


@dataclass(frozen=True, slots=True)
class SplitPairs:
    """Pairs to train on and pairs kept out.

    `recipe` says how LR is made while training, if it is.
    """

    train: PairSet
    val: PairSet
    recipe: str = ""

    @property
    def fingerprint(self) -> str:
        """Identifies the pixels, the split and the recipe."""
        parts = [self.train.fingerprint, self.val.fingerprint, *filter(None, [self.recipe])]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def split_pairs(
    pairs: PairSet, val: Val, seed: int, *, emit: Emit, save_to: Path | None = None
) -> SplitPairs:
    """Keep scenes out of training, say so, and store which.

    Raises:
        PairsError: If a named scene is not there, or one side would be empty.
    """
    requested = read_val_file(val) if isinstance(val, Path) else val
    split = split_scenes(pairs, val=requested, seed=seed, test_names=pairs.test_names)
    if save_to is not None:
        save_split(split, save_to)
    emit(PairsReady(split.train, split.val, len(pairs.skipped)))
    return SplitPairs(pairs.subset(split.train), pairs.subset(split.val))


def run_identity(settings: Settings, fingerprint: str, *, ignored: set[str]) -> str:
    """Return a digest of everything that makes two runs the same run.

    Args:
        settings: The job's settings.
        fingerprint: Of the pairs and their split.
        ignored: Fields that do not change the numbers, such as where results go.
    """
    values = settings.model_dump(mode="json", exclude=ignored)
    # Trainings begun before know nothing of these, and have to be able to go on.
    adapter = values.get("adapter", {})
    adapter.pop("basis", None)  # the directions themselves are in the fingerprint
    if not adapter.get("kinds"):
        adapter.pop("kinds", None)
    training = values.get("training", {})
    training.pop("rehearsal", None)  # so are the patches and their share
    if "checkpoint_every" in training and training["checkpoint_every"] is None:
        training["checkpoint_every"] = _CHECKPOINT_EVERY_BEFORE
    text = json.dumps([values, fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check_work_folder(work: Path, *, resume: bool) -> Path:
    """Return the checkpoint's path in `work`, after making sure nothing is lost.

    Raises:
        ConfigError: If an interrupted training lies there and was not asked for.
    """
    checkpoint = work / CHECKPOINT_NAME
    if checkpoint.exists() and not resume:
        raise ConfigError(
            "An interrupted training lies here.",
            path=checkpoint,
            remedy="Go on with it by --resume, or choose another folder.",
        )
    return checkpoint


def choice_and_judgement(val: PairSet, training: TrainingSettings) -> tuple[PairSet, PairSet]:
    """Return the held-out pairs that a training is watched on, and those it is judged on.

    They are the same unless the best state is kept: a state chosen for what it does on some photos
    has seen them, so every other photo is for the choice then and the others for the verdict.

    Raises:
        ConfigError: If there are too few to do both.
    """
    if training.keep == "last":
        return val, val
    if len(val) < 2:
        raise ConfigError(
            "The best state is chosen on one photo kept out and judged on another, and only one is "
            "kept out.",
            remedy="Keep more photos out, or keep the last state.",
        )
    return val.subset(val.names[::2]), val.subset(val.names[1::2])


@dataclass(frozen=True, slots=True)
class Watched:
    """Lets a held-out photo be looked at while a training goes on.

    Attributes:
        before: The network as it was, on the training's device; the training has its own copy.
        choice: Which piece of which photo.
    """

    before: Backbone
    choice: CropChoice


def build_trainer(
    adaptation: Adaptation,
    pairs: SplitPairs,
    settings: TrainingSettings,
    *,
    device: torch.device,
    identity: str,
    checkpoint: Path,
    emit: Emit,
    token: CancelToken,
    sampler: Sampler = PatchSampler,
    rehearsal: Rehearsal | None = None,
    watched: Watched | None = None,
) -> tuple[Trainer, BaselinesReady]:
    """Announce the baselines on the held-out crops and return the trainer.

    Args:
        adaptation: What is trained.
        pairs: To learn from, and kept out.
        settings: Of the training.
        device: Where to train.
        identity: See `run_identity`.
        checkpoint: Where the training is saved.
        emit: Receives events.
        token: Stops or pauses the training.
        sampler: Draws the mini-batches.
        rehearsal: Drawn patches among them; none if None.
        watched: What is shown of it while it goes on; nothing if None.
    """
    held_out = HeldOutCrops(pairs.val, device=device)
    baselines = BaselinesReady(
        held_out.bicubic_psnr_y_db(),
        held_out.psnr_y_db(adaptation.backbone.to(device)),
    )
    emit(baselines)
    live = None
    if watched is not None:
        live = LiveCrop(pairs.val, watched.before, watched.choice, device=device, emit=emit)
        live.show(adaptation.backbone)

    def validate(backbone: Backbone) -> float:
        psnr_y_db = held_out.psnr_y_db(backbone)
        if live is not None:
            live.show(backbone)
        return psnr_y_db

    trainer = Trainer(
        adaptation,
        sampler(pairs.train, patch=settings.patch, batch=settings.batch, seed=settings.seed),
        settings,
        device=device,
        identity=identity,
        checkpoint=checkpoint,
        validate=validate,
        after_step=None if live is None else live.follow,
        rehearsal=rehearsal,
        emit=emit,
        token=token,
    )
    return trainer, baselines
