"""Low-rank updates on a network's weights, in weight space, and their merge."""

import math
import types
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from engine.adapters.factorisation import Factorisation, PointwiseFirst
from engine.adapters.projected import ProjectedConv2d, ProjectedLinear
from engine.adapters.sites import Site

ScalingRule = Literal["alpha_over_rank", "alpha_over_sqrt_rank", "constant"]
Form = Literal["auto", "weight", "projected"]


def scaling_factor(rule: ScalingRule, alpha: float, rank: int) -> float:
    """Return s in ΔW = s · B·A.

    Args:
        rule: "alpha_over_rank" (paper, equation 1), "alpha_over_sqrt_rank", or "constant".
        alpha: The paper's α.
        rank: At least 1.
    """
    match rule:
        case "alpha_over_rank":
            return alpha / rank
        case "alpha_over_sqrt_rank":
            return alpha / math.sqrt(rank)
        case "constant":
            return alpha


class LowRankUpdate(nn.Module):
    """One site's ΔW = scaling · B·A.

    Args:
        site: Where it goes.
        factorisation: Its form.
        factors: Where it starts, by name.
        scaling: See `scaling_factor`.
        basis: Orthonormal rows (n, n) that A is trained in, see `engine.adapters.input_bases`; A
            itself is the trained one times this.
    """

    def __init__(
        self,
        site: Site,
        factorisation: Factorisation,
        factors: Mapping[str, Tensor],
        scaling: float,
        basis: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.site = site
        self.factorisation = factorisation
        self.factors = nn.ParameterDict(
            {name: nn.Parameter(factor) for name, factor in factors.items()}
        )
        self.scaling = scaling
        self.register_buffer("basis", basis, persistent=False)

    def plain_factors(self) -> dict[str, Tensor]:
        """Return the factors in the layer's own coordinates, in the factors' dtype."""
        factors = dict(self.factors.items())
        if isinstance(self.basis, Tensor):
            trained = factors["A"]
            with torch.autocast(trained.device.type, enabled=False):
                factors["A"] = (trained.flatten(1) @ self.basis).view_as(trained)
        return factors

    def delta_weight(self) -> Tensor:
        """Return ΔW in the site's own shape, in the factors' dtype."""
        device = self.factors["B"].device.type
        with torch.autocast(device, enabled=False):
            delta = self.factorisation.delta_weight(self.plain_factors(), self.site.weight_shape)
            return delta * self.scaling


class UpdatedWeight(nn.Module):
    """Parametrization of a module's `weight`: the frozen weight plus its sites' updates.

    Holds one update for the whole weight, or one for each adapted row slice of a fused
    projection, in row order.
    """

    def __init__(self, updates: Sequence[LowRankUpdate]) -> None:
        super().__init__()
        self.updates = nn.ModuleList(updates)

    def forward(self, weight: Tensor) -> Tensor:
        """Return W + ΔW."""
        pieces: list[Tensor] = []
        end = 0
        for update in self.updates:
            if not isinstance(update, LowRankUpdate):
                raise TypeError(f"not a low-rank update: {type(update).__name__}")
            if update.site.rows is None:
                return weight + update.delta_weight()
            first, past_last = update.site.rows
            pieces += [weight[end:first], weight[first:past_last] + update.delta_weight()]
            end = past_last
        return torch.cat([*pieces, weight[end:]])


def attach(module: nn.Module, updates: Sequence[LowRankUpdate], *, form: Form = "auto") -> None:
    """Put updates on the weights of `module`, which it then uses as W + ΔW everywhere.

    Every parameter that was there is frozen. At B = 0 the network computes exactly what it did.

    Args:
        module: The backbone's network; changed in place.
        updates: At most one for each site.
        form: How gradients are computed: "weight" (autograd through W + ΔW), "projected"
            (straight to the factors, where the layer allows it), or "auto" (the faster one).
    """
    module.requires_grad_(False)
    by_module: dict[str, list[LowRankUpdate]] = {}
    for update in updates:
        by_module.setdefault(update.site.module_name, []).append(update)
    for name, group in by_module.items():
        layer = module.get_submodule(name)
        group.sort(key=lambda update: update.site.rows or (0, 0))
        for update in group:
            update.to(next(layer.parameters()).device)
        is_projected = _wants_projection(layer, group, form)
        parametrize.register_parametrization(layer, "weight", UpdatedWeight(group), unsafe=True)
        layer.train(layer.training)  # the new parts too: the backbone stays in eval mode
        if is_projected:
            forward = _projected_conv if isinstance(layer, nn.Conv2d) else _projected_linear
            layer.forward = types.MethodType(forward, layer)


def detach(module: nn.Module) -> None:
    """Merge every update of `module` into its weight, in place, and drop the factors."""
    for layer in module.modules():
        if _updates_of(layer):
            layer.__dict__.pop("forward", None)
            # torch deletes `weight` from the layer's class, which a copy shares with its original
            shared = type(layer)
            layer.__class__ = type(shared.__name__, shared.__bases__, dict(vars(shared)))
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)


def is_projected(layer: nn.Module) -> bool:
    """True if `attach` gave this layer the projected form."""
    return "forward" in layer.__dict__


def _updates_of(layer: nn.Module) -> list[LowRankUpdate]:
    if not parametrize.is_parametrized(layer, "weight"):
        return []
    return [
        module
        for module in layer.get_submodule("parametrizations.weight").modules()
        if isinstance(module, LowRankUpdate)
    ]


def _wants_projection(layer: nn.Module, group: Sequence[LowRankUpdate], form: Form) -> bool:
    update = group[0]
    if form == "weight" or update.site.rows is not None:
        return False
    rank = update.factors["B"].shape[1]
    if type(layer) is nn.Conv2d:
        is_possible = (
            isinstance(update.factorisation, PointwiseFirst)
            and layer.padding_mode == "zeros"
            and not isinstance(layer.padding, str)
        )
        return is_possible and (form == "projected" or conv_projects_faster(layer, rank))
    if type(layer) is nn.Linear:
        return form == "projected" or linear_projects_faster(layer, rank)
    return False


def conv_projects_faster(layer: nn.Conv2d, rank: int) -> bool:
    """Whether projecting beats the full weight gradient, from `tests/benchmarks/layer_forms.py`.

    A rule rather than a timing at run time, so that two runs of one seed stay identical.
    """
    kernel_taps = layer.kernel_size[0] * layer.kernel_size[1]
    return kernel_taps > 1 and layer.in_channels >= 32 and 4 * rank <= layer.in_channels


def linear_projects_faster(layer: nn.Linear, rank: int) -> bool:
    """Whether projecting beats the full weight gradient; see `conv_projects_faster`."""
    return rank == 1 or min(layer.in_features, layer.out_features) >= 128


def _projected_conv(layer: nn.Conv2d, x: Tensor) -> Tensor:
    (update,) = _updates_of(layer)
    with torch.no_grad():
        weight = layer.weight
    factors = update.plain_factors()
    output: Tensor = ProjectedConv2d.apply(
        x,
        weight,
        layer.bias,
        factors["A"],
        factors["B"],
        update.scaling,
        (list(layer.stride), list(layer.padding), list(layer.dilation)),
    )
    return output


def _projected_linear(layer: nn.Linear, x: Tensor) -> Tensor:
    (update,) = _updates_of(layer)
    with torch.no_grad():
        weight = layer.weight
    factors = update.plain_factors()
    output: Tensor = ProjectedLinear.apply(
        x, weight, layer.bias, factors["A"], factors["B"], update.scaling
    )
    return output
