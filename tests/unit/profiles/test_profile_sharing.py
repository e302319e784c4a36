"""Profiles renamed, duplicated, and given to others as one file."""

import contextlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engine.errors import ProfileError, StorageError
from engine.files import sha256_of
from engine.profiles.library import (
    find_profile,
    free_profile_name,
    install_profile,
    list_profiles,
    rename_profile,
)
from engine.profiles.profile import PROFILE_FILES, load_profile
from engine.profiles.shared_file import install_shared, write_shared
from engine.texts import has_acting
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


@pytest.mark.parametrize("zeros", [0, 5_000_000])
def test_what_unpacks_to_far_more_than_it_takes_is_refused_before_it_is_unpacked(
    library: Path, tmp_path: Path, zeros: int
):
    sound, padded = tmp_path / "sound.adaptsr", tmp_path / "padded.adaptsr"
    write_shared(find_profile("phone", library), sound)
    with (
        zipfile.ZipFile(sound) as source,
        zipfile.ZipFile(padded, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in PROFILE_FILES:
            content = source.read(name)
            # Blanks after the last brace are sound JSON: only the ratio speaks against them.
            blanks = b" " * zeros if name.endswith(".json") else b""
            archive.writestr(name, content + blanks)
    if zeros:
        with pytest.raises(ProfileError, match="far more"):
            install_shared(padded, tmp_path / "theirs")
    else:
        assert install_shared(padded, tmp_path / "theirs").name == "phone"


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


@pytest.fixture(scope="module")
def shared(made: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("shared") / "phone.adaptsr"
    write_shared(load_profile(made), file)
    return file.read_bytes()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_gives_a_sentence_or_the_profile_as_it_was(
    shared: bytes, made: Path, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
):
    place = data.draw(st.integers(0, len(shared) * 8 - 1))
    damaged = bytearray(shared)
    damaged[place // 8] ^= 1 << place % 8
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "phone.adaptsr").write_bytes(damaged)
    arrived = None
    with contextlib.suppress(ProfileError):
        arrived = install_shared(folder / "phone.adaptsr", folder / "library")
    if arrived is None:
        assert not list((folder / "library").glob("*"))
    else:
        assert arrived.provenance == load_profile(made).provenance


def repacked(shared: bytes, compression: int = zipfile.ZIP_DEFLATED, **changed: bytes) -> bytes:
    """The same profile, packed in another way or with other texts in profile.json."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(shared)) as old,
        zipfile.ZipFile(packed, "w", compression) as new,
    ):
        for name in PROFILE_FILES:
            content = old.read(name)
            if name == "profile.json":
                for word, other in changed.items():
                    content = content.replace(word.encode(), other)
            new.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_profiles_never_use_is_refused(
    shared: bytes, tmp_path: Path, compression: int
):
    (tmp_path / "a.adaptsr").write_bytes(repacked(shared, compression))
    with pytest.raises(ProfileError, match="packed in a way"):
        install_shared(tmp_path / "a.adaptsr", tmp_path / "library")


def with_password(shared: bytes) -> bytes:
    """The same profile, marked as encrypted."""
    locked = bytearray(shared)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = locked.find(signature)
        while place >= 0:
            locked[place + flags] |= 1
            place = locked.find(signature, place + 4)
    return bytes(locked)


def test_a_file_with_a_password_is_refused(shared: bytes, tmp_path: Path):
    (tmp_path / "a.adaptsr").write_bytes(with_password(shared))
    with pytest.raises(ProfileError, match="password"):
        install_shared(tmp_path / "a.adaptsr", tmp_path / "library")


def test_a_folder_in_its_place_is_told(tmp_path: Path):
    (tmp_path / "a.adaptsr").mkdir()
    with pytest.raises(ProfileError, match="folder"):
        install_shared(tmp_path / "a.adaptsr", tmp_path / "library")


def test_names_of_a_strangers_profile_do_nothing_where_they_are_shown(
    shared: bytes, tmp_path: Path
):
    odd = b"\\u001b[2J\\u009b31m\\u202egpj\\u2028"
    (tmp_path / "a.adaptsr").write_bytes(
        repacked(shared, pairs=b"pairs" + odd, three=b"three" + odd)
    )
    profile = install_shared(tmp_path / "a.adaptsr", tmp_path / "library")
    said = profile.provenance.model_dump_json() + repr(profile.provenance)
    assert "\\x1b[2J" in said.replace("\\\\", "\\")
    for acting in ("\x1b", "\x9b", "\u202e", "\u2028"):
        assert acting not in said


@pytest.mark.parametrize("name", ["a\x1bb", "a\x9bb", "a\u202eb", "a\u2028b", "a\u0085b", "a\nb"])
def test_a_name_that_acts_is_no_name(library: Path, name: str):
    with pytest.raises(ProfileError) as caught:
        rename_profile("phone", name, library)
    assert not has_acting(str(caught.value))
    assert names(library) == ["phone"]


@pytest.mark.parametrize(
    "kind",
    [
        "nowhere",
        "folder",
        "foreign",
        "cut",
        "something else",
        "bomb",
        "locked",
        "packed",
        "doubled",
    ],
)
def test_whatever_is_no_profile_is_refused_by_name_with_what_happened(
    shared: bytes, tmp_path: Path, kind: str
):
    file = tmp_path / "a.adaptsr"
    match kind:
        case "folder":
            file.mkdir()
        case "foreign":
            file.write_bytes(b"not an archive")
        case "cut":
            file.write_bytes(shared[:-200])
        case "something else" | "bomb":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in PROFILE_FILES if kind == "bomb" else ("notes.txt",):
                    archive.writestr(name, bytes(5_000_000))
        case "locked":
            file.write_bytes(with_password(shared))
        case "packed":
            file.write_bytes(repacked(shared, zipfile.ZIP_BZIP2))
        case "doubled":
            file.write_bytes(shared)
            with (
                zipfile.ZipFile(file, "a") as archive,
                pytest.warns(UserWarning, match="Duplicate name"),
            ):
                archive.writestr("profile.json", "{}")
    with pytest.raises(ProfileError) as caught:
        install_shared(file, tmp_path / "library")
    assert caught.value.path == file
    assert caught.value.what
    if kind not in {"nowhere", "something else", "doubled"}:
        assert caught.value.remedy
    assert not list((tmp_path / "library").glob("*"))


def test_a_disk_that_refuses_to_read_a_profile_is_named(tmp_path: Path):
    path = tmp_path / ("a" * 300)
    with pytest.raises(StorageError) as caught:
        install_shared(path, tmp_path / "library")
    assert caught.value.path == path


def test_a_shared_profile_is_compressed(shared: bytes):
    with zipfile.ZipFile(io.BytesIO(shared)) as archive:
        texts = [info for info in archive.infolist() if info.filename.endswith(".json")]
    assert texts
    assert all(info.compress_size < info.file_size for info in texts)


@pytest.mark.parametrize(
    ("broken", "how"),
    [
        ("merged.safetensors", "not finite"),
        ("merged.safetensors", "no network"),
        ("adapter.safetensors", "not finite"),
    ],
)
def test_networks_of_a_profile_are_tried_when_it_is_imported(
    made: Path, tmp_path: Path, broken: str, how: str
):
    """The hashes fit, so that nothing but trying it tells."""
    bad = tmp_path / "bad"
    shutil.copytree(made, bad)
    tensors = load_file(bad / broken)
    first = next(name for name, tensor in tensors.items() if tensor.is_floating_point())
    if how == "not finite":
        tensors[first] = torch.full_like(tensors[first], float("nan"))
    else:
        tensors = {"nothing": torch.zeros(1)}
    save_file(tensors, bad / broken)
    content = json.loads((bad / "profile.json").read_text("utf-8"))
    content["files"][broken] = sha256_of(bad / broken)
    (bad / "profile.json").write_text(json.dumps(content), "utf-8")
    file = tmp_path / "bad.adaptsr"
    write_shared(load_profile(bad), file)
    with pytest.raises(ProfileError) as caught:
        install_shared(file, tmp_path / "library")
    assert caught.value.path == file
    assert caught.value.what
    assert caught.value.remedy
    assert names(tmp_path / "library") == []
