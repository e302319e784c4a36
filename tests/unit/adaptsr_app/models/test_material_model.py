"""What there is to learn from: sizes that fit, what was left out, and what is missing in words."""

import pytest
from PIL import Image

from adaptsr_app.jobs.folder_reading import read_pairs, read_photos
from adaptsr_app.models.folder_contents import (
    FolderContents,
    Item,
    pairs_text,
    photos_text,
    skipped_text,
)
from tests.photo_samples import scene


def write(path, height, width):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(height, width)).save(path)


def test_pairs_are_judged_by_their_sizes_before_the_training_finds_out(tmp_path):
    for name, hr_width in (("a", 64), ("b", 70), ("c", 32)):
        write(tmp_path / "LR" / f"{name}.png", 24, 32)
        write(tmp_path / "HR" / f"{name}.png", 24 if hr_width == 32 else 48, hr_width)
    write(tmp_path / "LR" / "alone.png", 24, 32)
    material = read_pairs(tmp_path, 2)
    assert {item.name: item.verdict for item in material.items} == {
        "a": "good",
        "b": "bad",
        "c": "good",
    }
    assert material.usable == 2
    words = skipped_text(material)
    assert "alone.png: There is no HR photo" in words
    assert "b: LR has 32×24 pixels and HR 70×48" in words


def test_a_photo_that_cannot_be_read_is_named(tmp_path):
    write(tmp_path / "HR" / "a.png", 48, 64)
    (tmp_path / "LR").mkdir()
    (tmp_path / "LR" / "a.png").write_bytes(b"no photo")
    (item,) = read_pairs(tmp_path, 2).items
    assert item.verdict == "bad"
    assert item.sentence


def test_a_folder_without_pairs_says_what_to_do(tmp_path):
    material = read_pairs(tmp_path, 2)
    assert material.usable == 0
    assert "LR" in material.problem


def test_photos_are_found_in_folders_of_folders(tmp_path):
    write(tmp_path / "day 1" / "a.png", 24, 32)
    assert read_photos(tmp_path).usable == 1
    assert read_photos(tmp_path / "nowhere").problem


@pytest.mark.parametrize("as_text", [pairs_text, lambda m: photos_text(m, 3)])
def test_what_is_missing_is_said(as_text):
    few, some, many = (
        as_text(FolderContents(tuple(Item(str(i), ()) for i in range(count))))
        for count in (1, 12, 30)
    )
    assert "at least 3" in few
    assert some.startswith("12")
    assert "20 or more usually help" in some
    assert "plenty" in many


def test_a_long_list_of_what_was_left_out_is_cut():
    material = FolderContents(skipped=tuple((f"{i}.jpg", "why") for i in range(10)))
    lines = skipped_text(material, most=3).splitlines()
    assert len(lines) == 4
    assert lines[-1] == "and 7 more"
