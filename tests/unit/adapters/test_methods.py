"""Training methods, the paper's parameter counts, and the check of a merge."""

import dataclasses
import math

import pytest
import torch

from engine.adapters.merge import largest_difference, merge_and_verify, probe_image
from engine.adapters.methods import METHODS
from engine.adapters.rank_map import plan_ranks, without_ranks
from engine.adapters.sites import find_sites, select_sites
from engine.backbones.building import build_backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.config.adapter import PAPER_TABLES_ADAPTER, AdapterSettings
from engine.errors import CheckpointError, ConfigError, MergeMismatchError
from tests.tiny_backbones import tiny_backbone


def rank_map_for(backbone, settings):
    sites = select_sites(
        find_sites(backbone.module, joint_qkv=settings.joint_qkv),
        include=settings.include,
        exclude=settings.exclude,
    )
    scores = {site.name: 1.0 + index for index, site in enumerate(sites)}
    return plan_ranks(sites, scores, settings, backbone_parameters=backbone.parameter_count)


def adaptation_for(backbone, seed=0, **changes):
    settings = AdapterSettings(**{"budget": "30%", **changes})
    return METHODS.get("adaptsr").build(backbone, rank_map_for(backbone, settings), seed)


def disturb(adaptation):
    with torch.no_grad():
        for parameter in adaptation.parameters.values():
            parameter.add_(torch.randn(parameter.shape) * 0.01)


@pytest.fixture(scope="module")
def swinir_m():
    return build_backbone(
        "SwinIR",
        scale=4,
        embed_dim=180,
        depths=[6] * 6,
        num_heads=[6] * 6,
        upsampler="pixelshuffle",
    )


@pytest.mark.parametrize(
    ("rank", "parameters"),
    [(1, 151_753), (4, 466_411), (8, 885_955), (16, 1_725_043), (64, 6_759_571)],
)
def test_swinir_m_trains_as_many_parameters_as_table_2_reports(swinir_m, rank, parameters):
    assert swinir_m.parameter_count == 11_900_199
    settings = PAPER_TABLES_ADAPTER.model_copy(
        update={"r_min": rank, "r_max": rank, "budget": "100%"}
    )
    rank_map = rank_map_for(swinir_m, settings)
    assert rank_map.trainable_parameters == parameters
    if rank == 4:
        adaptation = METHODS.get("adaptsr").build(swinir_m, rank_map, 0)
        assert adaptation.trainable_parameters == parameters


def test_the_rank_map_counts_what_is_trained():
    backbone = tiny_backbone("SwinIR")
    for changes in ({}, {"joint_qkv": True, "train_bias": True}, {"factorisation": "loralib"}):
        settings = AdapterSettings(budget="20%", **changes)
        rank_map = rank_map_for(backbone, settings)
        adaptation = METHODS.get("adaptsr").build(backbone, rank_map, 0)
        assert adaptation.trainable_parameters == rank_map.trainable_parameters
        assert rank_map.trainable_parameters <= rank_map.budget_parameters


@pytest.mark.parametrize("architecture", ["SAFMN", "EDSR", "SwinIR", "DRCT", "Compact", "ESRGAN"])
def test_every_kind_of_network_adapts_merges_and_loads_again(architecture, tmp_path):
    backbone = tiny_backbone(architecture)
    adaptation = adaptation_for(backbone, joint_qkv=True, train_bias=True)
    disturb(adaptation)
    merged, difference = merge_and_verify(adaptation, backbone)
    assert difference <= 1e-5
    assert merged.parameter_count == backbone.parameter_count
    save_backbone(merged, tmp_path / "merged.safetensors")
    loaded = load_backbone(tmp_path / "merged.safetensors")
    x = torch.rand(1, 3, 24, 24)
    with torch.no_grad():
        assert torch.equal(loaded(x), merged(x))
        assert not torch.equal(loaded(x), backbone(x))


def test_training_and_merging_leave_the_given_backbone_alone():
    backbone = tiny_backbone("EDSR")
    before = {key: value.clone() for key, value in backbone.module.state_dict().items()}
    for method in METHODS:
        rank_map = rank_map_for(backbone, AdapterSettings(budget="30%"))
        adaptation = METHODS.get(method).build(backbone, rank_map, 0)
        disturb(adaptation)
        adaptation.merged()
        state = backbone.module.state_dict()
        assert all(torch.equal(state[key], value) for key, value in before.items())
        assert not any(p.requires_grad for p in backbone.module.parameters())


def test_an_adapted_network_goes_on_after_a_merge():
    backbone = tiny_backbone("EDSR")
    adaptation = adaptation_for(backbone)
    disturb(adaptation)
    x = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        before = adaptation.backbone(x)
        adaptation.merged()
        assert torch.equal(adaptation.backbone(x), before)
    adaptation.backbone(x).mean().backward()
    assert all(p.grad is not None for p in adaptation.parameters.values())


def test_a_network_that_cannot_be_merged_faithfully_is_refused():
    class Doubled(torch.nn.Conv2d):
        """Reads its weight differently once it is a plain parameter."""

        def forward(self, x):
            factor = 1 if isinstance(self._parameters.get("weight"), torch.nn.Parameter) else 2
            return self._conv_forward(x, self.weight * factor, self.bias)

    backbone = tiny_backbone("EDSR")
    original = backbone.module.get_submodule("body.0.body.0")
    backbone.module.body[0].body[0] = Doubled(
        original.in_channels, original.out_channels, 3, padding=1
    )
    with pytest.raises(MergeMismatchError, match="differs from the adapted one"):
        merge_and_verify(adaptation_for(backbone, budget="100%"), backbone)


def test_a_merge_with_weights_that_are_no_numbers_is_refused():
    backbone = tiny_backbone("EDSR")
    adaptation = adaptation_for(backbone)
    with torch.no_grad():
        next(iter(adaptation.parameters.values())).fill_(float("nan"))
    with pytest.raises(MergeMismatchError, match="not a finite number") as caught:
        merge_and_verify(adaptation, backbone)
    assert caught.value.remedy


def test_outputs_that_are_no_numbers_differ_by_more_than_any_tolerance():
    backbone, broken = tiny_backbone("EDSR"), tiny_backbone("EDSR")
    assert largest_difference(backbone, backbone) == 0
    with torch.no_grad():
        next(broken.module.parameters()).fill_(float("nan"))
    assert largest_difference(backbone, broken) == math.inf


@pytest.mark.parametrize("needs", [{}, {"size_minimum": 60}, {"size_multiple": 64}])
def test_merges_are_tried_on_one_fixed_photo_that_the_network_takes_half_noise_half_ramp(needs):
    backbone = dataclasses.replace(tiny_backbone("EDSR"), **needs)
    photo = probe_image(backbone)
    side = max(48, *needs.values()) if needs else 48
    assert photo.shape == (1, 3, side, side)
    assert torch.equal(photo, probe_image(backbone))
    assert 0 <= photo.min() < photo.max() <= 1
    noise, ramp = photo[..., : side // 2, :], photo[..., side // 2 :, :]
    assert (ramp == torch.linspace(0, 1, side)).all()
    assert (noise.diff(dim=-2) != 0).any(dim=-1).all()


def test_saved_state_brings_an_adaptation_back():
    backbone = tiny_backbone("SwinIR")
    one, other = adaptation_for(backbone), adaptation_for(backbone, seed=1)
    disturb(one)
    other.load_state_dict(one.state_dict())
    x = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(one.backbone(x), other.backbone(x))


def test_state_of_other_ranks_is_refused_and_changes_nothing():
    backbone = tiny_backbone("EDSR")
    one, other = adaptation_for(backbone, budget="10%"), adaptation_for(backbone)
    before = other.state_dict()
    with pytest.raises(CheckpointError, match="does not fit"):
        other.load_state_dict(one.state_dict())
    assert all(torch.equal(value, before[key]) for key, value in other.state_dict().items())


def test_the_same_seed_gives_the_same_start():
    backbone = tiny_backbone("EDSR")
    one, same = adaptation_for(backbone).state_dict(), adaptation_for(backbone).state_dict()
    other = adaptation_for(backbone, seed=1).state_dict()
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)


def test_full_fine_tuning_trains_everything_without_ranks():
    backbone = tiny_backbone("EDSR")
    sites = find_sites(backbone.module)
    rank_map = without_ranks(sites, AdapterSettings(), backbone_parameters=1)
    adaptation = METHODS.get("full").build(backbone, rank_map, 0)
    assert not METHODS.get("full").uses_ranks
    assert adaptation.trainable_parameters == backbone.parameter_count


def test_an_unknown_method_suggests_a_known_one():
    with pytest.raises(ConfigError, match="Did you mean 'adaptsr'"):
        METHODS.get("adaptr")
