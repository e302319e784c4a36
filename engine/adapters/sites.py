"""Finds the weights of a backbone that may carry a low-rank update."""

import fnmatch
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from torch import nn

from engine.errors import ConfigError


class SiteKind(StrEnum):
    """What a weight does in the network (paper, section 3.2)."""

    CONV = "conv"
    GROUPED_CONV = "grouped conv"
    DEPTHWISE_CONV = "depthwise conv"
    QKV = "QKV"
    QUERY = "Q"
    KEY = "K"
    VALUE = "V"
    OUTPUT = "O"
    MLP1 = "MLP1"
    MLP2 = "MLP2"
    LINEAR = "linear"


KIND_GROUPS: Mapping[str, frozenset[SiteKind]] = {
    "conv": frozenset({SiteKind.CONV, SiteKind.GROUPED_CONV, SiteKind.DEPTHWISE_CONV}),
    "mlp": frozenset({SiteKind.MLP1, SiteKind.MLP2}),
    "attention": frozenset(
        {SiteKind.QKV, SiteKind.QUERY, SiteKind.KEY, SiteKind.VALUE, SiteKind.OUTPUT}
    ),
    "linear": frozenset({SiteKind.LINEAR}),
}
"""Site kinds by what a user calls them (paper, table 4); `linear` is what is none of the others."""


@dataclass(frozen=True, slots=True)
class Site:
    """One weight, or one row slice of a fused weight, that may carry an update.

    Attributes:
        name: Unique; the module's name, with `.q`, `.k` or `.v` appended for a slice of a fused
            projection.
        module_name: Dotted name of the module whose `weight` this is.
        kind: What the weight does.
        block: Row of the rank map: the repeated block it belongs to, or the outermost module.
        column: Column of the rank map: its name inside the block.
        weight_shape: Shape of the weight, or of the slice.
        groups: Of a convolution; 1 for a linear layer.
        rows: First and past-the-last output row of the slice; None for the whole weight.
        bias_size: Length of the module's bias; 0 for none and for slices.
    """

    name: str
    module_name: str
    kind: SiteKind
    block: str
    column: str
    weight_shape: tuple[int, ...]
    groups: int = 1
    rows: tuple[int, int] | None = None
    bias_size: int = 0

    @property
    def parameter_count(self) -> int:
        """Numbers in the weight or slice."""
        return math.prod(self.weight_shape)


_NAMED_KINDS = {
    SiteKind.QUERY: ("q", "to_q", "q_proj", "query", "wq"),
    SiteKind.KEY: ("k", "to_k", "k_proj", "key", "wk"),
    SiteKind.VALUE: ("v", "to_v", "v_proj", "value", "wv"),
    SiteKind.OUTPUT: ("proj", "to_out", "out_proj", "o_proj", "wo", "project_out"),
    SiteKind.MLP1: ("fc1", "linear1", "w1"),
    SiteKind.MLP2: ("fc2", "linear2", "w2"),
}
_KIND_OF_NAME = {name: kind for kind, names in _NAMED_KINDS.items() for name in names}
_FUSED_PARTS = (("q", SiteKind.QUERY), ("k", SiteKind.KEY), ("v", SiteKind.VALUE))


def find_sites(module: nn.Module, *, joint_qkv: bool = False) -> tuple[Site, ...]:
    """List every `Conv2d` and `Linear` weight of `module`, in the module's own order.

    A fused `qkv` projection (out = 3 · in) gives three sites on row slices, as in the paper's
    equation 5. A weight used by several modules is listed once.

    Args:
        module: The backbone's network.
        joint_qkv: Keep a fused projection as one site, as the paper's tables were made.
    """
    seen: set[int] = set()
    blocks = _repeated_blocks(module)
    sites: list[Site] = []
    for name, layer in module.named_modules():
        if not isinstance(layer, nn.Conv2d | nn.Linear) or id(layer.weight) in seen:
            continue
        seen.add(id(layer.weight))
        sites.extend(_sites_of(name, layer, _block_of(name, blocks), joint_qkv=joint_qkv))
    return tuple(sites)


def select_sites(
    sites: Iterable[Site],
    *,
    include: Iterable[str] = ("*",),
    exclude: Iterable[str] = (),
    kinds: Iterable[str] = (),
) -> tuple[Site, ...]:
    """Keep the sites whose name matches a pattern of `include` and none of `exclude`.

    Args:
        sites: To choose from.
        include: Shell-style patterns (`layers.*.attn.*`).
        exclude: Patterns of what is left out.
        kinds: Keys of `KIND_GROUPS`; every kind where there is none.

    Raises:
        ConfigError: If no site is left.
    """
    requested, unwanted, groups = tuple(include), tuple(exclude), tuple(kinds)
    allowed = {kind for group in groups or KIND_GROUPS for kind in KIND_GROUPS[group]}
    kept = tuple(
        site
        for site in sites
        if site.kind in allowed
        and any(fnmatch.fnmatchcase(site.name, pattern) for pattern in requested)
        and not any(fnmatch.fnmatchcase(site.name, pattern) for pattern in unwanted)
    )
    if not kept:
        raise ConfigError(
            f"No layer of the backbone matches {', '.join([*requested, *groups])}.",
            remedy="List the layers with `adaptsr sites` and change the pattern.",
        )
    return kept


def _sites_of(
    name: str, layer: nn.Conv2d | nn.Linear, block: str, *, joint_qkv: bool
) -> Iterator[Site]:
    column = name[len(block) :].lstrip(".")
    bias_size = 0 if layer.bias is None else layer.bias.numel()
    shape = tuple(layer.weight.shape)
    last = name.rpartition(".")[2]
    if isinstance(layer, nn.Conv2d):
        yield Site(
            name=name,
            module_name=name,
            kind=_conv_kind(layer),
            block=block,
            column=column,
            weight_shape=shape,
            groups=layer.groups,
            bias_size=bias_size,
        )
        return
    is_fused = "qkv" in last.lower() and layer.out_features == 3 * layer.in_features
    if not is_fused or joint_qkv:
        kind = SiteKind.QKV if is_fused else _KIND_OF_NAME.get(last.lower(), SiteKind.LINEAR)
        yield Site(name, name, kind, block, column, shape, bias_size=bias_size)
        return
    size = layer.in_features
    for index, (part, kind) in enumerate(_FUSED_PARTS):
        yield Site(
            name=f"{name}.{part}",
            module_name=name,
            kind=kind,
            block=block,
            column=f"{column}.{part}",
            weight_shape=(size, size),
            rows=(index * size, (index + 1) * size),
        )


def _conv_kind(layer: nn.Conv2d) -> SiteKind:
    if layer.groups == 1:
        return SiteKind.CONV
    return SiteKind.DEPTHWISE_CONV if layer.groups == layer.in_channels else SiteKind.GROUPED_CONV


def _repeated_blocks(module: nn.Module) -> frozenset[str]:
    """Names of the outermost composite modules that stand beside another of their class."""
    blocks: set[str] = set()
    for name, parent in module.named_modules():
        children = [(key, child) for key, child in parent.named_children() if key.isdigit()]
        classes = [type(child) for _, child in children]
        for key, child in children:
            if classes.count(type(child)) > 1 and next(child.children(), None) is not None:
                blocks.add(f"{name}.{key}" if name else key)
    return frozenset(blocks)


def _block_of(name: str, blocks: frozenset[str]) -> str:
    parts = name.split(".")
    for length in range(1, len(parts)):
        prefix = ".".join(parts[:length])
        if prefix in blocks:
            return prefix
    return parts[0]
