"""Training methods: what is trainable, how it is saved, and how it becomes plain weights again.

The trainer knows only `Adaptation`. A new method is one class and one line in `METHODS`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from typing_extensions import override

from engine.adapters.factorisation import factorisation_for, initial_factors
from engine.adapters.input_bases import Bases
from engine.adapters.low_rank import LowRankUpdate, attach, detach, scaling_factor
from engine.adapters.rank_map import RankMap
from engine.backbones.backbone import Backbone
from engine.errors import CheckpointError
from engine.registry import Registry


class Adaptation(ABC):
    """A backbone in training.

    Attributes:
        backbone: The network that is trained, a copy of the one given.
        parameters: Every trainable parameter by a stable name.
        learning_rate: The rate this method trains well with, where the user names none; measured
            in docs/measurements.md.
    """

    backbone: Backbone
    parameters: Mapping[str, nn.Parameter]
    learning_rate: float

    @abstractmethod
    def merged(self) -> Backbone:
        """Return a new plain backbone that computes the same; this one stays as it is."""

    @property
    def trainable_parameters(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.numel() for parameter in self.parameters.values())

    def state_dict(self) -> dict[str, Tensor]:
        """Return copies of the trainable parameters, contiguous, on the CPU."""
        return {name: _kept(parameter) for name, parameter in self.parameters.items()}

    def adapter(self) -> dict[str, Tensor]:
        """Return what a profile keeps: the trained parameters in the network's own coordinates."""
        return self.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over values written by `state_dict`.

        Raises:
            CheckpointError: If names or shapes differ; nothing is changed then.
        """
        expected = {name: tuple(p.shape) for name, p in self.parameters.items()}
        found = {name: tuple(tensor.shape) for name, tensor in state.items()}
        if expected != found:
            names = sorted(set(expected.items()) ^ set(found.items()))
            raise CheckpointError(
                f"The saved update does not fit this network: {names[0][0]} differs.",
                remedy="It was made for another network or with other settings.",
            )
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(state[name])


def _kept(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


_PLAIN_RATE = 8e-3
_RATE_IN_BASES = 12e-3
"""Where the directions of an input are apart, larger steps are safe; docs/measurements.md."""


class LowRankAdaptation(Adaptation):
    """Rank-aware low-rank updates: the paper's method (section 3.3).

    Args:
        backbone: Where it starts; a copy is trained.
        rank_map: Which ranks go where.
        seed: Of the factors' first values.
        bases: What the factors are trained in, see `engine.adapters.input_bases`.
    """

    def __init__(
        self, backbone: Backbone, rank_map: RankMap, seed: int, bases: Bases | None = None
    ) -> None:
        settings = rank_map.settings
        self.learning_rate = _RATE_IN_BASES if bases else _PLAIN_RATE
        generator = torch.Generator().manual_seed(seed)
        self.backbone = backbone.clone()
        updates = []
        for site in rank_map.adapted:
            rank = rank_map.ranks[site.name]
            factorisation = factorisation_for(site, settings.factorisation)
            factors = initial_factors(site, factorisation, rank, generator)
            scaling = scaling_factor(settings.scaling, settings.alpha, rank)
            basis = (bases or {}).get(site.name)
            updates.append(LowRankUpdate(site, factorisation, factors, scaling, basis))
        self._updates = tuple(updates)
        attach(self.backbone.module, updates, form=settings.form)
        parameters = {
            f"{update.site.name}.{name}": factor
            for update in updates
            for name, factor in update.factors.items()
        }
        if settings.train_bias:
            for site in rank_map.adapted:
                if site.bias_size:
                    bias = self.backbone.module.get_parameter(f"{site.module_name}.bias")
                    parameters[f"{site.name}.bias"] = bias.requires_grad_(True)
        self.parameters = parameters

    @override
    def adapter(self) -> dict[str, Tensor]:
        plain = {
            f"{update.site.name}.{name}": factor
            for update in self._updates
            for name, factor in update.plain_factors().items()
        }
        return {name: _kept(plain.get(name, trained)) for name, trained in self.parameters.items()}

    @override
    def merged(self) -> Backbone:
        """Return the backbone with W + ΔW as its weights: same keys, same cost."""
        merged = self.backbone.clone()
        detach(merged.module)
        merged.module.requires_grad_(False)
        return merged


class FullFineTuning(Adaptation):
    """Every parameter trains: the yardstick, and how backbones are pretrained."""

    learning_rate = 1e-3

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone.clone()
        self.backbone.module.requires_grad_(True)
        self.parameters = dict(self.backbone.module.named_parameters())

    def merged(self) -> Backbone:
        """Return a frozen copy."""
        merged = self.backbone.clone()
        merged.module.requires_grad_(False)
        return merged


class Builder(Protocol):
    """Builds an adaptation; the backbone is not changed."""

    def __call__(
        self, backbone: Backbone, rank_map: RankMap, seed: int, bases: Bases | None = None
    ) -> Adaptation:
        """Return the adaptation at its first step."""


def _full_fine_tuning(
    backbone: Backbone, rank_map: RankMap, seed: int, bases: Bases | None = None
) -> Adaptation:
    del rank_map, seed, bases  # every number trains, from where it is
    return FullFineTuning(backbone)


@dataclass(frozen=True, slots=True)
class Method:
    """A training method: how it is built, and whether scores and ranks are needed first."""

    build: Builder
    uses_ranks: bool


METHODS: Registry[Method] = Registry("training method")
METHODS.add("adaptsr", Method(LowRankAdaptation, uses_ranks=True))
METHODS.add("full", Method(_full_fine_tuning, uses_ranks=False))
