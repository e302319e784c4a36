"""Coordinates that low-rank updates are trained in: the principal directions of each layer's input.

The inputs of a layer are strongly correlated (a few directions hold nearly all of their energy), and
an optimiser such as Adam, which gives each number a step size of its own, can tell directions apart
only where they are numbers. So A is trained as A' with A = A'·Q, where the rows of Q are the
eigenvectors of the inputs' second moment; Q is orthonormal and fixed, which changes neither what an
update can be nor what it costs. It is what Shampoo and SOAP do again and again for a whole training
(Vyas et al., 2024), done once: the frozen network's inputs hardly change while it is adapted.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.adapters.factorisation import Factorisation, LoralibConv, Matrix, factorisation_for
from engine.adapters.scores import Batch
from engine.adapters.sites import Site
from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken

Bases = Mapping[str, Tensor]
"""By site name: orthonormal rows, shape (n, n) for an A of shape (r, n) once flattened."""


def input_bases(
    backbone: Backbone,
    sites: Sequence[Site],
    batches: Iterable[Batch],
    *,
    factorisation: str,
    token: CancelToken | None = None,
) -> dict[str, Tensor]:
    """Return the principal directions of every site's input, by falling energy.

    Args:
        backbone: As loaded; left as it was.
        sites: Those that are adapted.
        batches: LR/HR mini-batches on the backbone's device; HR is not looked at.
        factorisation: Name of the updates' form, which decides what A is applied to.
        token: Stops the work between mini-batches.

    Returns:
        Float32 CPU tensors. A site is missing where its form has no input of its own (loralib's),
        where the network uses the weight without calling the layer, or where its input is too
        large to be squared or not a number.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If there is no such factorisation.
    """
    moments: dict[str, Tensor] = {}

    def watch(
        site: Site, form: Factorisation
    ) -> Callable[[nn.Module, tuple[Tensor, ...], dict[str, Tensor]], None]:
        def hook(layer: nn.Module, inputs: tuple[Tensor, ...], named: dict[str, Tensor]) -> None:
            x = inputs[0] if inputs else named["input"]
            rows = _rows(layer, x.float(), whole_kernel=_takes_kernels(form))
            moment = (rows.T @ rows / len(rows)).double().cpu()
            moments[site.name] = moments.get(site.name, torch.zeros_like(moment)) + moment

        return hook

    with ExitStack() as stack, torch.no_grad():
        for site in sites:
            form = factorisation_for(site, factorisation)
            if isinstance(form, LoralibConv):
                continue
            layer = backbone.module.get_submodule(site.module_name)
            handle = layer.register_forward_pre_hook(watch(site, form), with_kwargs=True)
            stack.callback(handle.remove)
        for lr, _hr in batches:
            if token is not None:
                token.check()
            backbone(lr)
    return {
        name: torch.linalg.eigh(moment).eigenvectors.flip(1).T.float().contiguous()
        for name, moment in moments.items()
        if moment.isfinite().all()  # numbers without bound have no directions
    }


def _takes_kernels(form: Factorisation) -> bool:
    """Whether A spans a kernel's taps as well as its channels."""
    return isinstance(form, Matrix) or form.name == "kernel_first"


def _rows(layer: nn.Module, x: Tensor, *, whole_kernel: bool) -> Tensor:
    """Return what A is applied to, one row for each place: (places, n)."""
    if not isinstance(layer, nn.Conv2d):
        return x.reshape(-1, x.shape[-1])
    if x.dim() == 3:  # one image, without a batch
        x = x[None]
    if not whole_kernel:
        return x.movedim(1, -1).flatten(0, -2)
    # The groups share one A, so their inputs are rows alike.
    grouped = x.reshape(len(x) * layer.groups, -1, *x.shape[2:])
    if isinstance(layer.padding, str):
        padding = tuple(size // 2 for size in layer.kernel_size)
    else:
        padding = tuple(layer.padding)
    patches = functional.unfold(
        grouped,
        tuple(layer.kernel_size),
        tuple(layer.dilation),
        padding,
        tuple(layer.stride),
    )
    return patches.movedim(1, -1).flatten(0, -2)


def digest_of(bases: Bases) -> str:
    """Return what tells bases from others; "" where there are none."""
    if not bases:
        return ""
    digest = hashlib.sha256()
    for name in sorted(bases):
        digest.update(name.encode())
        digest.update(bases[name].numpy().tobytes())
    return digest.hexdigest()
