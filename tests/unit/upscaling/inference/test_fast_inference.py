import gc
import weakref

import pytest
import torch
from torch import nn

from engine.backbones.backbone import Backbone
from engine.cancellation import Cancelled, CancelToken
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.fidelity import MAX_MEAN_ERROR
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone

CROP = torch.rand(1, 3, 48, 40, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("architecture", sorted(TINY_OPTIONS))
def test_the_fast_copy_computes_what_the_original_does(architecture):
    backbone = tiny_backbone(architecture)
    before = {name: tensor.clone() for name, tensor in backbone.module.state_dict().items()}
    network = FastNetwork(backbone)
    assert (network.run(CROP) - backbone(CROP)).abs().max() < 1e-5
    assert network.run(CROP).dtype == torch.float32
    assert not backbone.channels_last
    for name, tensor in backbone.module.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_layer_norms_are_fused_where_they_are_spelled_out():
    network = FastNetwork(tiny_backbone("SAFMN"))
    norms = [m for m in network._torch._fast.module.modules() if type(m).__name__ == "LayerNorm"]
    assert norms
    assert all("forward" in vars(norm) for norm in norms)


def pretend_bf16_is_faster(network):
    vars(network)["_faster"] = ("bf16",)


def test_reduced_precision_is_used_within_the_bound_and_its_error_is_told():
    backbone = tiny_backbone("Compact")
    network = FastNetwork(backbone)
    pretend_bf16_is_faster(network)
    fidelity = network.choose([CROP, CROP[..., :20]])
    assert fidelity.arithmetic == "bf16"
    assert 0 < fidelity.mean_abs_error <= MAX_MEAN_ERROR
    difference = (network.run(CROP) - backbone(CROP)).abs()
    assert 0 < difference.mean() <= MAX_MEAN_ERROR
    assert difference.max() <= fidelity.max_abs_error + 1e-6


class Touchy(nn.Module):
    """Multiplies whatever rounding the middle layer adds."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(3, 3, 1, bias=False) for _ in range(3))
        for layer in self.layers:
            nn.init.dirac_(layer.weight)

    def forward(self, x):
        first = self.layers[0](x)
        middle = self.layers[1](first)
        return self.layers[2](first + 100 * (middle - first))


def test_a_network_that_reduced_precision_changes_is_run_in_float32():
    network = FastNetwork(Backbone("test", "custom", Touchy(), 1))
    pretend_bf16_is_faster(network)
    assert network.choose([CROP]).arithmetic == "fp32"
    assert torch.allclose(network.run(CROP), CROP, atol=1e-5)


class Overflowing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        y = self.conv(self.conv(self.conv(x)))
        return y * (float("nan") if torch.is_autocast_enabled("cpu") else 1.0)


def test_a_network_that_gives_nothing_in_reduced_precision_is_run_in_float32():
    network = FastNetwork(Backbone("test", "custom", Overflowing(), 1))
    pretend_bf16_is_faster(network)
    assert network.choose([CROP]).arithmetic == "fp32"


def test_the_choice_is_made_anew_for_every_photo():
    network = FastNetwork(tiny_backbone("Compact"))
    pretend_bf16_is_faster(network)
    assert network.choose([CROP]).arithmetic == "bf16"
    assert network.choose([]).arithmetic == "fp32"


def test_a_run_can_be_stopped_between_layers():
    network = FastNetwork(tiny_backbone("SAFMN"))
    token = CancelToken()
    shares = []

    def on_share(share):
        shares.append(share)
        if len(shares) == 5:
            token.cancel()
        token.check()

    network.on_share = on_share
    with pytest.raises(Cancelled):
        network.run(CROP)
    assert len(shares) == 5
    assert shares == sorted(shares)
    assert shares[-1] < 1.0


def test_the_shares_of_every_run_end_at_one():
    network = FastNetwork(tiny_backbone("EDSR"))
    shares = []
    network.on_share = shares.append
    for _ in range(2):
        shares.clear()
        network.run(CROP)
        assert shares[0] < 0.5
        assert shares[-1] == 1.0


@pytest.mark.parametrize("backend", ["torch", "auto"])
def test_a_network_is_freed_with_its_last_user_and_needs_no_search_for_garbage(backend):
    gc.collect()
    gc.disable()
    try:
        backbone = tiny_backbone("SAFMN")
        network = FastNetwork(backbone, backend=backend)
        network.choose([torch.rand(1, 3, 24, 24)], (3000, 4000))
        network.run(torch.rand(1, 3, 24, 24))
        original, copy = weakref.ref(backbone.module), weakref.ref(network._torch._fast.module)
        del backbone, network
        assert original() is None
        assert copy() is None
    finally:
        gc.enable()
