"""Importance scores: how much each site matters for the pairs at hand (paper, section 3.3)."""

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.adapters.sites import Site
from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.events import Emit, Progress, Stage, ignore_events
from engine.registry import Registry

Batch = tuple[Tensor, Tensor]
"""LR (N, 3, h, w) and HR (N, 3, h·scale, w·scale), float32 in [0, 1]."""

Score = Callable[[Backbone, Sequence[Site], Batch, int], list[float]]
"""Scores one mini-batch; the last argument is its index, for scores that need randomness."""

SCORES: Registry[Score] = Registry("importance score")


@dataclass(frozen=True, slots=True)
class Scores:
    """Importance of every site, per mini-batch and averaged.

    Attributes:
        names: Sites, in the network's order.
        per_batch: Shape (batches, sites), at least 0.
    """

    names: tuple[str, ...]
    per_batch: np.ndarray[tuple[int, int], np.dtype[np.float64]]

    def mean(self) -> dict[str, float]:
        """Score by site name, averaged over the mini-batches."""
        return dict(zip(self.names, self.per_batch.mean(axis=0).tolist(), strict=True))

    def stability(self) -> float | None:
        """Mean Spearman correlation of the sites' order over all pairs of mini-batches.

        None with fewer than two batches or sites, or where an order is all ties. The paper
        finds 0.91.
        """
        if min(self.per_batch.shape) < 2:
            return None
        from scipy import stats  # noqa: PLC0415 - takes a second to load

        ranks = np.vstack([stats.rankdata(row) for row in self.per_batch])
        if (ranks.std(axis=1) == 0).any():
            return None
        correlations = np.atleast_2d(np.corrcoef(ranks))
        pairs = itertools.combinations(range(len(ranks)), 2)
        return float(np.mean([correlations[i, j] for i, j in pairs]))


def score_sites(
    backbone: Backbone,
    sites: Sequence[Site],
    batches: Iterable[Batch],
    *,
    count: int,
    method: str = "gradient",
    emit: Emit = ignore_events,
    token: CancelToken | None = None,
) -> Scores:
    """Score every site on mini-batches of pairs.

    Args:
        backbone: As loaded; left as it was, gradients included.
        sites: What to score.
        batches: LR/HR mini-batches on the backbone's device.
        count: How many there are, for progress.
        method: "gradient" (‖∇_W L1‖₂, the paper's), "fisher" (√ΣE[g²], per photo patch),
            "activation" (root mean square of the layer's output) or "random".
        emit: Receives `Progress`.
        token: Stops the work between mini-batches.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If there is no such method.
    """
    score = SCORES.get(method)
    rows: list[list[float]] = []
    for index, batch in enumerate(batches):
        if token is not None:
            token.check()
        emit(Progress(Stage.SCORE, index, count))
        rows.append(score(backbone, sites, batch, index))
    emit(Progress(Stage.SCORE, count, count))
    return Scores(tuple(site.name for site in sites), np.array(rows, dtype=np.float64))


def _weight_gradients(backbone: Backbone, sites: Sequence[Site], batch: Batch) -> list[Tensor]:
    """Gradient of the L1 loss at each site; zeros where the network does not use the weight."""
    modules = sorted({site.module_name for site in sites})
    weights = [backbone.module.get_parameter(f"{name}.weight") for name in modules]
    before = [weight.requires_grad for weight in weights]
    for weight in weights:
        weight.requires_grad_(True)
    try:
        lr, hr = batch
        with torch.enable_grad():
            loss = functional.l1_loss(backbone(lr), hr)
        gradients = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
    finally:
        for weight, required in zip(weights, before, strict=True):
            weight.requires_grad_(required)
    by_module = dict(zip(modules, gradients, strict=True))
    return [
        by_module[site.module_name][slice(*site.rows) if site.rows else slice(None)]
        for site in sites
    ]


def _gradient(backbone: Backbone, sites: Sequence[Site], batch: Batch, _index: int) -> list[float]:
    return [
        torch.linalg.vector_norm(gradient.double()).item()
        for gradient in _weight_gradients(backbone, sites, batch)
    ]


def _fisher(backbone: Backbone, sites: Sequence[Site], batch: Batch, _index: int) -> list[float]:
    lr, hr = batch
    sums = np.zeros(len(sites))
    for sample in range(len(lr)):
        one = (lr[sample : sample + 1], hr[sample : sample + 1])
        sums += [g.double().square().sum().item() for g in _weight_gradients(backbone, sites, one)]
    # the root puts it on the scale of a norm, as the other scores are
    return [float(value) for value in np.sqrt(sums / len(lr))]


def _activation(
    backbone: Backbone, sites: Sequence[Site], batch: Batch, _index: int
) -> list[float]:
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
            channels = 1 if isinstance(layer, nn.Conv2d) else output.ndim - 1
            rest = [axis for axis in range(output.ndim) if axis != channels]
            outputs[name] = output.double().square().mean(rest)

        return hook

    with ExitStack() as stack, torch.no_grad():
        for name in {site.module_name for site in sites}:
            handle = backbone.module.get_submodule(name).register_forward_hook(keep(name))
            stack.callback(handle.remove)
        backbone(batch[0])
    return [
        outputs[site.module_name][slice(*site.rows) if site.rows else slice(None)]
        .mean()
        .sqrt()
        .item()
        if site.module_name in outputs
        else 0.0
        for site in sites
    ]


def _random(_backbone: Backbone, sites: Sequence[Site], _batch: Batch, index: int) -> list[float]:
    generator = random.Random(index)  # noqa: S311 - a baseline, not a secret
    return [generator.random() for _ in sites]


SCORES.add("gradient", _gradient)
SCORES.add("fisher", _fisher)
SCORES.add("activation", _activation)
SCORES.add("random", _random)
