"""Drawn material that a network rehearses while it is adapted to photographs.

Text, lines and the purest colours are in no camera's pairs, so nothing holds an adapted network to
what the backbone makes of them, and it strays there first. A share of every mini-batch is therefore
drawn, and has the backbone's answer for a target: pseudo-rehearsal (Robins, 1995; for networks by
their outputs, learning without forgetting: Li and Hoiem, 2016). Only what strays by more than a
tolerance, averaged over the area of an LR pixel, counts: sharper edges are what is being learnt. And
only what the backbone itself gets right is rehearsed, if that is nearly all: a network that was never
trained on such material only learns less by it (docs/measurements.md).
"""

import hashlib
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.adapters.scores import Batch
from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.data.degradation.randomness import Stream
from engine.data.variety.montage import draw_montage

_PATCHES = 64
_FEWEST_RIGHT = 48
_TOLERANCE = 20 / 255
"""Below what an upscaling takes for wrong (`engine/upscaling/inference/plausibility.py`); measured."""
_WEIGHT = 0.5
_SEED = 1 << 41  # apart from the patches that are trained or checked on


class Rehearsal:
    """Drawn patches, what the backbone answers, and how far an answer may be from it.

    Attributes:
        lr: Patches, shape (N, 3, p, p), float32 in [0, 1].
        answers: The backbone's SR averaged over each LR pixel, same shape.
        right: Where it is what LR says, shape (N, 1, p, p), bool.
        tolerance: How far an average may be off, in [0, 1].
    """

    def __init__(self, lr: Tensor, answers: Tensor, tolerance: float) -> None:
        self.lr, self.answers, self.tolerance = lr, answers, tolerance
        self.right = (answers - lr).abs().amax(1, keepdim=True) <= tolerance

    def chosen(self, step: int, batch: int, share: float) -> Tensor:
        """Return which patches a step rehearses, as indices; a function of the step alone.

        Args:
            step: Any integer from 0 on.
            batch: Patches of a mini-batch.
            share: Of all patches of a training, in [0, 1).
        """
        count = int((step + 1) * batch * share) - int(step * batch * share)
        words = np.random.Philox(key=_SEED, counter=step << 192).random_raw(count)
        return torch.from_numpy((words % np.uint64(len(self.lr))).astype(np.int64))

    def penalty(self, sr: Tensor, chosen: Tensor) -> Tensor:
        """Return half of how far answers stray beyond the tolerance, as a mean over all values.

        Args:
            sr: What the adapted network answers, shape (n, 3, p*scale, p*scale).
            chosen: The patches' indices, shape (n,).
        """
        shift = functional.adaptive_avg_pool2d(sr, self.lr.shape[-1]) - self.answers[chosen]
        beyond = functional.relu(shift.abs() - self.tolerance)
        return _WEIGHT * (beyond * self.right[chosen]).mean()

    def to(self, device: torch.device) -> "Rehearsal":
        """Return the same on a device."""
        return Rehearsal(self.lr.to(device), self.answers.to(device), self.tolerance)

    def tensors(self) -> dict[str, Tensor]:
        """Return what `rehearsal_of` makes it of again."""
        return {
            "lr": self.lr.cpu().contiguous(),
            "answers": self.answers.cpu().contiguous(),
            "tolerance": torch.tensor([self.tolerance], dtype=torch.float64),
        }

    @property
    def digest(self) -> str:
        """Tells it from others."""
        digest = hashlib.sha256()
        for tensor in self.tensors().values():
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()


def rehearsal_of(tensors: dict[str, Tensor]) -> Rehearsal:
    """Return what was kept by `Rehearsal.tensors`.

    Raises:
        KeyError: If something of it is missing.
    """
    return Rehearsal(tensors["lr"], tensors["answers"], float(tensors["tolerance"]))


def draw_rehearsal(
    backbone: Backbone, batches: Iterable[Batch], seed: int, *, token: CancelToken | None = None
) -> Rehearsal | None:
    """Draw patches and ask the backbone about them; None where it gets too few of them right.

    Args:
        backbone: As loaded; left as it was.
        batches: LR/HR mini-batches on the backbone's device, as many as it takes: some LR is drawn
            upon or gets other colours, and what the pairs themselves do to colours may be done to
            drawn ones.
        seed: Any integer from 0 on.
        token: Stops the work between mini-batches.

    Raises:
        Cancelled: If the token says so.
    """
    patches, answers, changes = list[Tensor](), list[Tensor](), list[Tensor]()
    found = 0
    for number, (lr, hr) in enumerate(batches):
        if token is not None:
            token.check()
        drawn = torch.stack(
            [
                draw_montage(Stream(_SEED + seed, number, sample), photo)
                for sample, photo in enumerate(lr.cpu())
            ]
        ).to(lr)
        with torch.no_grad():
            sr = backbone(drawn).float()
        patches.append(drawn)
        answers.append(functional.avg_pool2d(sr.clamp(0, 1), backbone.scale))
        changes.append((hr.mean((-2, -1)) - lr.mean((-2, -1))).abs().mean())
        found += len(drawn)
        if found >= _PATCHES:
            break
    tolerance = _TOLERANCE + torch.stack(changes).mean().item()
    whole = Rehearsal(torch.cat(patches), torch.cat(answers), tolerance)
    good = whole.right.float().mean((1, 2, 3)) > 0.95
    if good.sum() < _FEWEST_RIGHT:
        return None
    return Rehearsal(whole.lr[good], whole.answers[good], tolerance)
