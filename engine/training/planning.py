"""From a backbone and what it learns from to the rank map: scores, once, then the allocation."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from engine.adapters.input_bases import input_bases
from engine.adapters.methods import METHODS
from engine.adapters.rank_map import RankMap, plan_ranks, without_ranks
from engine.adapters.scores import score_sites
from engine.adapters.sites import find_sites, select_sites
from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings
from engine.data.pair_set import PairSet
from engine.data.sampling import PatchSampler
from engine.devices import pick_device
from engine.errors import CheckpointError, ConfigError, storage_errors
from engine.events import Emit, Progress, Stage
from engine.files import atomic_write_bytes, atomic_write_text
from engine.memory import memory_errors
from engine.tensor_files import load_tensors
from engine.training.rehearsal import Rehearsal, draw_rehearsal, rehearsal_of
from engine.training.setup import Sampler
from engine.training.training_data import TrainingData, load_training_data

SCORE_SEED_OFFSET = 1 << 32
"""Keeps the patches that layers are scored on apart from those of the first training steps."""


@dataclass(frozen=True, slots=True)
class ScoredPatches:
    """What sites are scored on.

    Attributes:
        pairs: Those that will be trained on.
        patch: Side of an LR patch, pixels.
        batch: Patches per mini-batch.
        seed: Of the training; the patches are others than its own.
        sampler: Draws the mini-batches.
    """

    pairs: PairSet
    patch: int
    batch: int
    seed: int
    sampler: Sampler = PatchSampler

    def batches(self, count: int | None, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
        """Draw mini-batches of LR and HR: so many, or as many as are asked for if None."""
        source = self.sampler(
            self.pairs, patch=self.patch, batch=self.batch, seed=self.seed + SCORE_SEED_OFFSET
        )
        for step in itertools.count() if count is None else range(count):
            lr, hr = source.batch_at(step)
            yield lr.to(device), hr.to(device)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an adaptation starts from.

    Attributes:
        backbone: On `device`.
        device: Where to compute.
        data: What is learnt from and checked on.
    """

    backbone: Backbone
    device: torch.device
    data: TrainingData

    def plan(
        self,
        settings: AdaptSettings,
        emit: Emit,
        token: CancelToken,
        *,
        scores_file: Path | None = None,
    ) -> RankMap:
        """Return the rank map that a training with these settings has, see `plan_on`."""
        patches = self._patches(settings)
        return plan_on(
            patches, self.backbone, settings.adapter, self.device, emit, token, scores_file
        )

    def bases(
        self, settings: AdaptSettings, rank_map: RankMap, token: CancelToken, *, kept: Path
    ) -> dict[str, Tensor]:
        """Return what the updates are trained in, see `input_bases`; empty for the plain way.

        Args:
            settings: Of the training.
            rank_map: What it adapts.
            token: Stops the work between mini-batches.
            kept: Where they are kept, see `_begun_with`.

        Raises:
            Cancelled: If the token says so.
            EngineError: If they cannot be kept or read, or a mini-batch does not fit in memory.
        """
        adapter = settings.adapter

        def find() -> dict[str, Tensor]:
            if adapter.basis == "none" or not METHODS.get(adapter.method).uses_ranks:
                return {}
            return input_bases(
                self.backbone,
                rank_map.adapted,
                self._patches(settings).batches(adapter.score_batches, self.device),
                factorisation=adapter.factorisation,
                token=token,
            )

        return _begun_with(kept, find, resume=settings.resume)

    def rehearsal(
        self, settings: AdaptSettings, token: CancelToken, *, kept: Path
    ) -> Rehearsal | None:
        """Return the drawn patches of a training, see `Rehearsal`; None without.

        Args and errors are those of `bases`.
        """

        def draw() -> dict[str, Tensor]:
            if not settings.training.rehearsal:
                return {}
            batches = self._patches(settings).batches(None, self.device)
            drawn = draw_rehearsal(self.backbone, batches, settings.training.seed, token=token)
            return {} if drawn is None else drawn.tensors()

        tensors = _begun_with(kept, draw, resume=settings.resume)
        try:
            return rehearsal_of(tensors) if tensors else None
        except KeyError as error:
            raise _damaged(kept) from error

    def _patches(self, settings: AdaptSettings) -> ScoredPatches:
        training = settings.training
        return ScoredPatches(
            self.data.split.train, training.patch, training.batch, training.seed, self.data.sampler
        )


def _begun_with(
    kept: Path, make: Callable[[], dict[str, Tensor]], *, resume: bool
) -> dict[str, Tensor]:
    """Return what a training begins with, and keep it; a resumed one has what it began with.

    Args:
        kept: The file; a training that began without has none.
        make: Called where a training begins; nothing is kept where it returns nothing.
        resume: Whether a training goes on.
    """
    if resume:
        try:
            with storage_errors(kept):
                return load_tensors(kept) if kept.exists() else {}
        except SafetensorError as error:
            raise _damaged(kept) from error
    with storage_errors(kept):
        kept.unlink(missing_ok=True)  # that of a training that broke off is another's
    with memory_errors("Choose a smaller batch or patch, or close other programs."):
        made = make()
    if made:
        atomic_write_bytes(kept, save(made))
    return made


def _damaged(kept: Path) -> CheckpointError:
    return CheckpointError(
        "What this training was begun with is damaged.",
        path=kept,
        remedy="Start the training anew.",
    )


def prepare(
    settings: AdaptSettings,
    emit: Emit,
    token: CancelToken,
    *,
    pairs: PairSet | None = None,
    backbone: Backbone | None = None,
    split_file: Path | None = None,
) -> Prepared:
    """Load the backbone and read the photos, as every adaptation begins.

    Args:
        settings: What to adapt to what.
        emit: Receives events.
        token: Stops the work between photos.
        pairs: Pairs at hand already, instead of the settings' folder.
        backbone: A network at hand already, instead of the settings' own.
        split_file: Where the split is stored.

    Raises:
        Cancelled: If the token says so.
        EngineError: If the backbone, the photos or the settings cannot be used.
    """
    device = pick_device(settings.device)
    emit(Progress(Stage.LOAD, 0, 1))
    backbone = backbone_for_scale(backbone or settings.backbone, settings.scale, device)
    backbone.check_adaptable()
    emit(Progress(Stage.LOAD, 1, 1))
    data = load_training_data(settings, emit, token, pairs=pairs, split_file=split_file)
    return Prepared(backbone, device, data)


def backbone_for_scale(requested: str | Backbone, scale: int, device: torch.device) -> Backbone:
    """Load a backbone, or take one at hand, that must enlarge by `scale`.

    Raises:
        BackboneError: If it cannot be loaded.
        ConfigError: If it is for another scale.
    """
    if isinstance(requested, Backbone):
        backbone = requested.to(device)
    else:
        backbone = load_backbone(requested, device=device)
    if backbone.scale != scale:
        raise ConfigError(
            f"The backbone {backbone.name} enlarges {backbone.scale} times, the pairs are for "
            f"{scale} times.",
            remedy=f"Choose a backbone for x{scale}, or scale {backbone.scale}.",
        )
    return backbone


def write_scores(path: Path, scores: Mapping[str, float], stability: float | None) -> None:
    """Keep scores where `plan_on` finds them.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    text = json.dumps({"scores": dict(scores), "stability": stability}, indent=1)
    atomic_write_text(path, text)


def plan_on(  # noqa: PLR0917 - the same order at each of its three calls
    patches: ScoredPatches,
    backbone: Backbone,
    settings: AdapterSettings,
    device: torch.device,
    emit: Emit,
    token: CancelToken,
    scores_file: Path | None = None,
) -> RankMap:
    """Score, allocate and announce the rank map (paper, section 3).

    Args:
        patches: What to score on.
        backbone: On `device`.
        settings: Score, strategy and budget.
        device: Where to compute.
        emit: Receives events.
        token: Stops the scoring.
        scores_file: Where scores are kept; an existing file is used instead of scoring again, so
            that a resumed run has the ranks it started with.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If the budget is too small for any rank.
        MemoryExhaustedError: If a mini-batch does not fit.
    """
    sites = select_sites(
        find_sites(backbone.module, joint_qkv=settings.joint_qkv),
        include=settings.include,
        exclude=settings.exclude,
        kinds=settings.kinds,
    )
    total = backbone.parameter_count
    if not METHODS.get(settings.method).uses_ranks:
        return without_ranks(sites, settings, backbone_parameters=total)
    if scores_file is not None and scores_file.exists():
        kept = json.loads(scores_file.read_text("utf-8"))
        scores, stability = kept["scores"], kept["stability"]
    else:
        count = settings.score_batches
        with memory_errors("Choose a smaller batch or patch, or close other programs."):
            measured = score_sites(
                backbone,
                sites,
                patches.batches(count, device),
                count=count,
                method=settings.score,
                emit=emit,
                token=token,
            )
        scores, stability = measured.mean(), measured.stability()
        if scores_file is not None:
            write_scores(scores_file, scores, stability)
    rank_map = plan_ranks(
        sites, scores, settings, backbone_parameters=total, score_stability=stability
    )
    if not rank_map.adapted:
        raise ConfigError(
            f"The budget of {rank_map.budget_parameters:,} parameters is too small to adapt "
            "anything.",
            remedy="Raise the budget.",
        )
    emit(rank_map.event())
    return rank_map
