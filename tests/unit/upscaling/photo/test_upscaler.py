import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.errors import MemoryExhaustedError
from engine.upscaling.photo.upscaler import PlainNetwork, upscale_tensor
from engine.upscaling.tiles.bands import BandUpscaler, Image
from engine.upscaling.tiles.memory import TileBudget
from engine.upscaling.tiles.pixel_kind import PixelKind


class Local(nn.Module):
    """Translation-equivariant: two convolutions and a shuffle, reaching 2 pixels far."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(scale)
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 3 * scale * scale, 3, padding=1)
        self.shuffle = nn.PixelShuffle(scale)
        for parameter in self.parameters():
            parameter.data = torch.rand(parameter.shape, generator=random) - 0.5

    def forward(self, x: Tensor) -> Tensor:
        return self.shuffle(self.last(self.first(x).relu()))


class Pooling(Local):
    """Looks at a coarser grid too, so that tiles must start where the grid does."""

    def forward(self, x: Tensor) -> Tensor:
        coarse = nn.functional.max_pool2d(x, 4)
        return super().forward(x + nn.functional.interpolate(coarse, scale_factor=4))


class Failing(nn.Module):
    """Runs out of memory where a schedule says so, and on more than `limit_px`.

    Never on `spared_px` or less, so that some tile always works.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.failures: list[bool] = []
        self.limit_px = self.spared_px = 10**9

    def forward(self, x: Tensor) -> Tensor:
        fails = bool(self.failures) and self.failures.pop()
        size_px = x.shape[-1] * x.shape[-2]
        if size_px > self.spared_px and (fails or size_px > self.limit_px):
            raise torch.OutOfMemoryError("simulated")
        return self.module(x)


def backbone_of(module: nn.Module, scale: int, multiple: int = 1) -> Backbone:
    return Backbone("test", "custom", module, scale, size_multiple=multiple)


@settings(max_examples=60)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    tile=st.integers(1, 60),
    scale=st.integers(1, 4),
    pooling=st.booleans(),
)
def test_tiles_give_what_the_whole_image_gives(height, width, tile, scale, pooling):
    module = Pooling(scale) if pooling else Local(scale)
    backbone = backbone_of(module, scale, multiple=4 if pooling else 1)
    lr = torch.rand(1, 3, height, width)
    with torch.no_grad():
        whole = backbone(lr)
    assert torch.allclose(upscale_tensor(backbone, lr, tile=tile), whole, atol=1e-5)


@settings(max_examples=60)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    scale=st.integers(1, 4),
    failures=st.lists(st.booleans(), max_size=12),
    limit_px=st.integers(1, 90 * 90),
    rows=st.integers(1, 90),
)
def test_any_sequence_of_memory_failures_gives_what_the_whole_image_gives(
    size, scale, failures, limit_px, rows
):
    lr = torch.rand(1, 3, *size)
    module = Failing(Local(scale))
    network = PlainNetwork(backbone_of(module, scale))
    smallest = network.grid.smallest_tile
    assert network.bytes_per_px > 0  # measured before memory runs short
    with torch.no_grad():
        whole = module(lr)
    module.failures, module.limit_px, module.spared_px = failures, limit_px, smallest**2
    upscaler = BandUpscaler(network, TileBudget(side_px=max(rows, smallest)))
    image = Image(*size, lambda rows, columns: lr[..., rows, columns])
    bands = list(upscaler.bands(image, PixelKind("float32", clamp=False)))
    sr = torch.cat([torch.from_numpy(band) for band in bands]).permute(2, 0, 1)[None]
    assert torch.allclose(sr, whole, atol=1e-5)


@pytest.mark.parametrize("scale", [1, 2])
def test_a_remainder_of_a_split_photo_has_no_wrong_rows(scale):
    lr = torch.rand(1, 3, 1100, 1000)
    module = Failing(Local(scale))
    with torch.no_grad():
        whole = module(lr)
    module.limit_px, module.spared_px = 600 * 500, 0
    backbone = backbone_of(module, scale)
    assert torch.allclose(upscale_tensor(backbone, lr), whole, atol=1e-5)
    assert torch.allclose(upscale_tensor(backbone, lr, tile=512), whole, atol=1e-5)


class OnCard(PlainNetwork):
    """Says that it runs on a graphics card, where nothing fits."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.device = torch.device("cuda")

    def run(self, _lr: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("simulated")


def test_what_does_not_fit_on_the_card_is_done_on_the_processor():
    backbone = backbone_of(Local(2), 2)
    network = OnCard(backbone)
    lr = torch.rand(1, 3, 30, 30)
    upscaler = BandUpscaler(network, TileBudget(side_px=20))
    image = Image(30, 30, lambda rows, columns: lr[..., rows, columns])
    bands = list(upscaler.bands(image, PixelKind("float32", clamp=False)))
    sr = torch.cat([torch.from_numpy(band) for band in bands]).permute(2, 0, 1)[None]
    assert upscaler.network.device.type == "cpu"
    assert torch.allclose(sr, backbone(lr), atol=1e-5)


@pytest.mark.parametrize("size", [(201, 150), (64, 203)])
def test_a_network_that_pools_on_a_grid_is_tiled_to_rounding(size):
    backbone = build_backbone("SAFMN", scale=2, dim=8, n_blocks=2)
    lr = torch.rand(1, 3, *size)
    whole = backbone(lr)
    assert (upscale_tensor(backbone, lr, tile=64) - whole).abs().max() < 1e-5


def test_without_memory_for_the_smallest_tile_the_user_is_told():
    module = Failing(Local(2))
    module.limit_px = module.spared_px = 20
    with pytest.raises(MemoryExhaustedError, match="not enough memory"):
        upscale_tensor(backbone_of(module, 2), torch.rand(1, 3, 50, 50))


def test_a_cancelled_token_stops_before_the_next_tile():
    token = CancelToken()
    calls = []

    class Counting(Local):
        def forward(self, x: Tensor) -> Tensor:
            if x.shape[-1] == 40:
                calls.append(1)
                token.cancel()
            return super().forward(x)

    with pytest.raises(Cancelled):
        upscale_tensor(backbone_of(Counting(2), 2), torch.rand(1, 3, 200, 40), tile=50, token=token)
    assert len(calls) == 1
