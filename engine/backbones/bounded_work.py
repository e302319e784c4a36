"""Lets torch work only while what it makes stays in proportion to the file it comes from.

A megabyte can describe a network of twenty gigabytes: ten thousand layers, of which there is the
last alone, as wide as the first. Building on the meta device first would
tell, but many architectures read numbers while they are built, which that device has none of. So
every operation is asked for its size there, just before it is done.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

_ONE_BYTES = _ALL_BYTES = 64 << 20
_ONE_TIMES, _ALL_TIMES = 4, 8
"""Measured on 37 of spandrel's architectures as they come: building makes 2.6 times the weights at
most, 0.4 times at once. A file of half precision doubles that; attention's tables are in the rest."""


class OutOfProportion(Exception):  # noqa: N818 - it never leaves this package
    """An operation would make more than the file's size accounts for.

    Args:
        needed_bytes: What it would make.
    """

    def __init__(self, needed_bytes: int) -> None:
        super().__init__(needed_bytes)
        self.needed_bytes = needed_bytes


class BoundedWork(TorchDispatchMode):
    """A context manager in which torch refuses to make what is out of proportion.

    Args:
        weights_bytes: How large the weights are that the work is for.
        in_all: Also bound the sum of all that is made; for building, where it stays.
    """

    def __init__(self, weights_bytes: int, *, in_all: bool) -> None:
        TorchDispatchMode.__init__(self)
        self._one_bytes = _ONE_BYTES + _ONE_TIMES * weights_bytes
        self._all_bytes = _ALL_BYTES + _ALL_TIMES * weights_bytes if in_all else math.inf
        self._made_bytes = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Do an operation if what it makes is in proportion.

        Raises:
            OutOfProportion: If it is not.
        """
        named = dict(kwargs or {})
        if not func._schema.is_mutable:
            needed_bytes = _size_of(func, args, named)
            self._made_bytes += needed_bytes
            if needed_bytes > self._one_bytes or self._made_bytes > self._all_bytes:
                raise OutOfProportion(needed_bytes)
        return func(*args, **named)


def _size_of(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """Return how many bytes an operation makes; 0 where that hangs on the numbers themselves."""
    if getattr(func, "is_view", False):
        return 0
    away = torch.device("meta")
    on_meta_args, on_meta_kwargs = pytree.tree_map_only(
        Tensor, lambda tensor: tensor.to(away), (tuple(args), kwargs)
    )
    if "device" in on_meta_kwargs:
        on_meta_kwargs["device"] = away
    try:
        made = func(*on_meta_args, **on_meta_kwargs)
    except (RuntimeError, NotImplementedError, TypeError, ValueError):
        return 0  # it reads numbers and makes few, or it is wrong and says so when it is done
    tensors = [leaf for leaf in pytree.tree_leaves(made) if isinstance(leaf, Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
