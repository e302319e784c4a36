import numpy as np
import pytest
from PIL import Image

from engine.errors import PairsError
from engine.registration.matching import match_photos
from tests.registration_samples import Camera, scene

SCENES = ("astronaut", "coffee", "chelsea")


def go_on():
    pass


def found(lr, hr, mode="auto", max_gap_s=5.0):
    matched = match_photos(lr, hr, scale=2, mode=mode, max_gap_s=max_gap_s, pause=go_on)
    return {(pair.lr.name, pair.hr.name) for pair in matched.pairs}, matched.skipped


def save(path, pixels, taken_at=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if taken_at is not None:
        exif.get_ifd(0x8769)[0x9003] = taken_at
    Image.fromarray(pixels).save(path, exif=exif)


def blank(path, taken_at=None):
    save(path, np.full((20, 30, 3), 90, np.uint8), taken_at)


@pytest.fixture(scope="module")
def views():
    return {name: (Camera().photograph(scene(name)), scene(name)) for name in SCENES}


def test_names_match_without_endings_and_the_rest_is_named(tmp_path):
    for name in ("a.jpg", "b_LR.jpg", "lonely.jpg"):
        blank(tmp_path / "phone" / name)
    for name in ("a.png", "b_HR.jpg", "other.jpg"):
        blank(tmp_path / "tele" / name)
    pairs, skipped = found(tmp_path / "phone", tmp_path / "tele", "name")
    assert pairs == {("a.jpg", "a.png"), ("b_LR.jpg", "b_HR.jpg")}
    assert {skip.path.name for skip in skipped} == {"lonely.jpg", "other.jpg"}
    assert all("name" in skip.reason for skip in skipped)


def test_times_match_although_the_clocks_differ(tmp_path):
    moments = [(9, 0, 0), (9, 1, 7), (9, 4, 2), (9, 9, 30)]
    for index, (hour, minute, second) in enumerate(moments):
        blank(
            tmp_path / "phone" / f"IMG_{index}.jpg", f"2024:05:06 {hour:02}:{minute:02}:{second:02}"
        )
        blank(
            tmp_path / "tele" / f"DSC_{7 - index}.jpg",
            f"2024:05:06 {hour + 2:02}:{minute + 3:02}:{second + 1:02}",
        )
    blank(tmp_path / "tele" / "late.jpg", "2024:05:06 20:00:00")
    blank(tmp_path / "tele" / "timeless.jpg")
    pairs, skipped = found(tmp_path / "phone", tmp_path / "tele", "time")
    assert pairs == {(f"IMG_{index}.jpg", f"DSC_{7 - index}.jpg") for index in range(4)}
    assert {skip.path.name for skip in skipped} == {"late.jpg", "timeless.jpg"}


def test_content_matches_whatever_the_names_say(tmp_path, views):
    for index, name in enumerate(SCENES):
        save(tmp_path / "phone" / f"{index}.png", views[name][0])
        save(tmp_path / "tele" / f"x{9 - index}.png", views[name][1])
    save(tmp_path / "tele" / "brick.png", scene("brick"))
    (tmp_path / "tele" / "broken.png").write_bytes(b"no photo")
    pairs, skipped = found(tmp_path / "phone", tmp_path / "tele")
    assert pairs == {("0.png", "x9.png"), ("1.png", "x8.png"), ("2.png", "x7.png")}
    assert {skip.path.name for skip in skipped} == {"brick.png", "broken.png"}


@pytest.mark.parametrize("mode", ["content", "time"])
def test_in_one_folder_the_larger_view_is_hr(tmp_path, views, mode):
    for index, name in enumerate(SCENES[:2]):
        lr, hr = views[name]
        save(tmp_path / f"{index}b.jpg", lr, f"2024:05:06 10:0{index}:01")
        save(tmp_path / f"{index}a.jpg", hr, f"2024:05:06 10:0{index}:03")
    pairs, skipped = found(tmp_path, None, mode)
    assert pairs == {("0b.jpg", "0a.jpg"), ("1b.jpg", "1a.jpg")}
    assert skipped == ()
    assert found(tmp_path, tmp_path, mode)[0] == pairs


def test_one_folder_may_hold_lr_and_hr_by_name(tmp_path):
    for side in ("LR", "HR"):
        blank(tmp_path / side / "a.png")
    assert found(tmp_path, None)[0] == {("a.png", "a.png")}


def test_folders_without_anything_in_common_are_an_error(tmp_path):
    blank(tmp_path / "phone" / "a.jpg")
    blank(tmp_path / "tele" / "b.jpg")
    with pytest.raises(PairsError, match="No photo of the one camera"):
        found(tmp_path / "phone", tmp_path / "tele")
    with pytest.raises(PairsError, match="no such folder"):
        found(tmp_path / "phone", tmp_path / "nowhere")
