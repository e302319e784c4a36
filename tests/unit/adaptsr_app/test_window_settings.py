"""Preferences survive a restart, and a damaged file costs nothing but them."""

import pytest

from adaptsr_app.settings import Preferences, load_preferences, save_preferences


def test_what_is_saved_is_loaded(tmp_path):
    kept = Preferences(appearance="dark", quality=80, output_folder=tmp_path)
    assert save_preferences(kept, tmp_path / "new" / "window.json")
    assert load_preferences(tmp_path / "new" / "window.json") == kept


@pytest.mark.parametrize("content", ["", "{", "[]", '{"appearance": "purple"}', "\x00"])
def test_a_damaged_file_gives_the_defaults(tmp_path, content):
    path = tmp_path / "window.json"
    path.write_text(content)
    assert load_preferences(path) == Preferences()


def test_a_file_of_a_later_version_keeps_what_is_known(tmp_path):
    path = tmp_path / "window.json"
    path.write_text('{"version": 7, "appearance": "dark", "from_the_future": 1}')
    assert load_preferences(path).appearance == "dark"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    assert not save_preferences(Preferences(), tmp_path / "file" / "window.json")
