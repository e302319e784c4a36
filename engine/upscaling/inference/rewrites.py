"""Changes to a copy of a network that make it faster or reduced precision safer, not different."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


def fuse_layer_norms(module: nn.Module) -> None:
    """Compute layer norms over channels in one kernel instead of eight; in place.

    Many networks spell them out for (N, C, H, W). Recognised by their attributes; the caller
    checks that the network still computes the same.
    """
    for child in module.modules():
        is_layer_norm = type(child).__name__ in {"LayerNorm", "LayerNorm2d"}
        if is_layer_norm and getattr(child, "data_format", None) == "channels_first":
            _replace_forward(child, functools.partial(_layer_norm, child))


def keep_ends_exact(module: nn.Module, run: Callable[[], object]) -> None:
    """Keep the first and the last weighted layer in float32 under autocast; in place.

    The first makes the sums along skip connections float32 all the way through, the last would
    round the picture itself. Both cost little and remove most of the error.

    Args:
        module: The network.
        run: Runs it once on anything, to see which layers come first and last.
    """
    called: list[nn.Module] = []
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_pre_hook(lambda m, _: called.append(m)) for layer in layers]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    for layer in {id(layer): layer for layer in (*called[:1], *called[-1:])}.values():
        _replace_forward(layer, functools.partial(_in_float32, layer.forward))


def _replace_forward(module: nn.Module, forward: Callable[[Tensor], Tensor]) -> None:
    # On the instance, so that attributes other code reads, such as `weight`, stay in place.
    module.__dict__["forward"] = forward


def _layer_norm(norm: nn.Module, x: Tensor) -> Tensor:
    weight, bias = norm.get_parameter("weight"), norm.get_parameter("bias")
    eps = norm.eps
    if not isinstance(eps, float):
        raise TypeError(f"eps of a layer norm must be a number, not {eps!r}")
    nhwc = x.permute(0, 2, 3, 1)
    return functional.layer_norm(nhwc, weight.shape, weight, bias, eps).permute(0, 3, 1, 2)


def _in_float32(forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with torch.autocast(x.device.type, enabled=False):
        return forward(x.float())
