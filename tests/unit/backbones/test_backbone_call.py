import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from spandrel import ModelLoader
from spandrel.architectures.RCAN import RCAN
from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.detection import detect_backbone, library_quirks
from engine.backbones.edsr_architecture import register_edsr
from engine.backbones.loading import backbone_from_module, save_backbone
from engine.errors import BackboneError
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone

ARCHITECTURES = list(TINY_OPTIONS)


class Doubler(nn.Module):
    """Repeats pixels, and records the sizes it was given."""

    def __init__(self, *, white=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.white = white
        self.seen = []

    def forward(self, image):
        self.seen.append((image.shape[-2], image.shape[-1], float(image.max())))
        return self.weight * image.repeat_interleave(2, -1).repeat_interleave(2, -2)


def noise(*shape, seed=1):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(37, 53), (16, 8), (5, 3), (1, 1)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_any_photo_size_comes_out_scale_times_as_large(architecture, size):
    backbone = tiny_backbone(architecture)
    with torch.no_grad():
        assert backbone(noise(2, 3, *size)).shape == (2, 3, 2 * size[0], 2 * size[1])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_gradient_reaches_every_pixel_of_the_lr(architecture):
    lr = noise(1, 3, 19, 21).requires_grad_(True)
    backbone = tiny_backbone(architecture)
    (backbone(lr) ** 2).sum().backward()
    assert (lr.grad.abs().sum(dim=1) > 0).all()
    assert all(parameter.grad is None for parameter in backbone.module.parameters())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_padding_gives_what_plain_spandrel_gives(architecture, tmp_path):
    register_edsr()
    backbone = tiny_backbone(architecture)
    save_backbone(backbone, tmp_path / "network.safetensors")
    with library_quirks():
        plain = ModelLoader().load_from_file(tmp_path / "network.safetensors")
    lr = noise(1, 3, 37, 53)
    with torch.no_grad():
        assert torch.equal(backbone(lr).clamp(0, 1), plain(lr))


def test_output_is_not_clamped():
    backbone = backbone_from_module(Doubler(), scale=2)
    backbone.module.weight.data.fill_(3.0)
    assert backbone(torch.ones(1, 3, 4, 4)).max() == 3.0


@settings(max_examples=50)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    multiple=st.integers(1, 16),
    minimum=st.integers(0, 30),
    square=st.booleans(),
)
def test_module_sees_only_sizes_it_accepts(height, width, multiple, minimum, square):
    module = Doubler()
    backbone = Backbone(
        "any", "custom", module, 2, size_multiple=multiple, size_minimum=minimum, square=square
    )
    lr = noise(1, 3, height, width)
    sr = backbone(lr)
    assert torch.equal(sr, lr.repeat_interleave(2, -1).repeat_interleave(2, -2))
    seen_height, seen_width, _ = module.seen[-1]
    assert seen_height % multiple == seen_width % multiple == 0
    assert min(seen_height, seen_width) >= minimum
    assert seen_height == seen_width or not square
    assert max(seen_height, seen_width) < max(height, width, minimum) + multiple


def test_value_range_scales_what_the_module_sees_and_gives():
    module = Doubler()
    backbone = backbone_from_module(module, scale=2, value_range=255.0)
    lr = torch.full((1, 3, 4, 4), 0.5)
    sr = backbone(lr)
    assert module.seen[-1][2] == 127.5
    assert torch.equal(sr, torch.full((1, 3, 8, 8), 0.5))


def test_the_lr_is_left_as_it_was_by_networks_that_write_into_their_input():
    with library_quirks():
        weights = RCAN(n_feats=16, n_resgroups=1, n_resblocks=1, scale=2).state_dict()
    backbone = detect_backbone(weights, name="rcan")
    lr = noise(1, 3, 12, 12)
    before = lr.clone()
    with torch.no_grad():
        first, second = backbone(lr), backbone(lr)
    assert torch.equal(lr, before)
    assert torch.equal(first, second)


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 1, 8, 8), (1, 4, 8, 8), (0, 3, 8, 8)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="LR must have shape"):
        tiny_backbone("EDSR")(torch.zeros(shape))


def test_drop_path_stays_off_even_if_somebody_switches_training_on():
    backbone = tiny_backbone("SwinIR")
    assert any("DropPath" in type(module).__name__ for module in backbone.module.modules())
    lr = noise(1, 3, 16, 16)
    with torch.no_grad():
        expected = backbone(lr)
        assert torch.equal(backbone(lr), expected)
        backbone.module.train()
        assert torch.equal(backbone(lr), expected)
    assert not any(module.training for module in backbone.module.modules())


def test_a_backbone_is_frozen_in_float32():
    module = Doubler().double().train()
    backbone = Backbone("any", "custom", module, 2)
    assert not module.training
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in module.parameters())
    assert backbone.parameter_count == 1


def test_a_clone_shares_nothing_and_keeps_dtype_and_gradients_wanted():
    backbone = tiny_backbone("SAFMN")
    backbone.module.double()
    backbone.module.to_img[0].bias.requires_grad_(True)
    clone = backbone.clone()
    assert next(clone.module.parameters()).dtype == torch.float64
    requested = [name for name, p in clone.module.named_parameters() if p.requires_grad]
    assert requested == ["to_img.0.bias"]
    with torch.no_grad():
        for parameter in clone.module.parameters():
            parameter.zero_()
    assert all(p.abs().sum() > 0 for n, p in backbone.module.named_parameters() if "weight" in n)


@pytest.mark.parametrize("architecture", ["EDSR", "SAFMN", "SwinIR"])
def test_channels_last_changes_the_layout_and_not_the_result(architecture):
    backbone = tiny_backbone(architecture)
    lr = noise(2, 3, 16, 24)
    with torch.no_grad():
        expected = backbone(lr)
        assert backbone.to("cpu", channels_last=True) is backbone
        kernel = next(
            p for p in backbone.module.parameters() if p.ndim == 4 and min(p.shape[1:]) > 1
        )
        assert kernel.is_contiguous(memory_format=torch.channels_last)
        assert torch.allclose(backbone(lr), expected, atol=1e-6)
        backbone.to("cpu")
        assert kernel.is_contiguous()
        assert torch.equal(backbone(lr), expected)


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("SAFMN", True),
        ("EDSR", True),
        ("Compact", True),
        ("ESRGAN", True),
        ("SwinIR", False),
        ("DRCT", False),
    ],
)
def test_only_networks_without_attention_count_as_convolutional(architecture, expected):
    assert tiny_backbone(architecture).is_convolutional is expected


@pytest.mark.parametrize(
    "mixer", [nn.AdaptiveAvgPool2d(1), nn.Linear(3, 3), nn.GroupNorm(1, 3), nn.InstanceNorm2d(3)]
)
def test_a_custom_module_that_mixes_all_positions_is_not_convolutional(mixer):
    module = Doubler()
    assert Backbone("any", "custom", module, 2).is_convolutional
    module.mixer = mixer
    assert not Backbone("any", "custom", module, 2).is_convolutional


def test_safmn_moves_with_the_image_in_steps_of_its_size_multiple():
    """What makes tiling SAFMN right although it calls adaptive pooling."""
    backbone = tiny_backbone("SAFMN")
    photo = noise(1, 3, 160, 160)  # 34 LR pixels around a pixel matter to two blocks
    with torch.no_grad():
        whole = backbone(photo)[..., 128:192, 128:192]
        tile = backbone(photo[..., 24:136, 24:136])[..., 80:144, 80:144]
        misaligned = backbone(photo[..., 20:132, 20:132])[..., 88:152, 88:152]
    assert torch.allclose(tile, whole, atol=1e-6)
    assert not torch.allclose(misaligned, whole, atol=1e-6)


def test_networks_that_undo_an_adaptation_say_so():
    tiny_backbone("SAFMN").check_adaptable()
    span = Backbone("span", "SPAN", Doubler(), 2)
    with pytest.raises(BackboneError, match="SPAN network can upscale photos but not be adapted"):
        span.check_adaptable()
