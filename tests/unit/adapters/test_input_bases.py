"""Updates trained in the directions of a layer's input: other coordinates, the same updates."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from engine.adapters.input_bases import digest_of, input_bases
from engine.adapters.merge import merge_and_verify
from engine.adapters.methods import METHODS
from engine.adapters.rank_map import plan_ranks
from engine.adapters.sites import find_sites
from engine.config.adapter import AdapterSettings
from tests.tiny_backbones import tiny_backbone

ARCHITECTURES = ("EDSR", "SAFMN", "SwinIR")
FORMS = ("pointwise_first", "kernel_first", "single_kernel", "matrix")


def batches(count=2, side=16):
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        lr = torch.rand(2, 3, side, side, generator=generator)
        yield lr, torch.rand(2, 3, 2 * side, 2 * side, generator=generator)


def bases_of(backbone, form="pointwise_first"):
    return input_bases(backbone, find_sites(backbone.module), batches(), factorisation=form)


def built(backbone, bases, factorisation="pointwise_first", **changes):
    settings = AdapterSettings(budget="40%", factorisation=factorisation, **changes)
    sites = find_sites(backbone.module)
    rank_map = plan_ranks(
        sites,
        {site.name: 1.0 for site in sites},
        settings,
        backbone_parameters=backbone.parameter_count,
    )
    return METHODS.get("adaptsr").build(backbone, rank_map, 0, bases)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_site_has_orthonormal_directions_of_its_factors_size(architecture, form):
    backbone = tiny_backbone(architecture)
    adaptation = built(backbone, None, form)
    found = bases_of(backbone, form)
    for name, factor in adaptation.parameters.items():
        if name.endswith(".A"):
            basis = found[name.removesuffix(".A")]
            size = factor.flatten(1).shape[1]
            assert basis.shape == (size, size)
            assert torch.allclose(basis @ basis.T, torch.eye(size), atol=1e-5)


def test_directions_come_by_falling_energy_of_what_the_layer_gets():
    backbone = tiny_backbone("EDSR")
    seen = {}
    layer = next(m for m in backbone.module.modules() if isinstance(m, nn.Conv2d))
    name = next(s.name for s in find_sites(backbone.module) if s.kind == "conv")
    layer.register_forward_pre_hook(lambda _m, inputs: seen.setdefault("x", inputs[0]))
    basis = input_bases(
        backbone, find_sites(backbone.module), batches(1), factorisation="pointwise_first"
    )[name]
    energies = (seen["x"].movedim(1, -1).flatten(0, -2) @ basis.T).square().mean(0)
    assert (energies.diff() <= 1e-6).all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_update_is_the_same_in_plain_coordinates(architecture, form):
    """A profile knows nothing of bases: its factors give the network that was trained."""
    backbone = tiny_backbone(architecture)
    trained = built(backbone, bases_of(backbone, form), form)
    with torch.no_grad():
        for parameter in trained.parameters.values():
            parameter.add_(torch.randn(parameter.shape, generator=torch.manual_seed(1)) * 0.05)
    merged, difference = merge_and_verify(trained, backbone)
    assert difference <= 1e-5
    plain = built(backbone, None, form)
    plain.load_state_dict(trained.adapter())
    other = plain.merged().module.state_dict()
    for key, value in merged.module.state_dict().items():
        assert torch.allclose(other[key], value, atol=1e-6), key


@pytest.mark.parametrize("form", ["weight", "projected"])
def test_both_forms_give_the_gradients_of_autograd(form):
    backbone = tiny_backbone("EDSR")
    bases = bases_of(backbone)
    (lr, hr) = next(iter(batches(1)))
    gradients = []
    for chosen in ("weight", form):
        adaptation = built(backbone, bases, form=chosen)
        with torch.no_grad():
            for name, parameter in adaptation.parameters.items():
                if name.endswith(".B"):
                    parameter.add_(0.01)
        loss = (adaptation.backbone(lr) - hr).square().mean()
        gradients.append(torch.autograd.grad(loss, list(adaptation.parameters.values())))
    for expected, found in zip(*gradients, strict=True):
        assert torch.allclose(expected, found, atol=1e-6)


def test_the_papers_own_form_has_no_directions():
    backbone = tiny_backbone("EDSR")
    assert bases_of(backbone, "loralib") == {}


def test_other_directions_have_another_digest():
    found = bases_of(tiny_backbone("EDSR"))
    other = {name: -basis for name, basis in found.items()}
    assert digest_of(found) != digest_of(other)
    assert digest_of({}) == ""


class _Called(nn.Module):
    """One layer, called in a way of its own."""

    def __init__(self, layer, call):
        super().__init__()
        self.layer, self.call = layer, call

    def forward(self, x):
        return self.call(self.layer, x)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("layer", "call"),
    [
        (nn.Conv2d(3, 3, 3), lambda layer, x: layer(input=x)),
        (nn.Conv2d(3, 3, 3), lambda layer, x: torch.stack([layer(image) for image in x])),
        (nn.Conv2d(3, 3, 3, groups=3), lambda layer, x: torch.stack([layer(image) for image in x])),
        (nn.Linear(3, 3), lambda layer, x: layer(x.mean((0, 2, 3)))),
    ],
    ids=["by name", "single images", "single images in groups", "one vector"],
)
def test_directions_are_found_however_a_layer_is_called(layer, call, form):
    network = _Called(layer, call)
    backbone = replace(tiny_backbone("EDSR"), module=network)
    found = input_bases(backbone, find_sites(network), batches(), factorisation=form)["layer"]
    assert torch.allclose(found @ found.T, torch.eye(len(found)), atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("factor", [1e30, float("nan")])
def test_a_layer_whose_input_is_beyond_numbers_has_no_directions(factor, form):
    network = _Called(nn.Conv2d(3, 3, 3), lambda layer, x: layer(x * factor))
    backbone = replace(tiny_backbone("EDSR"), module=network)
    assert input_bases(backbone, find_sites(network), batches(), factorisation=form) == {}
