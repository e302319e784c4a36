import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from engine.errors import EngineError
from engine.metrics.lpips import MIN_SIDE_PX, Lpips, load_lpips
from engine.metrics.luma import ImageTooSmallError, ShapeMismatchError
from tests.shared_data import shared_data

WEIGHTS = ("weights", "lpips_squeeze_v0.1.safetensors")


@pytest.fixture(name="random_lpips")
def make_random_lpips():
    torch.manual_seed(3)
    lpips = Lpips()
    for index in range(7):
        linear = lpips.get_submodule(f"lin{index}").weight
        linear.copy_(linear.abs())  # as published: no feature counts against a difference
    return lpips


@pytest.fixture(name="published_lpips")
def load_published_lpips():
    return load_lpips(shared_data(*WEIGHTS))


def picture(height=64, width=80):
    """Smooth shapes with edges, so that blur and noise both change it."""
    y, x = torch.meshgrid(torch.linspace(0, 6, height), torch.linspace(0, 7, width), indexing="ij")
    waves = torch.stack([torch.sin(x + y), torch.cos(2 * x - y), torch.sin(3 * y)])
    return (0.5 + 0.3 * waves.sign() * waves.abs() ** 0.3).clamp(0, 1)[None]


def blurred(image, radius_px):
    padded = functional.pad(image, (radius_px,) * 4, mode="reflect")
    return functional.avg_pool2d(padded, 2 * radius_px + 1, stride=1)


def noisy(image, sigma):
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(5))
    return (image + sigma * noise).clamp(0, 1)


def plain_distance(weights, first, second):
    """SqueezeNet 1.1 and the metric written out, in float64, one image pair, from the paper."""
    weights = {name: tensor.double() for name, tensor in weights.items()}

    def convolved(x, name, **options):
        return functional.conv2d(
            x, weights[f"features.{name}.weight"], weights[f"features.{name}.bias"], **options
        ).relu()

    def fire(x, index):
        squeezed = convolved(x, f"{index}.squeeze")
        wide = convolved(squeezed, f"{index}.expand3x3", padding=1)
        return torch.cat([convolved(squeezed, f"{index}.expand1x1"), wide], dim=1)

    def smaller(x):
        return functional.max_pool2d(x, 3, 2, ceil_mode=True)

    def levels(image):
        mean = torch.tensor([-0.030, -0.088, -0.188]).double()[:, None, None]
        deviation = torch.tensor([0.458, 0.448, 0.450]).double()[:, None, None]
        one = convolved((image.double() * 2 - 1 - mean) / deviation, "0", stride=2)
        two = fire(fire(smaller(one), 3), 4)
        three = fire(fire(smaller(two), 6), 7)
        four = fire(smaller(three), 9)
        five = fire(four, 10)
        six = fire(five, 11)
        return [one, two, three, four, five, six, fire(six, 12)]

    def unit(features):
        return features / (features.square().sum(1, keepdim=True).sqrt() + 1e-10)

    total = 0.0
    for index, (a, b) in enumerate(zip(levels(first), levels(second), strict=True)):
        per_channel = (unit(a) - unit(b)).square().mean(dim=(0, 2, 3))
        total += float((per_channel * weights[f"lin{index}.weight"].flatten()).sum())
    return total


def test_lpips_equals_the_formula_written_out_for_each_image_of_a_batch(random_lpips):
    hr = torch.cat([picture(49, 66), picture(49, 66).flip(3)])
    sr = torch.cat([blurred(hr[:1], 2), noisy(hr[1:], 0.1)])
    weights = random_lpips.state_dict()
    expected = [plain_distance(weights, sr[i : i + 1], hr[i : i + 1]) for i in range(2)]
    ours = random_lpips(sr, hr)
    assert ours.dtype == torch.float64
    assert ours.tolist() == pytest.approx(expected, rel=1e-4)
    assert ours[0] != ours[1]


def test_lpips_of_an_image_with_itself_is_zero(random_lpips):
    assert random_lpips(picture(), picture()).tolist() == [0.0]


def test_lpips_does_not_depend_on_the_order_of_the_two(random_lpips):
    first, second = picture(), noisy(picture(), 0.1)
    assert random_lpips(first, second) == random_lpips(second, first)


def test_lpips_measures_the_smallest_image_it_names_and_refuses_a_smaller_one(random_lpips):
    smallest = picture(MIN_SIDE_PX, MIN_SIDE_PX)
    assert random_lpips(smallest, 1 - smallest) > 0
    smaller = picture(MIN_SIDE_PX - 1, 40)
    with pytest.raises(ImageTooSmallError, match="40×16 px"):
        random_lpips(smaller, smaller)


@pytest.mark.parametrize("shape", [(1, 3, 64, 79), (1, 1, 64, 80), (3, 64, 80), (2, 3, 64, 80)])
def test_lpips_refuses_images_of_two_shapes_or_other_than_rgb(random_lpips, shape):
    with pytest.raises(ShapeMismatchError):
        random_lpips(torch.zeros(shape), picture())
    if shape[-3] != 3 or len(shape) != 4:
        with pytest.raises(ShapeMismatchError):
            random_lpips(torch.zeros(shape), torch.zeros(shape))


def test_loading_gives_back_the_weights_that_were_saved(random_lpips, tmp_path):
    path = tmp_path / "lpips.safetensors"
    save_file(random_lpips.state_dict(), path)
    again = load_lpips(path)
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert again(picture(), 1 - picture()) == random_lpips(picture(), 1 - picture())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "no such file"),
        ("folder", "no such file"),
        ("text", "damaged"),
        ("other", "another"),
    ],
)
def test_a_file_that_is_not_lpips_is_named_with_what_to_do(tmp_path, kind, said):
    path = tmp_path / "weights.safetensors"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("not weights")
    elif kind == "other":
        save_file({"head.weight": torch.zeros(3)}, path)
    with pytest.raises(EngineError, match=said) as caught:
        load_lpips(path)
    assert caught.value.path == path
    assert "LPIPS v0.1" in caught.value.remedy


def test_the_published_weights_give_the_formula_s_value(published_lpips):
    weights = load_file(shared_data(*WEIGHTS))
    first, second = picture(), blurred(picture(), 3)
    expected = plain_distance(weights, first, second)
    assert published_lpips(second, first).item() == pytest.approx(expected, rel=1e-4)


def test_the_published_metric_grows_with_blur_and_with_noise(published_lpips):
    hr = picture()
    by_blur = [published_lpips(blurred(hr, radius), hr).item() for radius in (1, 2, 4)]
    by_noise = [published_lpips(noisy(hr, sigma), hr).item() for sigma in (0.02, 0.08, 0.25)]
    assert 0 < by_blur[0] < by_blur[1] < by_blur[2]
    assert 0 < by_noise[0] < by_noise[1] < by_noise[2]
