"""Updates in weight space: identity at the start, exact merge, gradients of both forms."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.adapters.factorisation import (
    FACTORISATIONS,
    factorisation_for,
    initial_factors,
    parameters_per_rank,
)
from engine.adapters.low_rank import LowRankUpdate, attach, detach, is_projected, scaling_factor
from engine.adapters.sites import find_sites
from engine.backbones.building import build_backbone

RANK = 2
BUILDS = {
    "SAFMN": {"dim": 8, "n_blocks": 2},
    "EDSR": {"features": 16, "blocks": 2},
    "SwinIR": {"embed_dim": 12, "depths": [2, 2], "num_heads": [2, 2], "window_size": 4},
    "DRCT": {
        "embed_dim": 12,
        "depths": [1, 1],
        "num_heads": [2, 2],
        "window_size": 4,
        "gc": 4,
        "img_size": 16,
    },
}


def updates_for(module, *, factorisation="pointwise_first", joint_qkv=False, zero=False, seed=0):
    generator = torch.Generator().manual_seed(seed)
    updates = []
    for site in find_sites(module, joint_qkv=joint_qkv):
        form = factorisation_for(site, factorisation)
        rank = min(RANK, form.max_rank(site.weight_shape))
        factors = initial_factors(site, form, rank, generator)
        if not zero:
            factors["B"] = torch.randn(factors["B"].shape, generator=generator) * 0.02
        updates.append(LowRankUpdate(site, form, factors, scaling_factor("constant", 1.0, rank)))
    return updates


def image(side=16, dtype=torch.float32):
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1)).to(dtype)


@pytest.mark.parametrize("architecture", BUILDS)
@pytest.mark.parametrize("form", ["weight", "projected"])
def test_an_untrained_update_leaves_the_backbone_exactly_as_it_is(architecture, form):
    backbone = build_backbone(architecture, scale=2, **BUILDS[architecture])
    with torch.no_grad():
        before = backbone(image())
        attach(backbone.module, updates_for(backbone.module, zero=True), form=form)
        assert torch.equal(backbone(image()), before)


@pytest.mark.parametrize("architecture", BUILDS)
@pytest.mark.parametrize("factorisation", list(FACTORISATIONS))
@pytest.mark.parametrize("joint_qkv", [False, True])
def test_merged_equals_adapted_and_keeps_every_key(architecture, factorisation, joint_qkv):
    backbone = build_backbone(architecture, scale=2, **BUILDS[architecture])
    shapes = {key: value.shape for key, value in backbone.module.state_dict().items()}
    with torch.no_grad():
        before = backbone(image())
        attach(
            backbone.module,
            updates_for(backbone.module, factorisation=factorisation, joint_qkv=joint_qkv),
        )
        adapted = backbone(image())
        detach(backbone.module)
        merged = backbone(image())
    assert (adapted - before).abs().max() > 1e-4
    assert torch.equal(merged, adapted)
    assert {key: value.shape for key, value in backbone.module.state_dict().items()} == shapes


def test_in_float64_the_merge_adds_the_update_and_nothing_else():
    module = build_backbone("SwinIR", scale=2, **BUILDS["SwinIR"]).module.double()
    weights = {key: value.clone() for key, value in module.state_dict().items()}
    updates = [update.double() for update in updates_for(module)]
    deltas = {update.site: update.delta_weight().detach() for update in updates}
    attach(module, updates)
    detach(module)
    for site, delta in deltas.items():
        rows = slice(*site.rows) if site.rows else slice(None)
        key = f"{site.module_name}.weight"
        difference = module.state_dict()[key][rows] - weights[key][rows]
        assert torch.allclose(difference, delta, atol=1e-14, rtol=0)


def test_merging_and_subtracting_restores_the_weights():
    module = build_backbone("EDSR", scale=2, **BUILDS["EDSR"]).module.double()
    before = copy.deepcopy(module.state_dict())
    updates = [update.double() for update in updates_for(module)]
    deltas = {u.site.module_name: u.delta_weight().detach() for u in updates}
    attach(module, updates)
    detach(module)
    for name, delta in deltas.items():
        restored = module.get_parameter(f"{name}.weight") - delta
        assert torch.allclose(restored, before[f"{name}.weight"], atol=1e-15, rtol=0)


def test_only_the_adapted_rows_of_a_fused_projection_change_whatever_their_order():
    for kept in ([2, 1, 0], [1], [2, 0]):  # of queries, keys and values
        module = build_backbone("SwinIR", scale=2, **BUILDS["SwinIR"]).module
        fused = [u for u in updates_for(module) if u.site.rows is not None]
        name = fused[0].site.module_name
        slices = [u for u in fused if u.site.module_name == name]
        assert len(slices) == 3
        before = module.get_parameter(f"{name}.weight").clone()
        updates = [slices[index] for index in kept]
        expected = before.clone()
        for update in updates:
            expected[slice(*update.site.rows)] += update.delta_weight().detach()
        attach(module, updates)
        assert torch.equal(module.get_submodule(name).weight, expected)


@pytest.mark.parametrize(
    ("layer", "rank", "is_faster"),
    [
        (nn.Conv2d(32, 8, 3), 8, True),
        (nn.Conv2d(32, 8, (1, 3)), 8, True),
        (nn.Conv2d(32, 8, (3, 1)), 8, True),
        (nn.Conv2d(32, 8, (2, 1)), 8, True),
        (nn.Conv2d(32, 8, 1), 1, False),
        (nn.Conv2d(31, 8, 3), 1, False),
        (nn.Conv2d(32, 8, 3), 9, False),
        (nn.Conv2d(36, 8, 3), 8, True),
        (nn.Linear(8, 8), 1, True),
        (nn.Linear(127, 256), 2, False),
        (nn.Linear(256, 127), 2, False),
        (nn.Linear(128, 128), 2, True),
    ],
)
def test_unless_told_otherwise_a_layer_takes_the_form_measured_to_be_faster(layer, rank, is_faster):
    for options, is_expected in (({}, is_faster), ({"form": "weight"}, False)):
        module = nn.Sequential(copy.deepcopy(layer))
        (site,) = find_sites(module)
        form = factorisation_for(site, "pointwise_first")
        factors = initial_factors(site, form, rank, torch.Generator())
        attach(module, [LowRankUpdate(site, form, factors, 1.0)], **options)
        assert is_projected(module[0]) is is_expected


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "kernel"),
    [(1, 1, 1, 3), (2, 2, 2, 3), (1, 0, 1, 1), (1, 2, 1, 5)],
)
def test_two_chained_convolutions_compute_what_the_update_does(stride, padding, dilation, kernel):
    conv = nn.Conv2d(
        6, 10, kernel, stride=stride, padding=padding, dilation=dilation, dtype=torch.float64
    )
    module = nn.Sequential(conv)
    (update,) = updates_for(module)
    update.double()
    x = torch.rand(2, 6, 12, 12, dtype=torch.float64)
    expected = conv(x) + functional.conv2d(
        functional.conv2d(x, update.factors["A"]),
        update.factors["B"],
        stride=stride,
        padding=padding,
        dilation=dilation,
    )
    attach(module, [update])
    assert torch.allclose(module(x), expected, atol=1e-12)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(6, 10, 3, padding=1),
        nn.Conv2d(6, 10, 3, padding=2, dilation=2, stride=2, bias=False),
        nn.Conv2d(6, 10, 1),
        nn.Linear(6, 10),
        nn.Linear(6, 10, bias=False),
    ],
)
@pytest.mark.parametrize("train_bias", [False, True])
def test_projected_gradients_are_those_of_weight_space(layer, train_bias):
    gradients = []
    for form in ("weight", "projected"):
        module = nn.Sequential(copy.deepcopy(layer).double())
        (update,) = updates_for(module)
        update.double()
        attach(module, [update], form=form)
        assert is_projected(module[0]) is (form == "projected")
        requested = [update.factors["A"], update.factors["B"]]
        if train_bias and module[0].bias is not None:
            requested.append(module[0].bias.requires_grad_())
        shape = (2, 6, 9, 9) if isinstance(layer, nn.Conv2d) else (2, 5, 6)
        generator = torch.Generator().manual_seed(3)
        x = torch.rand(shape, dtype=torch.float64, generator=generator).requires_grad_()
        gradients.append(torch.autograd.grad(module(x).square().sum(), [x, *requested]))
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-11)


def test_projected_layers_survive_autocast_and_a_deep_copy():
    module = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1))
    attach(module, updates_for(module), form="projected")
    twin = copy.deepcopy(module)
    x = torch.rand(1, 16, 8, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = twin(x)
    assert output.dtype == torch.bfloat16
    output.float().sum().backward()
    of_twin = dict(twin.named_parameters())
    grads = {name: p.grad for name, p in of_twin.items() if p.requires_grad}
    assert len(grads) == 2
    assert all(g is not None and g.dtype == torch.float32 for g in grads.values())
    assert all(p.grad is None for p in module.parameters())


def test_only_factors_ask_for_gradients():
    module = build_backbone("SwinIR", scale=2, **BUILDS["SwinIR"]).module
    attach(module, updates_for(module))
    trainable = [name for name, p in module.named_parameters() if p.requires_grad]
    assert trainable
    assert all(".factors." in name for name in trainable)


def test_nothing_is_differentiated_below_the_first_adapted_site():
    backbone = build_backbone("EDSR", scale=2, **BUILDS["EDSR"])
    last = [u for u in updates_for(backbone.module) if u.site.name == "tail.1"]
    attach(backbone.module, last)
    seen = {}
    for name in ("body.0", "tail.0"):
        layer = backbone.module.get_submodule(name)
        layer.register_forward_hook(
            lambda _m, _i, output, name=name: seen.update({name: output.requires_grad})
        )
    assert backbone(image()).requires_grad
    assert seen == {"body.0": False, "tail.0": False}


@pytest.mark.parametrize("factorisation", list(FACTORISATIONS))
def test_the_cost_of_a_rank_is_what_a_rank_holds(factorisation):
    module = build_backbone("SAFMN", scale=2, dim=12, n_blocks=1).module
    for site in find_sites(module):
        form = factorisation_for(site, factorisation)
        for rank in (1, 3):
            factors = initial_factors(site, form, rank, torch.Generator())
            held = sum(factor.numel() for factor in factors.values())
            assert held == rank * parameters_per_rank(site, form)


def test_a_full_rank_update_can_reach_any_weight():
    # at the highest rank each matrix form must be able to express an arbitrary change
    site = find_sites(nn.Sequential(nn.Conv2d(5, 4, 3)))[0]
    target = torch.randn(4, 5, 3, 3, dtype=torch.float64)
    form = FACTORISATIONS.get("pointwise_first")
    rank = form.max_rank(site.weight_shape)
    matrix = target.permute(0, 2, 3, 1).reshape(-1, 5)
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    factors = {
        "A": vh[:rank].reshape(rank, 5, 1, 1),
        "B": (u * s)[:, :rank].reshape(4, 3, 3, rank).permute(0, 3, 1, 2),
    }
    assert torch.allclose(form.delta_weight(factors, (4, 5, 3, 3)), target, atol=1e-12)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("alpha_over_rank", 0.5), ("alpha_over_sqrt_rank", 1.0), ("constant", 2.0)],
)
def test_scaling_rules(rule, expected):
    assert scaling_factor(rule, 2.0, 4) == expected
