import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.data.cache import StoreWriter, open_store, prune
from engine.data.pairs import SkippedFile
from engine.errors import StorageError


def build(cache: Path, key: str, value: int = 0, used_at_s: float | None = None) -> None:
    with StoreWriter(cache, 2) as writer:
        add_one(writer, value)
        writer.commit(key, ())
    if used_at_s is not None:
        for path in (*(cache / key).iterdir(), cache / key):
            os.utime(path, (used_at_s, used_at_s))


def add_one(writer: StoreWriter, value: int = 0) -> None:
    lr, hr = np.full((10, 10, 3), value, np.uint8), np.full((20, 20, 3), value + 1, np.uint8)
    writer.add("a", "a", "source", lr, hr)


def kept(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def test_what_was_skipped_and_where_pairs_lie_survives_on_disk(tmp_path: Path):
    with StoreWriter(tmp_path, 2) as writer:
        add_one(writer, 1)
        add_one(writer, 3)
        skipped = (SkippedFile(Path("folder/ü\udcff.png"), "It is blank."),)
        written = writer.commit("key", skipped)
    read = open_store(tmp_path, "key")
    assert read is not None
    assert (read.scale, read.pairs, read.skipped) == (2, written.pairs, skipped)
    assert read.pixels.tolist() == [1] * 300 + [2] * 1200 + [3] * 300 + [4] * 1200


def test_a_cache_is_not_there_before_it_is_whole(tmp_path: Path):
    with StoreWriter(tmp_path, 2) as writer:
        add_one(writer)
        assert open_store(tmp_path, "key") is None
    assert kept(tmp_path) == set()


def test_two_processes_may_build_the_same_cache(tmp_path: Path):
    with StoreWriter(tmp_path, 2) as first, StoreWriter(tmp_path, 2) as second:
        add_one(first, 5)
        add_one(second, 5)
        stores = [first.commit("key", ()), second.commit("key", ())]
    assert all(store.pixels[0] == 5 for store in stores)
    assert kept(tmp_path) == {"key"}


def test_a_damaged_cache_in_the_way_is_replaced(tmp_path: Path):
    build(tmp_path, "key", 1)
    (tmp_path / "key" / "index.json").write_text("{}")
    build(tmp_path, "key", 7)
    store = open_store(tmp_path, "key")
    assert store is not None
    assert store.pixels[0] == 7


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_failing_disk_is_a_storage_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
):
    def fail(_descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError) as caught:
        build(tmp_path, "key")
    assert caught.value.path == tmp_path
    assert kept(tmp_path) == set()


def test_pruning_deletes_what_was_not_used_for_longest(tmp_path: Path):
    now = time.time()
    build(tmp_path, "old", used_at_s=now - 300)
    build(tmp_path, "older", used_at_s=now - 400)
    build(tmp_path, "new", used_at_s=now - 100)
    build(tmp_path, "now")
    size_bytes = sum(path.stat().st_size for path in (tmp_path / "now").iterdir())
    prune(tmp_path, keep="now", limit_bytes=10**9)
    assert kept(tmp_path) == {"old", "older", "new", "now"}
    assert open_store(tmp_path, "older") is not None  # counts as a use
    prune(tmp_path, keep="now", limit_bytes=3 * size_bytes)
    assert kept(tmp_path) == {"older", "new", "now"}
    prune(tmp_path, keep="now", limit_bytes=0)
    assert kept(tmp_path) == {"now"}


def test_a_pruned_cache_stays_readable_for_those_who_hold_it(tmp_path: Path):
    build(tmp_path, "held", 5)
    store = open_store(tmp_path, "held")
    assert store is not None
    build(tmp_path, "now")
    prune(tmp_path, keep="now", limit_bytes=0)
    assert store.pixels[0] == 5


def test_what_a_killed_process_half_built_goes_and_what_is_being_built_stays(tmp_path: Path):
    killed = f"""
import os
from pathlib import Path
from engine.data.cache import StoreWriter
StoreWriter(Path({str(tmp_path)!r}), 2).__enter__()
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == 9
    (left,) = tmp_path.iterdir()
    with StoreWriter(tmp_path, 2):
        assert not left.exists()
        prune(tmp_path, keep="now")
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def test_pruning_leaves_what_is_no_cache(tmp_path: Path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").write_bytes(b"x" * 1000)
    prune(tmp_path, keep="", limit_bytes=0)
    assert kept(tmp_path) == {"holiday"}
