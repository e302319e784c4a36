import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from engine.backbones.backbone import Backbone
from engine.cancellation import Cancelled, CancelToken
from engine.errors import PhotoError, StorageError
from engine.imaging.encoders.base import Output
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler
from engine.upscaling.tiles.memory import TileBudget


class Repeating(nn.Module):
    """Repeats every pixel: what comes out is known to the last digit."""

    def __init__(self, scale: int = 2) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1, bias=False)
        nn.init.dirac_(self.conv.weight)
        self.repeat = nn.Upsample(scale_factor=scale)

    def forward(self, x):
        return self.repeat(self.conv(x))


class Blurring(nn.Module):
    """Mixes each pixel with its neighbours, as networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 5, padding=2, padding_mode="replicate", bias=False, groups=3)
        nn.init.constant_(self.conv.weight, 1 / 25)
        self.repeat = nn.Upsample(scale_factor=2)

    def forward(self, x):
        return self.repeat(self.conv(x))


def upscaler(module=None, *, tile=24):
    module = module or Repeating()
    scale = 2 if isinstance(module, Blurring) else int(module.repeat.scale_factor)
    return PhotoUpscaler(Backbone("test", "custom", module, scale), budget=TileBudget(side_px=tile))


def photo(size=(40, 57), *, channels=3, dtype=np.uint8, alpha=False):
    random = np.random.default_rng(0)
    white = np.iinfo(dtype).max
    pixels = random.integers(0, white, (*size, channels), dtype, endpoint=True)
    opacity = random.integers(1, white, size, dtype, endpoint=True) if alpha else None
    return Photo(pixels, opacity, Metadata(), Path("in.png"), "PNG")


def output_for(photo, size=None, *, scale=2, bit_depth=None):
    width, height = size or (photo.width_px * scale, photo.height_px * scale)
    return Output(
        "PNG",
        width,
        height,
        channels=photo.pixels.shape[2],
        has_alpha=photo.alpha is not None,
        bit_depth=bit_depth or photo.bit_depth,
    )


@pytest.mark.parametrize(
    ("channels", "dtype", "alpha", "scale"),
    [
        *itertools.product((1, 3), (np.uint8, np.uint16), (False, True), (2,)),
        (3, np.uint8, True, 3),
    ],
)
def test_every_pixel_arrives_whatever_the_kind_of_photo(tmp_path, channels, dtype, alpha, scale):
    source = photo(channels=channels, dtype=dtype, alpha=alpha)
    path = tmp_path / "out.png"
    upscaler(Repeating(scale)).upscale(source, path, output_for(source, scale=scale))
    found = read_photo(path)
    expected = source.pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    assert found.pixels.dtype == dtype
    assert np.array_equal(found.pixels, expected)
    assert (found.alpha is not None) == alpha


def test_hidden_colours_leave_no_fringe_at_the_edge_of_what_shows(tmp_path):
    pixels = np.full((60, 60, 3), 200, np.uint8)
    alpha = np.full((60, 60), 255, np.uint8)
    pixels[:, 30:], alpha[:, 30:] = 0, 0
    source = Photo(pixels, alpha, Metadata(), Path("in.png"), "PNG")
    upscaler(Blurring()).upscale(source, tmp_path / "out.png", output_for(source))
    found = read_photo(tmp_path / "out.png")
    assert found.alpha is not None
    assert (found.pixels[found.alpha > 0] == 200).all()


@pytest.mark.parametrize("size", [(57, 40), (30, 21), (200, 140)])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_result_of_any_size_is_the_networks_resampled(tmp_path, size, alpha):
    source = photo(alpha=alpha)
    upscaler().upscale(source, tmp_path / "out.png", output_for(source, size))
    found = read_photo(tmp_path / "out.png")
    assert (found.width_px, found.height_px) == size
    large = source.pixels.repeat(2, axis=0).repeat(2, axis=1).astype(np.float32)
    for channel in range(3):
        plane = Image.fromarray(large[..., channel].copy())
        expected = np.asarray(plane.resize(size, Image.Resampling.LANCZOS)).clip(0, 255)
        assert np.abs(found.pixels[..., channel] - expected).max() <= 0.51
    assert (found.alpha is not None) == alpha


def test_sixteen_bits_can_be_asked_for_and_carry_more_than_eight(tmp_path):
    source = photo()
    upscaler(Blurring()).upscale(source, tmp_path / "out.png", output_for(source, bit_depth=16))
    found = read_photo(tmp_path / "out.png")
    assert found.bit_depth == 16
    assert (found.pixels % 257 != 0).any()


class Failing(Repeating):
    """Gives black at reduced precision, or for good."""

    def __init__(self, *, always: bool) -> None:
        super().__init__()
        self.always = always

    def forward(self, x):
        fails = self.always or torch.is_autocast_enabled("cpu")
        return super().forward(x) * (0.0 if fails and x.shape[-1] == 24 else 1.0)


def bright_photo():
    ramp = np.linspace(100, 250, 100).astype(np.uint8)
    pixels = np.broadcast_to(ramp[:, None, None], (100, 24, 3)).copy()
    return Photo(pixels, None, Metadata(), Path("in.png"), "PNG")


def test_black_tiles_are_done_again_in_float32(tmp_path):
    source = bright_photo()
    photos = upscaler(Failing(always=False))
    network = photos._upscaler.network
    vars(network)["_faster"] = ("bf16",)
    crop = torch.rand(1, 3, 48, 48)  # no tile has that size, so the crop does not fail
    network.choose = lambda _crops, _size: type(network).choose(network, [crop])
    result = photos.upscale(source, tmp_path / "out.png", output_for(source))
    assert result.fidelity.arithmetic == "bf16"
    assert result.retried_tiles > 0
    found = read_photo(tmp_path / "out.png").pixels
    assert np.array_equal(found, source.pixels.repeat(2, axis=0).repeat(2, axis=1))


def test_a_photo_that_stays_black_is_reported_and_nothing_saved(tmp_path):
    source = bright_photo()
    with pytest.raises(PhotoError, match="black") as caught:
        upscaler(Failing(always=True)).upscale(source, tmp_path / "a.png", output_for(source))
    assert caught.value.path == source.path
    assert not list(tmp_path.iterdir())


def test_an_existing_file_stays_unless_told(tmp_path):
    source, path = photo(), tmp_path / "out.png"
    path.write_bytes(b"mine")
    with pytest.raises(StorageError, match="exists"):
        upscaler().upscale(source, path, output_for(source))
    assert path.read_bytes() == b"mine"
    upscaler().upscale(source, path, output_for(source), overwrite=True)
    assert read_photo(path).width_px == 2 * source.width_px


def test_progress_rises_to_one(tmp_path):
    source = photo()
    shares = []
    upscaler().upscale(source, tmp_path / "out.png", output_for(source), on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(set(shares)) > 5


@pytest.mark.parametrize("at", [0, 1, 5, 12, 17])
def test_stopping_at_any_layer_leaves_nothing(tmp_path, at):
    token = CancelToken()
    calls = []

    def on_progress(_share):
        calls.append(1)
        if len(calls) > at:
            token.cancel()

    source = photo()
    with pytest.raises(Cancelled):
        upscaler().upscale(
            source,
            tmp_path / "out.png",
            output_for(source),
            token=token,
            on_progress=on_progress,
        )
    assert not list(tmp_path.iterdir())
