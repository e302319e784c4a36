import pytest
import torch
from spandrel import MAIN_REGISTRY, ModelLoader
from spandrel.architectures.RCAN import RCAN
from torch import nn

from engine.backbones.building import build_backbone
from engine.backbones.detection import detect_backbone, library_quirks
from engine.backbones.edsr import DIV2K_MEAN, EDSR
from engine.backbones.edsr_architecture import EDSRArchitecture, register_edsr
from engine.backbones.loading import load_backbone, save_backbone
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone


@pytest.mark.parametrize(("scale", "parameters"), [(2, 1_369_859), (3, 1_554_499), (4, 1_517_571)])
def test_baseline_has_the_published_number_of_parameters(scale, parameters):
    assert build_backbone("EDSR", scale=scale).parameter_count == parameters


def test_full_model_has_the_published_number_of_parameters():
    with torch.device("meta"):
        network = EDSR(scale=2, features=256, blocks=32)
    assert sum(p.numel() for p in network.parameters()) == 40_729_603


@pytest.mark.parametrize(("features", "expected"), [(64, 1.0), (256, 0.1)])
def test_residual_scale_follows_the_width_the_authors_trained(features, expected):
    with torch.device("meta"):
        network = EDSR(features=features, blocks=1)
    assert network.body[0].residual_scale == expected


@pytest.mark.parametrize(("scale", "upsampler"), [(2, ["0"]), (3, ["0"]), (4, ["0", "2"])])
def test_weights_carry_the_names_of_the_official_checkpoints(scale, upsampler):
    names = set(EDSR(scale=scale, features=4, blocks=2).state_dict())
    stems = [
        "sub_mean",
        "head.0",
        "body.0.body.0",
        "body.0.body.2",
        "body.1.body.0",
        "body.1.body.2",
        "body.2",
        *(f"tail.0.{index}" for index in upsampler),
        "tail.1",
        "add_mean",
    ]
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("weight", "bias")}


def test_mean_shift_can_be_neither_trained_nor_adapted():
    network = EDSR(features=4, blocks=1)
    shifts = [network.sub_mean, network.add_mean]
    assert not any(isinstance(shift, nn.Conv2d) or list(shift.parameters()) for shift in shifts)


def test_mean_shift_works_on_255_and_cancels_out():
    """With a silent head and a silent tail only the two shifts are left: mean colour comes out."""
    network = EDSR(features=4, blocks=1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        sr = network(torch.full((1, 3, 6, 6), 0.5))
    assert torch.allclose(sr, torch.tensor(DIV2K_MEAN).view(1, 3, 1, 1).expand(1, 3, 12, 12))
    assert torch.allclose(network.sub_mean.bias, -255 * torch.tensor(DIV2K_MEAN))


def test_convolutions_see_0_to_255_around_the_mean():
    network = EDSR(features=4, blocks=1)
    seen = []
    network.head.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        network(torch.full((1, 3, 6, 6), 0.5))
    expected = (255 * (0.5 - torch.tensor(DIV2K_MEAN))).view(1, 3, 1, 1).expand(1, 3, 6, 6)
    assert torch.allclose(seen[0], expected, atol=1e-4)


def test_equals_the_formula_of_the_paper():
    """An EDSR written out in functional calls, from the same weights."""
    network = EDSR(scale=3, features=8, blocks=2, residual_scale=0.1)
    weights = network.state_dict()

    def conv(name, image, padding=1):
        weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return nn.functional.conv2d(image, weight, bias, padding=padding)

    lr = torch.rand(1, 3, 9, 7)
    head = conv("head.0", conv("sub_mean", lr * 255, padding=0))
    features = head
    for block in ("body.0.body", "body.1.body"):
        residual = conv(f"{block}.2", conv(f"{block}.0", features).relu())
        features = features + 0.1 * residual
    features = conv("body.2", features) + head
    features = nn.functional.pixel_shuffle(conv("tail.0.0", features), 3)
    sr = conv("add_mean", conv("tail.1", features), padding=0) / 255
    with torch.no_grad():
        assert torch.allclose(network(lr), sr, atol=1e-6)


@pytest.mark.parametrize("scale", [0, 1, 5, 6])
def test_impossible_scales_are_refused(scale):
    with pytest.raises(ValueError, match=f"not by {scale}"):
        EDSR(scale=scale, features=4, blocks=1)


def test_weights_trained_on_0_to_1_are_told_from_those_on_0_to_255(tmp_path):
    network = EDSR(features=8, blocks=1, value_range=1.0)
    backbone = detect_backbone(network.state_dict(), name="edsr")
    lr = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(backbone(lr), network(lr))
        assert backbone.module.value_range == 1.0
        assert tiny_backbone("EDSR").module.value_range == 255.0


def test_only_our_architecture_claims_an_edsr_file():
    weights = tiny_backbone("EDSR").module.state_dict()
    others = [entry for entry in MAIN_REGISTRY if entry.architecture.id != "EDSR"]
    assert [str(e.architecture.id) for e in others if e.detect(weights)] == []
    assert EDSRArchitecture().detect(weights)


def test_edsr_claims_no_other_networks_file():
    with library_quirks():
        rcan = RCAN(n_feats=16, n_resgroups=1, n_resblocks=1).state_dict()
    others = [tiny_backbone(name).module.state_dict() for name in TINY_OPTIONS if name != "EDSR"]
    assert not any(EDSRArchitecture().detect(weights) for weights in [rcan, *others])


def test_registering_twice_changes_nothing_and_plain_spandrel_knows_edsr_then(tmp_path):
    register_edsr()
    count = len(MAIN_REGISTRY)
    register_edsr()
    assert len(MAIN_REGISTRY) == count
    backbone = tiny_backbone("EDSR", scale=4)
    save_backbone(backbone, tmp_path / "edsr.safetensors")
    plain = ModelLoader().load_from_file(tmp_path / "edsr.safetensors")
    assert (plain.architecture.id, plain.scale) == ("EDSR", 4)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_an_official_style_checkpoint_loads_whatever_wraps_it(scale, tmp_path):
    """The authors save an old-style .pt; others wrap it and prefix every name."""
    network = EDSR(scale=scale, features=8, blocks=3)
    weights = network.state_dict()
    wrapped = {"params": {f"module.{name}": tensor for name, tensor in weights.items()}}
    torch.save(weights, tmp_path / "edsr-1bc95232.pt", _use_new_zipfile_serialization=False)
    torch.save(wrapped, tmp_path / "wrapped.pth")
    lr = torch.rand(1, 3, 8, 8)
    for name in ("edsr-1bc95232.pt", "wrapped.pth"):
        backbone = load_backbone(tmp_path / name)
        assert (backbone.architecture, backbone.scale) == ("EDSR", scale)
        assert backbone.size_multiple == 1
        with torch.no_grad():
            assert torch.equal(backbone(lr), network(lr))
