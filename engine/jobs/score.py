"""Job: score a backbone's sites on pairs and allocate ranks, without training."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from engine.adapters.methods import METHODS
from engine.adapters.rank_map import RankMap, plan_ranks, without_ranks
from engine.adapters.scores import score_sites
from engine.adapters.sites import find_sites, select_sites
from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config import AdapterSettings, ScoreSettings
from engine.data.pair_set import PairSet
from engine.data.sampling import PatchSampler
from engine.devices import pick_device
from engine.errors import ConfigError
from engine.events import Emit
from engine.files import atomic_write_text
from engine.memory import memory_errors
from engine.training.material import make_lr, read_pairs_or_photos
from engine.training.setup import Sampler, score_batches, split_pairs


def score(settings: ScoreSettings, emit: Emit, token: CancelToken) -> RankMap:
    """Return the rank map that `adapt` would train with the same settings and seed.

    Raises:
        EngineError: If the backbone, the pairs or the settings cannot be used.
    """
    device = pick_device(settings.device)
    backbone = backbone_for_pairs(settings.backbone, settings.scale, device)
    backbone.check_adaptable()
    pairs = read_pairs_or_photos(settings, settings.pairs, settings.scale, emit, token)
    if settings.val != 0:
        pairs = split_pairs(pairs, settings.val, settings.seed, emit=emit).train
    made = make_lr(settings, pairs, emit, token)
    return plan_for_pairs(
        backbone,
        pairs,
        settings.adapter,
        patch=settings.patch,
        batch=settings.batch,
        seed=settings.seed,
        device=device,
        emit=emit,
        token=token,
        sampler=made.sampler,
    )


def backbone_for_pairs(wanted: str | Backbone, scale: int, device: torch.device) -> Backbone:
    """Load a backbone, or take one at hand, that must enlarge by `scale`.

    Raises:
        BackboneError: If it cannot be loaded.
        ConfigError: If it is for another scale.
    """
    if isinstance(wanted, Backbone):
        backbone = wanted.to(device)
    else:
        backbone = load_backbone(wanted, device=device)
    if backbone.scale != scale:
        raise ConfigError(
            f"The backbone {backbone.name} enlarges {backbone.scale} times, the pairs are for "
            f"{scale} times.",
            remedy=f"Choose a backbone for x{scale}, or scale {backbone.scale}.",
        )
    return backbone


def write_scores(path: Path, scores: Mapping[str, float], stability: float | None) -> None:
    """Keep scores where `plan_for_pairs` finds them.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    text = json.dumps({"scores": dict(scores), "stability": stability}, indent=1)
    atomic_write_text(path, text)


def plan_for_pairs(
    backbone: Backbone,
    pairs: PairSet,
    settings: AdapterSettings,
    *,
    patch: int,
    batch: int,
    seed: int,
    device: torch.device,
    emit: Emit,
    token: CancelToken,
    scores_file: Path | None = None,
    sampler: Sampler = PatchSampler,
) -> RankMap:
    """Score, allocate and announce the rank map.

    Args:
        backbone: On `device`.
        pairs: To score on: those that will be trained on.
        settings: Score, strategy and budget.
        patch: Side of an LR patch, pixels.
        batch: Patches per mini-batch.
        seed: Of the patches.
        device: Where to compute.
        emit: Receives events.
        token: Stops the scoring.
        scores_file: Where scores are kept; an existing file is used instead of scoring again, so
            that a resumed run has the ranks it started with.
        sampler: What draws the mini-batches from `pairs`.
    """
    sites = select_sites(
        find_sites(backbone.module, joint_qkv=settings.joint_qkv),
        include=settings.include,
        exclude=settings.exclude,
    )
    total = backbone.parameter_count
    if not METHODS.get(settings.method).uses_ranks:
        return without_ranks(sites, settings, backbone_parameters=total)
    if scores_file is not None and scores_file.exists():
        kept = json.loads(scores_file.read_text("utf-8"))
        scores, stability = kept["scores"], kept["stability"]
    else:
        count = settings.score_batches
        batches = score_batches(
            pairs,
            patch=patch,
            batch=batch,
            count=count,
            seed=seed,
            device=device,
            sampler=sampler,
        )
        with memory_errors("Choose a smaller batch or patch, or close other programs."):
            measured = score_sites(
                backbone,
                sites,
                batches,
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
