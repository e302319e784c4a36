import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from engine.data.degradation.blur import blur
from engine.data.degradation.jpeg import tables_of_quality, through_jpeg
from engine.data.degradation.kernels import kernel_of, sinc_kernel
from engine.data.degradation.noise import add_noise, poisson
from engine.data.degradation.plans import KernelPlan, NoisePlan
from engine.data.degradation.randomness import Stream


def picture(height: int = 64, width: int = 80, seed: int = 0) -> torch.Tensor:
    noise = np.random.default_rng(seed).random((3, height, width))
    smooth = ndimage.gaussian_filter(noise, (0, 2, 2))
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return torch.from_numpy(smooth).float()


@pytest.mark.parametrize(("height", "width", "size"), [(31, 40, 21), (64, 64, 7), (6, 9, 21)])
def test_blur_by_fft_is_direct_correlation_with_mirrored_borders(height, width, size):
    images = torch.stack([picture(height, width, seed) for seed in range(3)])
    kernels = torch.rand(3, size, size)
    result = blur(images, kernels)
    for image, kernel, blurred in zip(images, kernels, result, strict=True):
        for channel in range(3):
            direct = ndimage.correlate(
                image[channel].double().numpy(), kernel.double().numpy(), mode="mirror"
            )
            np.testing.assert_allclose(blurred[channel], direct, rtol=2e-5, atol=2e-4)


def test_a_gaussian_kernel_has_the_width_and_direction_it_was_asked_for():
    kernel = kernel_of(KernelPlan("aniso", 41, 4.0, 1.5, math.pi / 6)).double()
    assert kernel.sum().item() == pytest.approx(1, abs=1e-6)
    y, x = torch.meshgrid(torch.arange(41) - 20.0, torch.arange(41) - 20.0, indexing="ij")
    covariance = torch.tensor(
        [[(kernel * a * b).sum() for a in (x.double(), y.double())] for b in (x, y)]
    )
    values, vectors = torch.linalg.eigh(covariance.double())
    assert values.sqrt().tolist() == pytest.approx([1.5, 4.0], rel=0.01)
    assert abs(vectors[1, 1] / vectors[0, 1]) == pytest.approx(math.tan(math.pi / 6), rel=0.01)


def test_generalised_kernels_are_flatter_on_top_the_larger_their_shape():
    def top(family, beta):
        kernel = kernel_of(KernelPlan(family, 21, 3.0, 3.0, 0.0, beta))
        return (kernel[10, 12] / kernel[10, 10]).item()

    assert top("generalised_iso", 0.5) < top("iso", 1.0) < top("generalised_iso", 4.0)
    assert top("plateau_iso", 1.0) < top("plateau_iso", 2.0)


def test_a_sinc_passes_what_lies_below_its_cutoff_and_stops_what_lies_above():
    response = torch.fft.fft(torch.nn.functional.pad(sinc_kernel(63, 1.5).sum(0), (0, 193))).abs()
    frequency = torch.arange(256) * 2 * math.pi / 256
    assert response[frequency < 1.2].min() > 0.85
    assert response[(frequency > 1.9) & (frequency < math.pi)].max() < 0.15
    assert (sinc_kernel(21, 1.5) < 0).any()


@pytest.mark.parametrize("expected", [0.0, 0.3, 2.0, 5.9, 6.1, 20.0, 200.0])
def test_poisson_counts_have_the_mean_spread_and_skew_of_their_expectation(expected: float):
    normal = Stream(0, 0, 0).normal((400_000,))
    counts = poisson(torch.full_like(normal, expected), normal).double()
    assert counts.min() >= 0
    assert counts.mean().item() == pytest.approx(expected, rel=0.01, abs=1e-9)
    assert counts.var().item() == pytest.approx(expected, rel=0.02, abs=1e-9)
    if expected:
        skew = ((counts - counts.mean()) ** 3).mean() / counts.var() ** 1.5
        assert skew.item() == pytest.approx(expected**-0.5, abs=0.02)


def test_grey_noise_is_the_same_in_all_colours_and_coloured_noise_is_not():
    image = torch.full((3, 64, 64), 0.5)
    for kind, strength in (("gaussian", 0.05), ("poisson", 1.0)):
        grey = add_noise(
            image, NoisePlan(kind, strength, True), Stream(1, 0, 0).normal((1, 64, 64))
        )
        assert torch.allclose(grey[0], grey[1], atol=1e-6)
        assert grey[0].std() > 0.01
        colour = add_noise(
            image, NoisePlan(kind, strength, False), Stream(1, 0, 0).normal((3, 64, 64))
        )
        correlation = torch.corrcoef(colour.flatten(1))
        assert (correlation - torch.eye(3)).abs().max() < 0.1


def test_photon_noise_grows_with_brightness_and_with_its_strength():
    ramp = torch.linspace(0.1, 0.9, 256).expand(3, 400, 256)
    noises = [
        (add_noise(ramp, NoisePlan("poisson", s, False), Stream(2, 0, 0).normal(ramp.shape)) - ramp)
        for s in (0.3, 0.6)
    ]
    dark, bright = noises[0][..., :32].std(), noises[0][..., -32:].std()
    assert (bright / dark).item() == pytest.approx(math.sqrt(0.85 / 0.15), rel=0.05)
    assert (noises[1].std() / noises[0].std()).item() == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("quality", [30, 50, 75, 95])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_jpeg_on_tensors_loses_what_libjpeg_loses(quality: int, subsampling: int):
    image = (picture(96, 112) * 255).round() / 255
    pixels = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    with Image.open(buffer) as opened:
        tables = opened.quantization
        real = torch.from_numpy(np.array(opened)).permute(2, 0, 1) / 255
    own_tables = tables_of_quality(quality)
    assert own_tables[0].flatten().tolist() == list(tables[0])
    assert own_tables[1].flatten().tolist() == list(tables[1])
    own = through_jpeg(image, own_tables, halve_colour=subsampling == 2)
    loss = (real - image).abs().mean()
    assert (own - real).abs().mean() < 0.25 * loss + 0.5 / 255


def test_jpeg_keeps_sizes_that_are_no_multiple_of_its_blocks():
    assert through_jpeg(picture(19, 33), tables_of_quality(60)).shape == (3, 19, 33)


def test_streams_are_normal_independent_and_repeatable():
    first = Stream(3, 5, 1).normal((3, 200, 200))
    assert torch.equal(first, Stream(3, 5, 1).normal((3, 200, 200)))
    assert abs(first.mean()) < 0.01
    assert first.std().item() == pytest.approx(1, abs=0.01)
    assert first.abs().max() > 3.8
    others = [Stream(4, 5, 1), Stream(3, 6, 1), Stream(3, 5, 2)]
    for other in others:
        both = torch.stack([first.flatten(), other.normal((120_000,))])
        assert abs(torch.corrcoef(both)[0, 1]) < 0.02


def test_weights_of_zero_are_never_drawn():
    stream = Stream(0, 0, 0)
    assert {stream.index([0.0, 0.3, 0.0, 0.7, 0.0]) for _ in range(500)} == {1, 3}
