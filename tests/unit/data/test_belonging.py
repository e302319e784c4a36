"""Pairs that do not belong together are told from those that do, and why."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data as samples

from engine.cancellation import CancelToken
from engine.data.belonging import belonging_of
from engine.data.decoding import read_pair
from engine.data.pair_set import load_pairs
from engine.errors import PairsError
from engine.events import FileSkipped
from engine.imaging.icc import srgb_profile
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.jobs.check_data import check_data
from tests.shared_data import shared_data

SCENES = ("astronaut", "coffee", "chelsea", "rocket")


def hr_of(name):
    image = getattr(samples, name)()
    height, width = (side // 4 * 4 for side in image.shape[:2])
    return np.ascontiguousarray(image[:height, :width, :3])


def lr_of(hr, *, blur=0.0, noise=0.0, quality=95):
    if blur:
        hr = cv2.GaussianBlur(hr, (0, 0), 2 * blur)
    small = downsample_bicubic_uint8(np.ascontiguousarray(hr), 2).astype(float)
    small += np.random.default_rng(0).normal(0, noise, small.shape)
    held = io.BytesIO()
    Image.fromarray(small.clip(0, 255).astype(np.uint8)).save(held, "JPEG", quality=quality)
    return np.asarray(Image.open(held))


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(
    "worse", [{}, {"blur": 1.5, "noise": 10, "quality": 50}, {"noise": 25}, {"blur": 2.5}]
)
def test_a_camera_that_blurs_and_adds_noise_makes_pairs(name, worse):
    hr = hr_of(name)
    assert belonging_of(lr_of(hr, **worse), hr).problem == ""


def brighter(image, stops):
    linear = (image / 255.0) ** 2.2 * 2.0**stops
    return (linear.clip(0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lr: lr[::-1, ::-1], "turned by 180°"),
        (lambda lr: lr[:, ::-1], "mirrored"),
        (lambda lr: lr[::-1], "upside down"),
        (lambda lr: 255 - lr, "negative"),
        (lambda lr: np.roll(lr, (4, 3), (0, 1)), "shifted by about 5"),
        (lambda lr: np.roll(lr, (0, -9), (0, 1)), "shifted by about 9"),
        (lambda lr: brighter(lr, 2), "equally bright"),
        (lambda lr: brighter(lr, -2), "equally bright"),
    ],
)
def test_what_is_wrong_with_a_pair_is_said(name, change, says):
    hr = hr_of(name)
    lr = np.ascontiguousarray(change(lr_of(hr)))
    assert says in belonging_of(lr, hr).problem


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(("stops", "refused"), [(2, True), (1, False), (-1, False)])
def test_of_a_light_photo_what_became_white_tells_the_exposure(name, stops, refused):
    """Where nearly all is white in LR, few places are left whose brightness can be compared."""
    hr = 100 + hr_of(name) // 2
    problem = belonging_of(brighter(lr_of(hr), stops), hr).problem
    assert ("equally bright" in problem) == refused


def test_a_pair_turned_by_90_degrees_is_told():
    hr = hr_of("astronaut")
    assert "90°" in belonging_of(np.ascontiguousarray(np.rot90(lr_of(hr), 3)), hr).problem


def test_photos_of_other_scenes_are_no_pair():
    for name, other in zip(SCENES, (*SCENES[1:], SCENES[0]), strict=True):
        hr = hr_of(name)
        lr = cv2.resize(lr_of(hr_of(other)), (hr.shape[1] // 2, hr.shape[0] // 2))
        assert "do not show the same" in belonging_of(np.ascontiguousarray(lr), hr).problem


def test_an_even_sky_is_taken_on_trust():
    sky = np.full((128, 128, 3), 180, np.uint8)
    assert belonging_of(sky[::2, ::2].copy(), sky).problem == ""


def test_every_real_pair_belongs_together_and_none_with_the_next():
    root = shared_data("city100-iphonex")
    files = sorted((root / "HR").glob("*.webp"))[::5]
    small = [
        downsample_bicubic_uint8(np.asarray(Image.open(root / "LR_registered" / f.name)), 2)
        for f in files
    ]
    for index, file in enumerate(files):
        hr = np.asarray(Image.open(file))
        assert belonging_of(small[index], hr).problem == ""
        assert belonging_of(small[index - 1], hr).problem != ""


@pytest.fixture
def folder(tmp_path):
    """Three sound pairs and one whose LR is another's."""
    for side in ("LR", "HR"):
        (tmp_path / side).mkdir()
    for name in SCENES:
        hr = hr_of(name)[:256, :256]
        Image.fromarray(hr).save(tmp_path / "HR" / f"{name}.png")
        lr = lr_of(hr_of("coffee")[64:320, 64:320] if name == "rocket" else hr)
        Image.fromarray(lr).save(tmp_path / "LR" / f"{name}.png")
    return tmp_path


def test_a_pair_of_two_scenes_is_never_learnt_from_nor_measured_on(folder, tmp_path):
    events = []
    pairs = load_pairs(folder, scale=2, cache_dir=tmp_path / "cache", emit=events.append)
    assert sorted(pairs.names) == ["astronaut", "chelsea", "coffee"]
    (skipped,) = [event for event in events if isinstance(event, FileSkipped)]
    assert skipped.path.stem == "rocket"
    assert "do not show the same" in skipped.reason


def test_the_report_on_a_folder_names_it(folder):
    report = check_data(folder, lambda _event: None, CancelToken())
    found = [(photo.name, photo.side) for photo in report.photos if photo.finding == "mismatch"]
    assert found == [("rocket", "LR")]
    assert report.good == 3


def test_a_folder_numbered_off_by_one_is_refused(tmp_path):
    for side in ("LR", "HR"):
        (tmp_path / side).mkdir()
    scenes = [hr_of(name)[:256, :256] for name in SCENES]
    for index, hr in enumerate(scenes):
        Image.fromarray(hr).save(tmp_path / "HR" / f"{index}.png")
        Image.fromarray(lr_of(scenes[index - 1])).save(tmp_path / "LR" / f"{index}.png")
    with pytest.raises(PairsError, match="do not show the same"):
        load_pairs(tmp_path, scale=2, cache_dir=tmp_path / "cache")


def wide_profile():
    """Return an RGB profile far from sRGB: its red and green exchanged."""
    icc = bytearray(srgb_profile())
    red, green = icc.index(b"rXYZ"), icc.index(b"gXYZ")
    icc[red : red + 4], icc[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(icc)


def test_colours_are_learnt_in_the_space_of_lr(tmp_path):
    hr, icc = hr_of("chelsea"), wide_profile()
    source = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    target = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    lr = ImageCms.profileToProfile(Image.fromarray(lr_of(hr)), source, target, outputMode="RGB")
    lr.save(tmp_path / "lr.png", icc_profile=icc)
    Image.fromarray(hr).save(tmp_path / "hr.png")
    small, large = read_pair(tmp_path / "lr.png", tmp_path / "hr.png", scale=2)
    assert np.array_equal(small, np.asarray(lr))
    shrunk = downsample_bicubic_uint8(large, 2).astype(int)
    assert np.abs(shrunk - small).mean() < 3
    assert np.abs(downsample_bicubic_uint8(hr, 2).astype(int) - small).mean() > 10


def test_two_spellings_of_srgb_change_nothing(tmp_path):
    hr = hr_of("coffee")
    Image.fromarray(lr_of(hr)).save(tmp_path / "lr.png")
    Image.fromarray(hr).save(tmp_path / "hr.png", icc_profile=srgb_profile())
    _, large = read_pair(tmp_path / "lr.png", tmp_path / "hr.png", scale=2)
    assert np.array_equal(large, hr)


def test_a_sound_pair_repeats_nothing_that_is_broken(folder):
    """The LR of a pair whose HR is damaged may look like another's, and be larger."""
    whole = Image.open(folder / "LR" / "coffee.png")
    whole.resize((256, 256)).save(folder / "LR" / "again.png")
    (folder / "HR" / "again.png").write_bytes(b"broken")
    report = check_data(folder, lambda _event: None, CancelToken(), scale=2)
    found = {(photo.name, photo.finding) for photo in report.photos if photo.side == "LR"}
    assert ("coffee", "good") in found


def test_a_wrong_scale_is_not_told_to_add_photos(folder, tmp_path):
    with pytest.raises(PairsError) as caught:
        load_pairs(folder, scale=4, cache_dir=tmp_path / "cache")
    assert "4 times as large" in caught.value.what
    assert "another scale" in caught.value.remedy
