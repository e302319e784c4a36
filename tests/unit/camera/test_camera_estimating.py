"""What is estimated of cameras that were made up, against what they were made of."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage import data

from engine.camera.edges import measure_edges
from engine.camera.estimate import CameraEstimate
from engine.camera.estimating import estimate_camera
from engine.camera.files import demosaic_trace, jpeg_facts
from engine.camera.noise import flat_noise
from engine.camera.response import Response, separate
from engine.camera.spectrum import FREQUENCIES, mean_power
from engine.errors import ConfigError, PairsError

SIDE = 256


def natural(seed: int, channels: int = 3) -> np.ndarray:
    """A picture whose spectrum falls as that of photographs does, and is nothing else."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE))) * frequency**-1.37
    plane = np.fft.irfft2(spectrum, s=(SIDE, SIDE))
    plane = 128 + 35 * (plane - plane.mean()) / plane.std()
    return np.repeat(plane[..., None], channels, axis=2)


def in_levels(picture: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def seen(picture: np.ndarray, camera: Response, noise_levels: float, seed: int) -> np.ndarray:
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    response = camera.at(frequency)[..., None]
    blurred = np.fft.irfft2(np.fft.rfft2(picture, axes=(0, 1)) * response, (SIDE, SIDE), (0, 1))
    noise = np.random.default_rng(seed).standard_normal((SIDE, SIDE, 1))
    return in_levels(blurred + noise_levels * noise)


def test_white_noise_has_the_same_power_everywhere():
    rng = np.random.default_rng(0)
    photos = [in_levels(128 + 5 * rng.standard_normal((SIDE, SIDE, 1)).repeat(3, 2))]
    np.testing.assert_allclose(mean_power(photos)[1:], 25, rtol=0.25)


@pytest.mark.parametrize(
    "camera",
    [Response(0.6, 0.0, 1.0), Response(1.0, 0.0, 1.0), Response(0.8, 0.8, 1.2), Response(0, 0, 1)],
    ids=["soft", "softer", "sharpened", "perfect"],
)
def test_blur_and_sharpening_are_recovered_from_photos_alone(camera: Response):
    photos = [(str(i), seen(natural(i), camera, 0.0, i)) for i in range(6)]
    sharp = [in_levels(natural(100 + i)) for i in range(6)]
    estimate = estimate_camera(photos, sharp=sharp)
    trusted = (FREQUENCIES > 0.03) & (FREQUENCIES < 0.3)
    true = camera.at(FREQUENCIES)
    found = np.array(estimate.response)
    np.testing.assert_allclose(found[trusted], true[trusted], atol=0.1)


def test_what_no_lens_explains_is_noise():
    camera, noise_power = Response(1.1, 0.0, 1.0), 4.0
    sharp_power = 2.0 * FREQUENCIES**-2.74
    power = camera.at(FREQUENCIES) ** 2 * sharp_power + noise_power
    separated = separate(power, sharp_power * 7, np.zeros_like(power))
    fine = FREQUENCIES > 0.4
    np.testing.assert_allclose(separated.noise_power[fine], noise_power, rtol=0.15)
    middle = (FREQUENCIES > 0.05) & (FREQUENCIES < 0.25)
    true = camera.at(FREQUENCIES)
    np.testing.assert_allclose(separated.response.at(FREQUENCIES)[middle], true[middle], atol=0.06)


def test_noise_is_recovered_by_brightness_although_photos_have_structure():
    rng = np.random.default_rng(1)
    photos = []
    for level in (30, 90, 160, 220):
        picture = np.full((SIDE, SIDE, 3), float(level))
        picture[SIDE // 2 :] += 20 * (natural(level)[SIDE // 2 :] - 128) / 35
        sigma = np.sqrt(1.0 + 0.05 * level)
        photos.append(in_levels(picture + sigma * rng.standard_normal((SIDE, SIDE, 1))))
    found = flat_noise(photos)
    assert len(found.by_brightness) >= 4
    for level in (30, 90, 160, 220):
        nearest = min(found.by_brightness, key=lambda entry: abs(entry.level - level))
        assert nearest.luma_levels == pytest.approx(np.sqrt(1.0 + 0.05 * level), rel=0.1)
    assert found.correlation < 0.15


@pytest.mark.parametrize("sigma_px", [0.6, 1.0])
def test_smoothed_noise_is_told_from_fresh_noise(sigma_px: float):
    rng = np.random.default_rng(2)
    noise = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), sigma_px, mode="wrap")
    photo = in_levels(128 + 6 * noise[..., None].repeat(3, 2) / noise.std())
    found = flat_noise([photo])
    true = (noise[:, 1:] * noise[:, :-1]).mean() / noise.var()
    assert found.correlation == pytest.approx(true, abs=0.06)
    power = mean_power([photo])
    middle = (FREQUENCIES > 0.05) & (FREQUENCIES < 0.3)
    assert np.median(found.power()[middle] / power[middle]) == pytest.approx(1, abs=0.3)


def edge_photo(sharpen: float, blur_px: float = 0.8) -> np.ndarray:
    plane = np.full((SIDE, SIDE), 60.0)
    columns = np.arange(SIDE)[None] + 0.05 * np.arange(SIDE)[:, None]
    plane[(columns // 40) % 2 == 0] = 180.0
    plane = ndimage.gaussian_filter(plane, blur_px)
    plane += sharpen * (plane - ndimage.gaussian_filter(plane, 1.5))
    return in_levels(plane[..., None].repeat(3, 2))


def test_edges_show_their_width_and_their_halo():
    plain, wide, halo = (
        measure_edges([edge_photo(*args)]) for args in ((0, 0.8), (0, 1.4), (1.0, 0.8))
    )
    assert plain.rise_px == pytest.approx(2.56 * 0.8, abs=0.45)
    assert wide.rise_px == pytest.approx(2.56 * 1.4, abs=0.45)
    assert plain.overshoot < 0.03
    assert halo.overshoot > 0.08
    assert halo.undershoot == pytest.approx(halo.overshoot, abs=0.03)
    assert halo.rise_px < plain.rise_px


def test_photos_without_edges_say_nothing_about_edges():
    assert measure_edges([np.full((SIDE, SIDE, 3), 90, np.uint8)]) is None


def test_filled_in_green_leaves_a_trace_and_a_plain_photo_none():
    rng = np.random.default_rng(3)
    plane = natural(5)[..., 0] + 3 * rng.standard_normal((SIDE, SIDE))
    assert demosaic_trace([in_levels(plane[..., None].repeat(3, 2))]) < 0.05
    around = (
        np.roll(plane, 1, 0) + np.roll(plane, -1, 0) + np.roll(plane, 1, 1) + np.roll(plane, -1, 1)
    ) / 4
    board = np.indices(plane.shape).sum(axis=0) % 2 == 0
    filled = np.where(board, around, plane)
    assert demosaic_trace([in_levels(filled[..., None].repeat(3, 2))]) > 0.5


@pytest.mark.parametrize(("quality", "sampling", "halves"), [(92, 2, True), (70, 0, False)])
def test_jpeg_tables_are_read_from_the_files(tmp_path: Path, quality, sampling, halves):
    photo = Image.fromarray(data.chelsea())
    files = [tmp_path / f"{i}.jpg" for i in range(3)]
    for path in files:
        photo.save(path, quality=quality, subsampling=sampling)
    photo.save(tmp_path / "other.jpg", quality=20)
    photo.save(tmp_path / "plain.png")
    (tmp_path / "no.jpg").write_bytes(b"nothing")
    found = jpeg_facts([*files, *(tmp_path / n for n in ("other.jpg", "plain.png", "no.jpg"))])
    assert (found.quality, found.halves_colour, found.files) == (quality, halves, 3)
    assert jpeg_facts([tmp_path / "plain.png"]) is None


def test_an_estimate_is_the_same_after_saving_and_loading(tmp_path: Path):
    photos = [(str(i), seen(natural(i), Response(0.7, 0.3, 1.0), 2.0, i)) for i in range(3)]
    estimate = estimate_camera(photos)
    path = tmp_path / "camera.json"
    estimate.save(path)
    assert CameraEstimate.load(path) == estimate
    path.write_text('{"photos": 3}')
    with pytest.raises(ConfigError, match="not a camera estimate"):
        CameraEstimate.load(path)
    with pytest.raises(ConfigError, match="no such"):
        CameraEstimate.load(tmp_path / "gone.json")


def test_too_few_or_too_small_photos_are_refused():
    small = [(str(i), np.zeros((40, 40, 3), np.uint8)) for i in range(9)]
    with pytest.raises(PairsError, match="Only 2 photos"):
        estimate_camera([("a", in_levels(natural(0))), ("b", in_levels(natural(1))), *small])
