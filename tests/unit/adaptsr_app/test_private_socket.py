"""The socket of the window lies where no other user can put one."""

import os
import stat
import sys
from pathlib import Path

import pytest

from adaptsr_app.private_socket import socket_path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes have no folder")


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "r"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return folder


@pytest.mark.skipif(sys.platform == "darwin", reason="has no such folder")
def test_it_lies_in_the_users_runtime_folder(runtime: Path):
    path = Path(socket_path("window"))
    assert path.is_relative_to(runtime)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_open_to_others_is_closed(runtime: Path):
    folder = Path(socket_path("window")).parent
    folder.chmod(0o777)
    assert Path(socket_path("window")).parent == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_in_its_place_is_not_followed(runtime: Path, tmp_path: Path):
    folder = Path(socket_path("window")).parent
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    other = socket_path("window")
    assert other is None or Path(other).parent != folder


def test_a_path_too_long_for_a_socket_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 90)))
    path = socket_path("window")
    assert path is None or len(os.fsencode(path)) <= 90
