from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.imaging.resampling import downsample_bicubic_uint8
from engine.registration.geometry import Warp
from engine.registration.pair import Rules, register_pair
from tests.registration_samples import (
    Camera,
    left_in_parts,
    random_camera,
    scene,
    two_layers,
    with_object,
)

RULES = Rules(scale=2)


@pytest.fixture(scope="module")
def hr():
    return scene("astronaut")


@pytest.fixture(scope="module")
def registered(hr):
    return register_pair(Camera().photograph(hr), hr, RULES)


@pytest.mark.parametrize(("name", "seed"), [("coffee", 3), ("chelsea", 4), ("brick", 5)])
def test_a_known_position_is_found_to_a_tenth_of_a_pixel(name, seed):
    hr, camera = scene(name), random_camera(np.random.default_rng(seed))
    found = register_pair(camera.photograph(hr, seed), hr, RULES)
    assert found.report.verdict == "good"
    assert camera.error_px(found.warp, hr).mean() < 0.1
    assert found.report.residual_mean_px < 0.12
    assert found.report.zoom == pytest.approx(1 / camera.zoom, rel=0.02)
    assert found.report.rotation_deg == pytest.approx(camera.rotation_deg, abs=0.1)


def test_lr_keeps_the_cameras_own_pixels(hr, registered):
    photo = Camera().photograph(hr)
    for part in registered.parts:
        np.testing.assert_array_equal(part.lr, photo[part.box.rows, part.box.columns])
        assert part.hr.shape == (part.lr.shape[0] * 2, part.lr.shape[1] * 2, 3)


def test_hr_made_small_lies_on_lr_without_half_a_pixel_of_error(registered):
    part = registered.parts[0]
    small = downsample_bicubic_uint8(np.ascontiguousarray(part.hr), 2)
    a, b = (
        cv2.GaussianBlur(cv2.cvtColor(np.ascontiguousarray(p), cv2.COLOR_RGB2GRAY), (0, 0), 1)
        for p in (part.lr, small)
    )
    (dx, dy), _ = cv2.phaseCorrelate(
        a.astype(float), b.astype(float), cv2.createHanningWindow(a.shape[::-1], cv2.CV_64F)
    )
    assert np.hypot(dx, dy) < 0.08


def test_the_same_photos_always_give_the_same_pair(hr, registered):
    again = register_pair(Camera().photograph(hr), hr, RULES)
    assert again.report == registered.report
    np.testing.assert_array_equal(again.parts[0].hr, registered.parts[0].hr)


def test_hr_gets_lrs_colours_and_keeps_its_own_where_that_is_off(hr, registered):
    report = registered.report
    assert report.colour_error < report.colour_error_before / 3
    plain = register_pair(Camera().photograph(hr), hr, replace(RULES, colour="off"))
    assert plain.report.colour_error == plain.report.colour_error_before


def test_another_scene_is_refused(hr):
    found = register_pair(Camera().photograph(hr), scene("coffee"), RULES)
    assert found.report.verdict == "rejected"
    assert "same scene" in found.report.sentence
    assert found.parts == ()


def test_a_thing_that_moved_is_cut_out_at_both_its_places(hr):
    patch = scene("chelsea")[100:190, 150:250]
    theirs, ours = with_object(hr, patch, 60, 80), with_object(hr, patch, 320, 300)
    camera = Camera(zoom=0.55)
    found = register_pair(camera.photograph(ours), theirs, replace(RULES, min_part_px=48))
    assert found.report.verdict in {"parts", "good"}
    assert camera.error_px(found.warp, hr).mean() < 0.1
    for left, top in ((60, 80), (320, 300)):
        place = np.zeros(hr.shape[:2], bool)
        place[top : top + 90, left : left + 100] = True
        assert left_in_parts(place, camera, hr, found.parts) < 0.02


@pytest.mark.parametrize("shift_px", [4, 14])
def test_near_things_shifted_against_far_ones_are_cut_out_or_the_pair_refused(shift_px):
    camera = Camera(zoom=0.5)
    ours, theirs, near = two_layers(scene("brick"), scene("grass"), shift_px)
    found = register_pair(camera.photograph(ours), theirs, replace(RULES, min_part_px=32))
    shares = [left_in_parts(mask, camera, theirs, found.parts) for mask in (near, ~near)]
    assert min(shares) < 0.03
    if found.report.verdict == "rejected":
        assert "shifted" in found.report.sentence or "fit" in found.report.sentence


def test_an_hr_that_is_not_sharper_is_refused(hr):
    soft = cv2.GaussianBlur(hr, (0, 0), 4)
    found = register_pair(Camera(noise_levels=1).photograph(hr), soft, RULES)
    assert found.report.verdict == "rejected"
    assert "sharper" in found.report.sentence


def test_swapped_sides_are_refused_with_a_question(hr):
    found = register_pair(hr, Camera().photograph(hr), RULES)
    assert found.report.verdict == "rejected"
    assert "swapped" in found.report.sentence


@pytest.mark.parametrize("blank", ["lr", "hr", "both"])
def test_a_photo_without_detail_is_refused(hr, blank):
    flat = np.full((240, 320, 3), 90, np.uint8)
    photos = Camera().photograph(hr), hr
    lr = flat if blank in {"lr", "both"} else photos[0]
    large = flat if blank in {"hr", "both"} else photos[1]
    found = register_pair(lr, large, RULES)
    assert found.report.verdict == "rejected"
    assert "too little detail" in found.report.sentence


def test_a_tiny_overlap_is_refused(hr):
    lr = Camera(zoom=0.5, rotation_deg=0, perspective=(0, 0), cover=1.0).photograph(hr)
    found = register_pair(lr[:, :140], np.ascontiguousarray(hr[:, 190:]), RULES)
    assert found.report.verdict == "rejected"


def test_a_part_of_the_scene_is_enough(hr):
    camera = Camera(zoom=0.5, cover=1.0)
    cut = np.ascontiguousarray(hr[120:, 150:])
    found = register_pair(camera.photograph(hr), cut, RULES)
    assert found.report.verdict == "good"
    assert 0.4 < found.report.overlap_share < 0.7
    assert f"{found.report.overlap_share:.0%}" in found.report.sentence


def test_fitting_the_lens_takes_distortion_out(hr):
    camera = Camera(zoom=0.6, k1=0.02)
    photo = camera.photograph(hr)
    fitted = register_pair(photo, hr, replace(RULES, lens="fit"))
    assert camera.error_px(fitted.warp, hr).mean() < 0.1
    assert camera.error_px(Warp(fitted.warp.homography), hr).mean() > 0.5
    given = register_pair(photo, hr, replace(RULES, lens=(0.02, 0.0)))
    assert camera.error_px(given.warp, hr).mean() < 0.1


def test_pause_can_stop_it(hr):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        register_pair(Camera().photograph(hr), hr, RULES, pause=stop)
