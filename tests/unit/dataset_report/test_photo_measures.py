import cv2
import numpy as np
import pytest
from skimage import data

from engine.dataset_report.measures import (
    BLURRED_BELOW,
    fingerprint_of,
    measure_photo,
    sharpness_of,
)
from engine.dataset_report.near_duplicates import PhotoHash, near_duplicates


@pytest.fixture(scope="module", params=["astronaut", "coffee", "chelsea", "rocket"])
def photo(request):
    return np.ascontiguousarray(getattr(data, request.param)()[..., :3])


def grey(photo):
    return cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)


def blurred(photo, sigma):
    return cv2.GaussianBlur(photo, (0, 0), sigma)


def test_more_blur_is_less_sharp_and_much_blur_is_found(photo):
    values = [sharpness_of(grey(blurred(photo, sigma))) for sigma in (0.5, 1, 2, 3)]
    assert values == sorted(values, reverse=True)
    assert sharpness_of(grey(photo)) > BLURRED_BELOW
    assert values[3] < BLURRED_BELOW


def test_sharpness_does_not_depend_on_contrast(photo):
    dull = (photo.astype(np.float32) * 0.5 + 60).round().astype(np.uint8)
    assert sharpness_of(grey(dull)) == pytest.approx(sharpness_of(grey(photo)), rel=0.1)


def test_a_soft_background_is_no_fault():
    photo = data.astronaut()
    soft = blurred(photo, 6)
    soft[128:384, 128:384] = photo[128:384, 128:384]
    assert sharpness_of(grey(soft)) > BLURRED_BELOW


def test_a_little_noise_does_not_make_a_blurred_photo_sharp(photo):
    noise = np.random.default_rng(0).normal(0, 1, photo.shape)
    noisy = np.clip(blurred(photo, 3) + noise, 0, 255).round().astype(np.uint8)
    assert sharpness_of(grey(noisy)) < 0.5 < sharpness_of(grey(photo))


def test_empty_and_burnt_out_photos_are_blank(photo):
    assert not measure_photo(photo).is_blank
    assert measure_photo(np.full((64, 64, 3), 90, np.uint8)).is_blank
    burnt = np.full((100, 100, 3), 255, np.uint8)
    burnt[:10, :10] = 30
    measured = measure_photo(burnt)
    assert measured.is_blank
    assert measured.unclipped_share == pytest.approx(0.01)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (20, 20), (31, 400)])
def test_tiny_photos_are_measured_without_failing(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    measured = measure_photo(photo)
    assert measured.sharpness == 0
    assert len(measured.fingerprint) == 32
    assert cv2.imdecode(np.frombuffer(measured.thumbnail, np.uint8), cv2.IMREAD_COLOR) is not None


def test_a_thumbnail_keeps_shape_and_colours():
    photo = np.zeros((300, 600, 3), np.uint8)
    photo[..., 0] = 200
    decoded = cv2.imdecode(
        np.frombuffer(measure_photo(photo).thumbnail, np.uint8), cv2.IMREAD_COLOR
    )
    assert decoded.shape == (80, 160, 3)
    np.testing.assert_allclose(decoded[40, 80, ::-1], (200, 0, 0), atol=6)


def look(photo, camera="X", taken_at_s=None):
    return PhotoHash(fingerprint_of(grey(photo)), camera, taken_at_s)


def test_copies_that_were_changed_a_little_are_found_and_others_are_not(photo):
    others = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    others = [other for other in others if other.shape != photo.shape or (other != photo).any()]
    half = cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    saved = cv2.imdecode(cv2.imencode(".jpg", photo)[1], cv2.IMREAD_COLOR)
    brighter = np.clip(photo * 1.1, 0, 255).astype(np.uint8)
    looks = [look(image) for image in (photo, half, saved, brighter, *others)]
    assert near_duplicates(looks) == [0, 0, 0, 0, *range(4, 4 + len(others))]


def test_a_burst_is_of_one_camera_and_of_one_moment():
    frame = data.astronaut()
    moved = [np.ascontiguousarray(frame[: 480 + 0, 12 * i : 12 * i + 460]) for i in range(3)]
    assert (
        max(near_duplicates([look(image) for image in moved])) > 0
    )  # not alike enough by looks alone

    def first_of(seconds, cameras="XXX"):
        pairs = zip(moved, seconds, cameras, strict=True)
        return near_duplicates([look(image, camera, second) for image, second, camera in pairs])

    assert first_of((10.0, 11.0, 12.5)) == [0, 0, 0]
    assert first_of((10.0, 60.0, 110.0)) == near_duplicates([look(image) for image in moved])
    assert first_of((10.0, 11.0, 12.5), "XYZ") == near_duplicates([look(image) for image in moved])
    other = look(data.coffee(), "X", 10.5)
    assert near_duplicates([look(moved[0], "X", 10.0), other]) == [0, 1]


def test_no_photos_are_no_groups():
    assert near_duplicates([]) == []
