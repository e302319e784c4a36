"""What killed processes leave is gone after the next start; nothing else is touched."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.files import atomic_write_text, rename_new
from engine.unfinished import remove_unfinished, scratch_folder, unfinished_path

WRITE = """
import sys, tempfile
from pathlib import Path
from engine.files import atomic_path
from engine.unfinished import scratch_folder
tempfile.tempdir = sys.argv[1]
with atomic_path(Path(sys.argv[1]) / "a photo.png") as temp, scratch_folder() as scratch:
    temp.write_bytes(b"half")
    (scratch / "network.pt").write_bytes(b"half")
    print("writing", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "writing\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_process_leaves_nothing_after_the_next_write_there(tmp_path: Path):
    with another_writer(tmp_path) as other:
        other.kill()
        other.wait()
    assert len(list(tmp_path.iterdir())) == 2
    atomic_write_text(tmp_path / "another.txt", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["another.txt"]


def test_what_a_living_process_writes_stays(tmp_path: Path):
    with another_writer(tmp_path) as other:
        before = set(tmp_path.iterdir())
        assert len(before) == 2
        assert remove_unfinished(tmp_path) == 0
        assert set(tmp_path.iterdir()) == before
        other.communicate()
        assert [path.name for path in tmp_path.iterdir()] == ["a photo.png"]


def test_what_others_wrote_stays(tmp_path: Path):
    of_another_user = tmp_path / ".a.png.012345-0123456789-01234567.tmp"
    for path in (of_another_user, tmp_path / ".a.tmp", tmp_path / "a.tmp", tmp_path / ".draft"):
        path.write_bytes(b"mine")
    own = unfinished_path(tmp_path / "b")
    own.write_bytes(b"at work")
    assert remove_unfinished(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("letter", ["n", "ß", "写", "🖼"])
def test_every_name_a_file_system_takes_has_an_unfinished_one(tmp_path: Path, letter: str):
    path = tmp_path / (letter * (250 // len(letter.encode())))
    temp = unfinished_path(path)
    temp.write_bytes(b"x")
    rename_new(temp, path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_name_replaces_nothing(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"another's")
    temp = unfinished_path(tmp_path / "a")
    temp.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        rename_new(temp, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"another's"
    assert temp.read_bytes() == b"mine"


def test_a_scratch_folder_is_this_users_alone_and_vanishes():
    with scratch_folder() as folder:
        assert folder.is_dir()
        if sys.platform != "win32":
            assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
