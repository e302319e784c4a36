"""Profiles renamed, duplicated, and given to others as one file."""

import zipfile
from pathlib import Path

import pytest

from engine.errors import ProfileError
from engine.profiles.library import (
    find_profile,
    free_profile_name,
    install_profile,
    list_profiles,
    rename_profile,
)
from engine.profiles.profile import PROFILE_FILES, load_profile
from engine.profiles.shared_file import install_shared, write_shared
from tests.profile_samples import save_sample_profile


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "phone"
    save_sample_profile(folder)
    return folder


@pytest.fixture
def library(tmp_path: Path, made: Path) -> Path:
    install_profile(made, tmp_path / "library")
    return tmp_path / "library"


def names(library: Path) -> list[str]:
    return [profile.name for profile in list_profiles(library).profiles]


def test_a_renamed_profile_is_the_same_one_under_another_name(library: Path, made: Path):
    renamed = rename_profile("phone", "Anna's phone", library)
    assert names(library) == ["Anna's phone"]
    assert renamed.folder == library / "Anna's phone"
    assert renamed.provenance == load_profile(made).provenance
    assert renamed.rank_map == load_profile(made).rank_map


def test_only_the_case_of_a_name_may_be_changed(library: Path):
    rename_profile("phone", "Phone", library)
    assert names(library) == ["Phone"]


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "CON", "Other"])
def test_an_unfit_or_taken_name_changes_nothing(library: Path, made: Path, name: str):
    install_profile(made, library, name="other")
    with pytest.raises(ProfileError):
        rename_profile("phone", name, library)
    assert names(library) == ["other", "phone"]


def test_a_duplicate_gets_the_next_free_name_and_the_first_stays(library: Path, made: Path):
    for expected in ("phone 2", "phone 3"):
        name = free_profile_name("phone", library)
        install_profile(find_profile("phone", library).folder, library, name=name)
        assert name == expected
    assert names(library) == ["phone", "phone 2", "phone 3"]
    assert load_profile(made).name == "phone"


def test_a_shared_profile_arrives_as_it_was(library: Path, tmp_path: Path):
    profile = find_profile("phone", library)
    file = tmp_path / "phone.adaptsr"
    size_bytes = write_shared(profile, file)
    arrived = install_shared(file, tmp_path / "theirs")
    assert size_bytes == file.stat().st_size
    assert arrived.name == "phone"
    assert arrived.provenance == profile.provenance
    for name in PROFILE_FILES:
        assert (arrived.folder / name).read_bytes() == (profile.folder / name).read_bytes()


def test_a_shared_profile_whose_name_is_taken_gets_another(library: Path, tmp_path: Path):
    file = tmp_path / "phone.adaptsr"
    write_shared(find_profile("phone", library), file)
    assert install_shared(file, library).name == "phone 2"
    assert names(library) == ["phone", "phone 2"]


def test_a_damaged_or_foreign_file_installs_nothing(library: Path, tmp_path: Path):
    whole = tmp_path / "whole.adaptsr"
    write_shared(find_profile("phone", library), whole)
    cut = tmp_path / "cut.adaptsr"
    cut.write_bytes(whole.read_bytes()[:-200])
    foreign = tmp_path / "foreign.adaptsr"
    foreign.write_bytes(b"not an archive")
    climbing = tmp_path / "climbing.adaptsr"
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../escaped.json", "{}")
    bomb = tmp_path / "bomb.adaptsr"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in PROFILE_FILES:
            archive.writestr(name, b"\0" * 5_000_000)
    for file in (cut, foreign, climbing, bomb, tmp_path / "nowhere.adaptsr"):
        with pytest.raises(ProfileError):
            install_shared(file, tmp_path / "theirs")
    assert not (tmp_path / "escaped.json").exists()
    assert names(tmp_path / "theirs") == []


def test_a_flipped_byte_inside_is_noticed(library: Path, tmp_path: Path):
    profile = find_profile("phone", library)
    file = tmp_path / "phone.adaptsr"
    with zipfile.ZipFile(file, "w") as archive:
        for name in PROFILE_FILES:
            data = bytearray((profile.folder / name).read_bytes())
            if name == "adapter.safetensors":
                data[-1] ^= 1
            archive.writestr(name, bytes(data))
    with pytest.raises(ProfileError):
        install_shared(file, tmp_path / "theirs")
