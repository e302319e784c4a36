import numpy as np
import pytest
import torch

from engine.adapters.low_rank import LowRankUpdate
from engine.adapters.merge import merge_and_verify
from engine.adapters.sites import find_sites
from engine.backbones.loading import load_backbone, save_backbone
from engine.config.adapter import AdapterSettings
from engine.errors import ProfileError
from engine.profiles.profile import load_profile, save_profile
from engine.profiles.strength import load_at_strength
from tests.profile_samples import adapted, provenance_of
from tests.tiny_backbones import tiny_backbone

LOW_RANK = AdapterSettings(budget="30%")


def make_profile(folder, backbone, settings=LOW_RANK):
    """Write a profile of `backbone`; return it and what was trained."""
    adaptation, rank_map = adapted(backbone, settings)
    merged, _ = merge_and_verify(adaptation, backbone)
    save_profile(
        folder,
        name="phone",
        merged=merged,
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=provenance_of(backbone),
    )
    return load_profile(folder), adaptation


def saved_backbone(folder, architecture="EDSR", seed=0):
    path = folder / f"{architecture}-{seed}.safetensors"
    save_backbone(tiny_backbone(architecture, seed=seed), path)
    return load_backbone(path)


def delta_weights(adaptation):
    """ΔW of every weight in float64, straight from the updates in training."""
    deltas = {}
    for update in adaptation.backbone.module.modules():
        if isinstance(update, LowRankUpdate):
            site = update.site
            weight = adaptation.backbone.module.get_submodule(site.module_name).weight
            whole = deltas.setdefault(
                f"{site.module_name}.weight", torch.zeros(weight.shape, dtype=torch.float64)
            )
            first, past_last = site.rows or (0, len(weight))
            whole[first:past_last] += update.delta_weight().detach().double()
    return deltas


def float_steps(found, expected):
    """How many float32 numbers lie between what was found and what was expected, at most."""
    unit = np.spacing(np.abs(expected.numpy()).astype(np.float32)).astype(np.float64)
    return float((np.abs(found.double().numpy() - expected.numpy()) / unit).max())


@pytest.mark.parametrize("architecture", ["SAFMN", "EDSR", "SwinIR"])
def test_none_is_the_backbone_full_the_profile_and_between_lies_the_scaled_update(
    tmp_path, architecture
):
    backbone = saved_backbone(tmp_path, architecture)
    keys = [site.name for site in find_sites(backbone.module) if site.name.endswith("qkv.k")]
    settings = AdapterSettings(budget="60%", pins=dict.fromkeys(keys, 0))
    profile, adaptation = make_profile(tmp_path / "phone", backbone, settings)
    before = backbone.module.state_dict()
    deltas = delta_weights(adaptation)
    if architecture == "SwinIR":
        names = {site.rsplit(".", 1)[1] for site in profile.rank_map.rank_pattern if "qkv" in site}
        assert names == {"q", "v"}

    def at(percent):
        scaled = load_at_strength(profile, percent, backbone=backbone.path)
        return scaled.module.state_dict()

    for percent, expected in ((0, before), (100, profile.load_merged().module.state_dict())):
        found = at(percent)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in expected)
    for percent in (1, 40, 99, 130, 150):
        found = at(percent)
        for name, weight in before.items():
            if name not in deltas:
                assert torch.equal(found[name], weight)
                continue
            expected = weight.double() + percent / 100 * deltas[name]
            largest = torch.maximum(expected.abs(), weight.abs().double() + deltas[name].abs())
            unit = np.spacing(largest.numpy().astype(np.float32))
            assert ((found[name].double() - expected).abs().numpy() <= 1.5 * unit).all(), name
            untouched = deltas[name] == 0
            assert torch.equal(found[name][untouched], weight[untouched])


def test_more_strength_is_more_of_the_same_change(tmp_path):
    backbone = saved_backbone(tmp_path)
    profile, _ = make_profile(tmp_path / "phone", backbone)
    lr = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        plain = backbone(lr)
        changes = [
            (load_at_strength(profile, percent, backbone=backbone.path)(lr) - plain).norm().item()
            for percent in (0, 50, 100, 150)
        ]
    assert changes[0] == 0
    assert changes == sorted(changes)
    assert len(set(changes)) == 4


@pytest.mark.parametrize("architecture", ["EDSR", "SwinIR"])
@pytest.mark.parametrize("percent", [0, 60, 150])
def test_without_the_backbone_the_adapter_tells_the_change(tmp_path, architecture, percent):
    backbone = saved_backbone(tmp_path, architecture)
    profile, _ = make_profile(tmp_path / "phone", backbone, AdapterSettings(budget="60%"))
    exact = load_at_strength(profile, percent, backbone=backbone.path).module.state_dict()
    backbone.path.unlink()
    found = load_at_strength(profile, percent).module.state_dict()
    assert found.keys() == exact.keys()
    for name, weight in exact.items():
        assert torch.allclose(found[name], weight, rtol=3e-7, atol=3e-8), name
    assert any(
        not torch.equal(weight, profile.load_merged().module.state_dict()[name])
        for name, weight in found.items()
    )


@pytest.mark.parametrize(
    "settings",
    [AdapterSettings(method="full", budget="100%"), AdapterSettings(budget="40%", train_bias=True)],
    ids=["full", "biases"],
)
def test_everything_that_was_trained_is_scaled_and_needs_the_backbone(tmp_path, settings):
    backbone = saved_backbone(tmp_path)
    profile, _ = make_profile(tmp_path / "phone", backbone, settings)
    before, after = backbone.module.state_dict(), profile.load_merged().module.state_dict()
    found = load_at_strength(profile, 50, backbone=backbone.path).module.state_dict()
    for name, weight in before.items():
        middle = (weight.double() + after[name].double()) / 2
        assert float_steps(found[name], middle) <= 0.5
    assert any(
        name.endswith("bias") and not torch.equal(found[name], before[name]) for name in found
    )
    with pytest.raises(ProfileError, match="the network it was made of"):
        load_at_strength(profile, 50)
    unscaled = load_at_strength(profile, 100).module.state_dict()
    assert all(torch.equal(unscaled[name], weight) for name, weight in after.items())


def test_a_network_that_comes_with_adaptsr_need_not_be_given(tmp_path):
    backbone = load_backbone("safmn-x2")
    profile, _ = make_profile(tmp_path / "phone", backbone, AdapterSettings(budget="3%"))
    found = load_at_strength(profile, 0).module.state_dict()
    assert all(torch.equal(found[k], weight) for k, weight in backbone.module.state_dict().items())


@pytest.mark.parametrize("percent", [30, 100])
def test_another_network_than_the_profiles_own_is_refused(tmp_path, percent):
    profile, _ = make_profile(tmp_path / "phone", saved_backbone(tmp_path))
    other = saved_backbone(tmp_path, seed=1)
    with pytest.raises(ProfileError, match="another network"):
        load_at_strength(profile, percent, backbone=other.path)
