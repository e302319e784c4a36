"""One place, one maker: whatever the other one is, and however it ended."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import BusyError
from engine.locks import held, is_held, locks_folder, remove_dead_locks

HOLD = """
import sys, time
from pathlib import Path
from engine.locks import held
with held(Path(sys.argv[1]), "adapting a network"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_program(place: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def refused(place: Path) -> BusyError:
    with pytest.raises(BusyError) as caught, held(place, "exporting a network"):
        pass
    return caught.value


def test_who_comes_second_is_told_who_is_at_work(tmp_path: Path):
    with another_program(tmp_path / "q") as other:
        error = refused(tmp_path / "q")
        assert is_held(tmp_path / "q")
        with held(tmp_path / "another", "exporting a network"):
            pass
    assert "adapting a network" in error.what
    assert f"process {other.pid} on " in error.what
    assert error.path == tmp_path / "q"
    assert "Wait" in error.remedy


def test_one_folder_by_two_ways_is_one_place(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").mkdir()
    with another_program(tmp_path / "real" / "q"):
        refused(tmp_path / "link" / ".." / "real" / "q")
        refused(tmp_path / "link" / "q")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's kill")
def test_a_killed_program_holds_nothing(tmp_path: Path):
    with another_program(tmp_path / "q") as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert not is_held(tmp_path / "q")
        with held(tmp_path / "q", "adapting a network"):
            pass
    remove_dead_locks()
    assert not [path for path in locks_folder().iterdir() if not is_of_this_process(path)]
    assert list(tmp_path.iterdir()) == []


def is_of_this_process(path: Path) -> bool:
    """The lock that tells others that this process lives stays until its end."""
    return "-" in path.stem


def test_the_same_thread_may_ask_again_and_another_one_not(tmp_path: Path):
    errors = []

    def ask():
        try:
            with held(tmp_path, "exporting a network"):
                pass
        except BusyError as error:
            errors.append(error)

    with held(tmp_path, "adapting a network"), held(tmp_path, "saving a profile"):
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    assert len(errors) == 1
    ask()
    assert len(errors) == 1


def test_patience_waits_for_the_other_one(tmp_path: Path):
    with another_program(tmp_path) as other:
        threading.Timer(0.2, other.kill).start()
        with held(tmp_path, "changing the library", patience_s=30):
            pass


def test_where_no_lock_can_be_had_the_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "state").write_bytes(b"a file, where a folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(tmp_path / "state"))
    with held(tmp_path / "q", "adapting a network"):
        pass
    assert not is_held(tmp_path / "q")
