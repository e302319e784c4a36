"""A profile's network at any strength s: W + s·ΔW, with W the backbone's weights."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from engine.adapters.methods import METHODS
from engine.backbones.backbone import Backbone
from engine.backbones.catalogue import installed_backbones, shipped_backbones
from engine.backbones.loading import load_backbone
from engine.errors import ProfileError
from engine.profiles.adapter_file import rebuild
from engine.profiles.profile import Profile, load_adapter

FULL_PERCENT = 100


def load_at_strength(
    profile: Profile,
    percent: int,
    *,
    backbone: str | Path | None = None,
    device: torch.device | str = "cpu",
) -> Backbone:
    """Load a profile's network with ΔW taken `percent` / 100 times; it costs what it always does.

    With the backbone at hand, 0 gives its weights and 100 the profile's, bit for bit, and all
    between is W + s·ΔW, rounded once to float32; biases that were trained are scaled alike. The
    backbone is at hand where it is given, comes with AdaptSR, or is among the user's own networks.
    Otherwise ΔW comes from the adapter and W from the merged weights, which is as exact but for
    float32's rounding.

    Args:
        profile: The profile.
        percent: 0 for the backbone, 100 for the profile as it was trained, above for more of it.
        backbone: Name or file of the network the profile was made of, where the user gave it.
        device: Where the module goes.

    Returns:
        A plain network named after the profile.

    Raises:
        BackboneError: If a file is damaged.
        ProfileError: If `backbone` is another network than the one the profile was made of, or
            the change cannot be told without it.
        StorageError: If the drive is gone or a file may not be read.
    """
    given = None if backbone is None else _checked(load_backbone(backbone), profile)
    merged = profile.load_merged(device)
    if percent == FULL_PERCENT:
        return merged
    base = given or _at_hand(profile)
    weights = {name: tensor.cpu() for name, tensor in merged.module.state_dict().items()}
    strength = percent / 100
    if base is not None:
        scaled = _between(base.module.state_dict(), weights, strength, profile)
    else:
        scaled = _without_backbone(profile, merged, weights, strength)
    merged.module.load_state_dict(scaled)
    merged.path = merged.sha256 = None  # it is not what lies in that file any more
    return merged


def _between(
    base: Mapping[str, Tensor], merged: Mapping[str, Tensor], strength: float, profile: Profile
) -> dict[str, Tensor]:
    """Return W + s·(merged - W), computed in float64."""
    if {k: t.shape for k, t in base.items()} != {k: t.shape for k, t in merged.items()}:
        raise _another_network(profile)
    return _changed(
        merged,
        lambda name, weight: base[name].double() + strength * (weight - base[name].double()),
    )


def _without_backbone(
    profile: Profile, merged: Backbone, weights: Mapping[str, Tensor], strength: float
) -> dict[str, Tensor]:
    """Return merged - (1 - s)·ΔW, with ΔW from the adapter, computed in float64."""
    settings = profile.rank_map.settings
    if settings.train_bias or not METHODS.get(settings.method).uses_ranks:
        origin = profile.provenance.backbone
        raise ProfileError(
            f"This profile keeps all of what it changed in one piece with {origin.name}, the "
            "network it was made of, and that is not here.",
            path=profile.folder,
            remedy="Give that network's file as the backbone, or use the profile at 100 %.",
        )
    blank = merged.clone().to("cpu")
    with torch.no_grad():
        for parameter in blank.module.parameters():
            parameter.zero_()
    # An adapter merged into nothing but zeros is ΔW alone.
    rank_map = profile.rank_map.rank_map(blank)
    delta_weights = rebuild(blank, rank_map, load_adapter(profile.folder)).module.state_dict()
    adapted = {f"{site.module_name}.weight" for site in rank_map.adapted}
    return _changed(
        weights,
        lambda name, weight: (
            weight - (1 - strength) * delta_weights[name].double() if name in adapted else weight
        ),
    )


def _changed(
    weights: Mapping[str, Tensor], change: Callable[[str, Tensor], Tensor]
) -> dict[str, Tensor]:
    return {
        name: change(name, weight.double()).to(weight.dtype)
        if weight.is_floating_point()
        else weight
        for name, weight in weights.items()
    }


def _checked(backbone: Backbone, profile: Profile) -> Backbone:
    origin = profile.provenance.backbone
    if origin.sha256 is not None and backbone.sha256 != origin.sha256:
        raise _another_network(profile)
    return backbone


def _another_network(profile: Profile) -> ProfileError:
    return ProfileError(
        f"The profile {profile.name} was made of another network, "
        f"{profile.provenance.backbone.name}.",
        path=profile.folder,
        remedy="Give that network as the backbone, or the profile alone.",
    )


def _at_hand(profile: Profile) -> Backbone | None:
    """Return the profile's backbone where it comes with AdaptSR or is one of the user's own."""
    requested = profile.provenance.backbone.sha256
    known = [(found.card.sha256, found.path) for found in shipped_backbones().values()]
    known += [(found.card.sha256, found.path) for found in installed_backbones().values()]
    for sha256, path in known:
        if sha256 == requested and path.is_file():
            backbone = load_backbone(path)
            if backbone.sha256 == requested:
                return backbone
    return None
