import pytest
import torch
from spandrel import ModelLoader

from engine.backbones.building import build_backbone, default_options
from engine.backbones.detection import library_quirks
from engine.backbones.edsr_architecture import register_edsr
from engine.backbones.loading import load_backbone, save_backbone
from engine.errors import ConfigError
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone

CASES = [
    (architecture, scale)
    for architecture in TINY_OPTIONS
    for scale in (2, 3, 4)
    if (architecture, scale) != ("ESRGAN", 3)
]


@pytest.mark.parametrize(("architecture", "scale"), CASES)
def test_what_is_built_and_saved_is_what_plain_spandrel_and_we_load(architecture, scale, tmp_path):
    register_edsr()
    built = tiny_backbone(architecture, scale=scale)
    path = tmp_path / f"{architecture}.safetensors"
    save_backbone(built, path)
    with library_quirks():
        plain = ModelLoader().load_from_file(path)
    ours = load_backbone(path)
    assert plain.architecture.id == built.architecture == ours.architecture == architecture
    assert plain.scale == built.scale == ours.scale == scale
    lr = torch.rand(1, 3, 24, 32)
    with torch.no_grad():
        expected = built(lr)
        assert torch.equal(ours(lr), expected)
        assert torch.equal(plain(lr), expected.clamp(0, 1))


@pytest.mark.parametrize("architecture", TINY_OPTIONS)
def test_the_seed_alone_decides_the_weights(architecture):
    def weights(seed, disturb):
        torch.manual_seed(disturb)
        return torch.cat(
            [p.flatten() for p in tiny_backbone(architecture, seed=seed).module.parameters()]
        )

    assert torch.equal(weights(3, disturb=0), weights(3, disturb=1))
    assert not torch.equal(weights(3, disturb=0), weights(4, disturb=0))


def test_building_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(4)
    torch.manual_seed(5)
    tiny_backbone("SwinIR")
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize(
    ("architecture", "scale", "parameters"),
    [("SAFMN", 2, 227_820), ("SAFMN", 4, 239_520), ("SwinIR", 2, 910_152), ("Compact", 4, 621_424)],
)
def test_defaults_are_the_published_light_networks(architecture, scale, parameters):
    assert build_backbone(architecture, scale=scale).parameter_count == parameters


def test_swinir_m_is_one_set_of_options_away():
    options = {"embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6}
    backbone = build_backbone("SwinIR", scale=4, upsampler="pixelshuffle", **options)
    assert backbone.parameter_count == 11_900_199  # the paper's Table 2


@pytest.mark.parametrize("architecture", ["SwinIR", "DRCT"])
def test_size_multiple_covers_the_attention_window(architecture):
    window_px = TINY_OPTIONS[architecture]["window_size"]
    backbone = tiny_backbone(architecture)
    assert backbone.size_multiple % window_px == 0
    assert backbone.padded_size(37, 53)[0] % window_px == 0


def test_drct_pads_to_16_and_to_its_window():
    options = TINY_OPTIONS["DRCT"] | {"window_size": 12, "img_size": 48}
    backbone = build_backbone("DRCT", scale=2, **options)
    assert backbone.size_multiple == 48
    with torch.no_grad():
        assert backbone(torch.rand(1, 3, 37, 20)).shape == (1, 3, 74, 40)


def test_defaults_cannot_be_changed_by_accident():
    default_options("SwinIR")["depths"].append(6)
    assert default_options("SwinIR")["depths"] == [6, 6, 6, 6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "SAFNM"}, "no architecture called “SAFNM”"),
        ({"architecture": "SAFMN", "depth": 3}, "no option depth"),
        ({"architecture": "ESRGAN", "scale": 3, "num_blocks": 1}, "cannot be built for x3"),
        ({"architecture": "EDSR", "scale": 5}, "by 3 or a power of two, not by 5"),
        (
            {"architecture": "DRCT", "upsampler": "", "depths": [6], "num_heads": [6]},
            "cannot be built with .* not for super-resolution",
        ),
        ({"architecture": "SwinIR", "num_heads": [7] * 4}, "cannot be built with"),
    ],
)
def test_impossible_networks_are_named(arguments, message):
    with pytest.raises(ConfigError, match=message):
        build_backbone(**({"scale": 2} | arguments))
