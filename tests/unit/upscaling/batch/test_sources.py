from pathlib import Path, PurePath

import pytest

from engine.upscaling.batch.sources import find_sources


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in (
        "img10.jpg",
        "img9.JPG",
        "notes.txt",
        ".hidden.jpg",
        "._img9.JPG",
        "trip/a.heic",
        "trip/day 1/b.tif",
        ".cache/c.jpg",
        "out/old.jpg",
    ):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "photos"


def names(found, root):
    return [source.path.relative_to(root).as_posix() for source in found.sources]


def test_folders_are_searched_to_the_bottom_without_hidden_files_and_results(photos):
    found = find_sources([photos], photos / "out")
    assert names(found, photos) == ["img9.JPG", "img10.jpg", "trip/a.heic", "trip/day 1/b.tif"]
    assert found.sources[3].folder == PurePath("trip/day 1")
    assert not found.missing


def test_several_folders_do_not_mix_their_results(photos):
    found = find_sources([photos / "trip", photos / "out"], photos / "results")
    assert [source.folder.as_posix() for source in found.sources] == ["trip", "trip/day 1", "out"]


def test_a_photo_that_is_meant_twice_is_done_once(photos):
    twice = [photos / "img9.JPG", photos, photos / "trip" / ".." / "img9.JPG"]
    found = find_sources(twice, photos / "out")
    assert names(found, photos).count("img9.JPG") == 1


def test_a_file_that_is_named_itself_may_have_any_ending(photos):
    assert names(find_sources([photos / "notes.txt"], photos / "out"), photos) == ["notes.txt"]


def test_patterns_find_files_and_keep_the_folders_below_their_fixed_part(photos):
    found = find_sources([photos / "**" / "*.[th]*"], photos / "out")
    assert names(found, photos) == ["trip/a.heic", "trip/day 1/b.tif"]
    assert found.sources[1].folder == PurePath("trip/day 1")


def test_a_file_with_brackets_in_its_name_is_a_file(photos):
    path = photos / "img[1].jpg"
    path.touch()
    assert [s.path for s in find_sources([path], photos / "out").sources] == [path]


def test_what_is_not_there_is_named_and_the_rest_found(photos):
    (photos / "empty").mkdir()
    requested = [photos / "no.jpg", photos / "*.webp", photos / "empty", photos / "img9.JPG"]
    found = find_sources(requested, photos / "out")
    assert names(found, photos) == ["img9.JPG"]
    assert [error.path for error in found.missing] == requested[:3]


def test_links_in_a_circle_end(photos):
    (photos / "trip" / "again").symlink_to(photos, target_is_directory=True)
    assert len(find_sources([photos], photos / "out").sources) == 4
