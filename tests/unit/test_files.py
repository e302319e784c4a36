import errno
import hashlib
import os
import sys
from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.files import (
    atomic_path,
    atomic_write_bytes,
    atomic_write_text,
    read_small,
    sha256_of,
)


def test_a_written_file_holds_the_bytes_and_nothing_lies_beside_it(tmp_path: Path):
    target = tmp_path / "new folder" / "a.bin"
    atomic_write_bytes(target, b"\x00\r\n\xff")
    assert target.read_bytes() == b"\x00\r\n\xff"
    assert list(target.parent.iterdir()) == [target]


def test_text_is_utf8_with_unchanged_line_ends(tmp_path: Path):
    target = tmp_path / "a.txt"
    atomic_write_text(target, "Größe\n×2\n")
    assert target.read_bytes() == "Größe\n×2\n".encode()


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path: Path):
    target = tmp_path / ("n" * 250)
    atomic_write_bytes(target, b"x")
    assert target.read_bytes() == b"x"


def test_an_interrupted_write_leaves_the_old_file_and_no_debris(tmp_path: Path):
    target = tmp_path / "a.txt"
    atomic_write_text(target, "old")

    def interrupted():
        with atomic_path(target) as temp:
            temp.write_text("half of the new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_a_storage_error_that_names_the_file(tmp_path: Path):
    target = tmp_path / "a.txt"

    def full():
        with atomic_path(target) as temp:
            temp.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError) as caught:
        full()
    assert caught.value.path == target
    assert not list(tmp_path.iterdir())


def test_the_hash_is_the_one_of_the_bytes(tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"abc" * 1_000_000)
    assert sha256_of(target) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()


def test_a_small_file_is_read_whole_and_a_large_one_refused(tmp_path):
    path = tmp_path / "card.json"
    path.write_bytes(b"x" * 3_000_000)
    assert read_small(path) == b"x" * 3_000_000
    assert read_small(path, most_bytes=1 << 60) == b"x" * 3_000_000  # no room is made for that
    with pytest.raises(StorageError, match=r"larger than 1\.0 MB"):
        read_small(path, most_bytes=1 << 20)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other pipes")
def test_a_pipe_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for read in (read_small, sha256_of):
        with pytest.raises(StorageError, match="pipe"):
            read(tmp_path / "pipe")


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs Linux")
def test_a_file_of_the_systems_own_counts_as_the_empty_file_it_says_it_is():
    """Some of them, such as /proc/kmsg, make a reader wait for ever."""
    assert read_small(Path("/proc/version")) == b""
    assert sha256_of(Path("/proc/version")) == hashlib.sha256().hexdigest()
