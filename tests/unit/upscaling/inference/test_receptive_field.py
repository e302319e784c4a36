import torch
from torch import nn

from engine.backbones.backbone import Backbone
from engine.upscaling.inference.receptive_field import FEATHER_PX, measure_grid
from tests.tiny_backbones import tiny_backbone


def reaching(kernel: int, count: int, scale: int = 2) -> Backbone:
    """Return a network whose every weight counts, so that it reaches as far as it can."""
    layers: list[nn.Module] = []
    for _ in range(count):
        layer = nn.Conv2d(3, 3, kernel, padding=kernel // 2)
        nn.init.constant_(layer.weight, 1 / (3 * kernel**2))
        nn.init.constant_(layer.bias, 0.1)
        layers.append(layer)
    return Backbone(
        "test", "custom", nn.Sequential(*layers, nn.Upsample(scale_factor=scale)), scale
    )


def run(backbone):
    def call(lr):
        with torch.inference_mode():
            return backbone(lr)

    return call


def test_the_overlap_is_as_far_as_the_network_reaches():
    for kernel, count in ((3, 1), (3, 4), (5, 3), (9, 2)):
        backbone = reaching(kernel, count)
        assert measure_grid(backbone, run(backbone)).overlap == count * (kernel // 2)


def test_a_reach_beyond_the_first_context_is_measured_with_a_larger_one():
    backbone = reaching(39, 4)  # 76 pixels, the outermost of which count for little
    assert 64 < measure_grid(backbone, run(backbone)).overlap <= 76


def test_a_network_that_does_not_mix_neighbours_needs_no_overlap():
    backbone = reaching(1, 2)
    assert measure_grid(backbone, run(backbone)).overlap == 0


def test_window_attention_gets_room_for_blending():
    backbone = tiny_backbone("SwinIR")
    grid = measure_grid(backbone, run(backbone))
    assert grid.overlap > FEATHER_PX
    assert grid.multiple == backbone.size_multiple
    assert grid.smallest_tile >= 2 * grid.overlap + 2 * FEATHER_PX


def test_a_network_that_looks_at_everything_gets_the_largest_overlap():
    class Global(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.conv(x) + self.pool(x * torch.arange(x.shape[-1]))

    backbone = Backbone("test", "custom", Global(), 1)
    assert measure_grid(backbone, run(backbone)).overlap == 64 + FEATHER_PX
