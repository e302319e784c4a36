import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.paths import (
    NAME_MAX_BYTES,
    StoredPath,
    file_key,
    fitting_name,
    restored,
    spelling_key,
    storable,
)


class Record(BaseModel):
    path: StoredPath


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_any_name_a_disk_can_hold_comes_back(name):
    text = os.fsdecode(name)
    assert restored(storable(text)) == text
    storable(text).encode()
    record = Record(path=Path(text))
    assert Record.model_validate_json(record.model_dump_json()).path == Path(text)


def test_ordinary_names_are_stored_as_they_are():
    assert storable(Path("photos/Füße 日本.jpg")) == str(Path("photos/Füße 日本.jpg"))


@given(st.text(min_size=1), st.sampled_from([".jpg", "-png.tif", "-2.webp"]))
def test_a_name_fits_a_disk_and_keeps_its_ending(stem, ending):
    name = fitting_name(stem, ending)
    assert len(os.fsencode(name)) <= NAME_MAX_BYTES
    assert name.endswith(ending)


def test_one_key_for_all_spellings_and_one_for_all_links(tmp_path):
    folder = tmp_path / "Photos"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    photo = folder / unicodedata.normalize("NFC", "Ü.jpg")
    spellings = [
        folder / unicodedata.normalize("NFD", "Ü.jpg"),
        folder / "ü.JPG",
        tmp_path / "link" / photo.name,
        folder / ".." / "Photos" / photo.name,
    ]
    assert {spelling_key(path) for path in spellings} == {spelling_key(photo)}
    photo.write_bytes(b"x")
    (folder / "hard.jpg").hardlink_to(photo)
    (folder / "soft.jpg").symlink_to(photo)
    assert file_key(folder / "hard.jpg") == file_key(folder / "soft.jpg") == file_key(photo)
    assert file_key(folder / "none.jpg") is None


@pytest.mark.parametrize("name", ["loop", "n" * 5000])
def test_a_path_that_leads_nowhere_has_no_key_and_raises_nothing(tmp_path, name):
    path = tmp_path / name
    if name == "loop":
        path.symlink_to(path)
    assert file_key(path) is None
    assert spelling_key(path)
