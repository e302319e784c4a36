import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.backbones.backbone import Backbone
from engine.upscaling.photo.upscaler import PlainNetwork, upscale_tensor
from engine.upscaling.tiles.bands import BandUpscaler, Image
from engine.upscaling.tiles.blending import Ramp, ramps, weights
from engine.upscaling.tiles.memory import TileBudget
from engine.upscaling.tiles.pixel_kind import PixelKind
from engine.upscaling.tiles.tiling import Grid, Span, cover
from tests.tiny_backbones import tiny_backbone


@given(
    extent=st.tuples(st.integers(0, 499), st.integers(1, 500)).filter(lambda e: e[0] < e[1]),
    extra=st.integers(0, 200),
    feather=st.integers(0, 12),
    multiple=st.sampled_from([1, 8]),
    scale=st.integers(1, 4),
)
def test_weights_of_all_tiles_add_up_to_one(extent, extra, feather, multiple, scale):
    begin, length = extent
    grid = Grid(overlap=feather + 3, multiple=multiple, step=4 * feather + 2 * multiple)
    spans = cover(length, grid, tile=grid.smallest_tile + extra, begin=begin)
    total = torch.zeros(length * scale)
    for span, ramp in zip(spans, ramps(spans, feather), strict=True):
        start = (span.keep_start - ramp.before) * scale
        weight = weights(span, ramp, scale)
        assert span.start <= span.keep_start - ramp.before
        assert span.keep_stop + ramp.after <= span.stop
        total[start : start + len(weight)] += weight
    assert torch.allclose(total[begin * scale :], torch.ones((length - begin) * scale))
    assert not total[: begin * scale].any()


@given(
    kept=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    feather=st.integers(0, 12),
    first=st.integers(0, 12),
)
def test_a_narrow_tile_never_fades_in_and_out_at_the_same_place(kept, feather, first):
    first = min(first, kept[0])
    stops = list(itertools.accumulate(kept))
    spans = [Span(0, stops[-1], stop - size, stop) for size, stop in zip(kept, stops, strict=True)]
    found = ramps(spans, feather, first=first)
    for span, ramp in zip(spans, found, strict=True):
        assert 0 <= ramp.after <= feather
        assert ramp.before + ramp.after <= span.keep_px
    for (_, left), (right_span, right) in itertools.pairwise(zip(spans, found, strict=True)):
        assert left.after == right.before <= right_span.keep_px // 2
    assert found[-1].after == 0


def test_tiles_fade_over_as_much_as_there_is_room_for():
    wide, narrow = Span(0, 40, 0, 30), Span(20, 38, 30, 38)
    assert ramps([wide, narrow], 12) == (Ramp(0, 4), Ramp(4, 0))
    assert ramps([wide, narrow], 3) == (Ramp(0, 3), Ramp(3, 0))


@pytest.mark.parametrize("scale", [1, 4])
def test_a_tile_fades_in_as_it_fades_out_with_the_seam_at_one_half(scale):
    span = Span(0, 20, 5, 15)
    rising = weights(span, Ramp(3, 0), scale)
    assert torch.allclose(rising, weights(span, Ramp(0, 3), scale).flip(0), atol=1e-6)
    width = 2 * 3 * scale
    assert torch.allclose(rising[:width] + rising[:width].flip(0), torch.ones(width), atol=1e-6)
    assert (rising[:width].diff() > 0).all()
    assert 0 < rising[0] < rising[width - 1] < 1
    assert (rising[width:] == 1).all()


def seam_steps(sr, whole, seams):
    """Return the largest step that tiling adds across given columns, and anywhere."""
    difference = sr - whole
    steps = (difference[..., 1:] - difference[..., :-1]).abs()
    return max(float(steps[..., seam - 1].max()) for seam in seams), float(steps.max())


@pytest.mark.parametrize("architecture", ["SwinIR", "DRCT"])
def test_no_seam_shows_between_tiles_of_window_attention(architecture):
    backbone = tiny_backbone(architecture)
    lr = torch.rand(1, 3, 48, 200, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = backbone(lr)
    network = PlainNetwork(backbone)
    tile = network.grid.smallest_tile + 16
    columns = cover(200, network.grid, tile=tile)
    assert len(columns) > 1
    at_seams, anywhere = seam_steps(
        upscale_tensor(backbone, lr, tile=tile),
        whole,
        [span.keep_stop * backbone.scale for span in columns[:-1]],
    )
    assert at_seams < 0.25 / 255
    assert anywhere < 0.5 / 255


class Disagreeing(PlainNetwork):
    """Adds to every tile a brightness of its own, as global attention would."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.feather = 8
        self.grid = Grid(overlap=12, multiple=1, step=34)
        self.tiles = 0

    def run(self, lr):
        self.tiles += 1
        return super().run(lr) * 0 + 0.1 * (self.tiles % 2)


def test_tiles_that_disagree_fade_into_each_other_in_both_directions():
    network = Disagreeing(tiny_backbone("Compact"))
    assert network.bytes_per_px
    image = Image(150, 140, lambda rows, columns: torch.rand(1, 3, 150, 140)[..., rows, columns])
    upscaler = BandUpscaler(network, TileBudget(side_px=90))
    bands = upscaler.bands(image, PixelKind("float32"))
    sr = torch.cat([torch.from_numpy(band) for band in bands])
    assert sr.shape == (300, 280, 3)
    assert network.tiles >= 4
    assert sr.max() - sr.min() > 0.09  # they do disagree
    for axis in (0, 1):
        assert sr.diff(dim=axis).abs().max() < 0.1 * 3.2 / (2 * 2 * 8)  # a cosine's steepest step
