"""Which weights may carry an update, and what they are called."""

from collections import Counter

import pytest
from torch import nn

from engine.adapters.sites import KIND_GROUPS, SiteKind, find_sites, select_sites
from engine.backbones.building import build_backbone
from engine.errors import ConfigError

SWINIR = {"embed_dim": 12, "depths": [2, 2], "num_heads": [2, 2], "window_size": 4}


@pytest.fixture(scope="module")
def swinir():
    return build_backbone("SwinIR", scale=2, **SWINIR).module


def test_every_conv_and_linear_weight_is_covered_exactly_once(swinir):
    sites = find_sites(swinir)
    covered = Counter()
    for site in sites:
        covered[site.module_name] += site.parameter_count
    expected = {
        name: layer.weight.numel()
        for name, layer in swinir.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    assert covered == expected
    assert len({site.name for site in sites}) == len(sites)


def test_a_fused_projection_is_three_row_slices(swinir):
    parts = [s for s in find_sites(swinir) if s.module_name.endswith("blocks.0.attn.qkv")][:3]
    assert [site.kind for site in parts] == [SiteKind.QUERY, SiteKind.KEY, SiteKind.VALUE]
    assert [site.rows for site in parts] == [(0, 12), (12, 24), (24, 36)]
    assert all(site.weight_shape == (12, 12) for site in parts)


def test_a_fused_projection_stays_whole_when_asked(swinir):
    kinds = Counter(site.kind for site in find_sites(swinir, joint_qkv=True))
    assert kinds[SiteKind.QKV] == 4
    assert kinds[SiteKind.QUERY] == 0


def test_transformer_layers_are_named_by_what_they_do(swinir):
    kinds = Counter(site.kind for site in find_sites(swinir))
    layers = 4
    assert {k: kinds[k] for k in (SiteKind.OUTPUT, SiteKind.MLP1, SiteKind.MLP2)} == {
        SiteKind.OUTPUT: layers,
        SiteKind.MLP1: layers,
        SiteKind.MLP2: layers,
    }


def test_rows_of_the_rank_map_are_the_residual_blocks(swinir):
    blocks = [site.block for site in find_sites(swinir)]
    assert {b for b in blocks if b.startswith("layers")} == {"layers.0", "layers.1"}
    assert {"conv_first", "conv_after_body", "upsample"} <= set(blocks)


@pytest.mark.parametrize(
    ("architecture", "options", "blocks"),
    [
        (
            "SAFMN",
            {"dim": 8, "n_blocks": 3},
            {"to_feat", "feats.0", "feats.1", "feats.2", "to_img"},
        ),
        ("EDSR", {"features": 8, "blocks": 2}, {"head", "body.0", "body.1", "body", "tail"}),
        (
            "ESRGAN",
            {"num_filters": 8, "num_blocks": 2},
            {"model", "model.1.sub.0", "model.1.sub.1"},
        ),
    ],
)
def test_blocks_are_found_in_other_families(architecture, options, blocks):
    module = build_backbone(architecture, scale=2, **options).module
    assert {site.block for site in find_sites(module)} == blocks


def test_safmn_has_32_depthwise_convolutions():
    module = build_backbone("SAFMN", scale=2).module
    kinds = Counter(site.kind for site in find_sites(module))
    assert kinds[SiteKind.DEPTHWISE_CONV] == 32
    assert kinds[SiteKind.GROUPED_CONV] == 0


def test_edsr_mean_shifts_are_no_sites():
    module = build_backbone("EDSR", scale=2, features=8, blocks=2).module
    assert not [site for site in find_sites(module) if "mean" in site.name]


def test_a_shared_weight_is_listed_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4)
            self.second = nn.Linear(4, 4)
            self.second.weight = self.first.weight

    assert [site.name for site in find_sites(Tied())] == ["first"]


def test_a_grouped_convolution_is_told_from_a_depthwise_one():
    module = nn.Sequential(nn.Conv2d(8, 8, 3, groups=2), nn.Conv2d(8, 8, 3, groups=8))
    assert [s.kind for s in find_sites(module)] == [SiteKind.GROUPED_CONV, SiteKind.DEPTHWISE_CONV]


def test_patterns_choose_sites(swinir):
    sites = select_sites(find_sites(swinir), include=["layers.*"], exclude=["*.attn.*"])
    assert sites
    assert all(s.name.startswith("layers.") and ".attn." not in s.name for s in sites)


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        (["attention"], {SiteKind.QUERY, SiteKind.KEY, SiteKind.VALUE, SiteKind.OUTPUT}),
        (["mlp"], {SiteKind.MLP1, SiteKind.MLP2}),
        (["conv"], {SiteKind.CONV}),
        (["conv", "mlp"], {SiteKind.CONV, SiteKind.MLP1, SiteKind.MLP2}),
    ],
)
def test_sites_are_chosen_by_kind(swinir, kinds, found):
    assert {site.kind for site in select_sites(find_sites(swinir), kinds=kinds)} == found


def test_every_kind_of_site_can_be_asked_for():
    assert sorted(kind for group in KIND_GROUPS.values() for kind in group) == sorted(SiteKind)


def test_kinds_that_a_network_lacks_are_an_error(swinir):
    with pytest.raises(ConfigError, match="linear"):
        select_sites(find_sites(swinir), kinds=["linear"])


def test_a_pattern_that_matches_nothing_is_an_error(swinir):
    with pytest.raises(ConfigError, match=r"body\.\*"):
        select_sites(find_sites(swinir), include=["body.*"])
