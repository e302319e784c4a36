"""Pictures in ever smaller sizes: the same from memory and from the disk, and nothing left there."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtGui import QPixmap

from adaptsr_app.widgets.compare_view import pyramid as pyramids
from adaptsr_app.widgets.compare_view.pyramid import TILE_PX, build_pyramid
from adaptsr_app.widgets.compare_view.tile_cache import TileCache, TileKey
from adaptsr_app.widgets.compare_view.workers import Workers
from engine.cancellation import Cancelled, CancelToken


def noise(width, height):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def whole(pyramid, index):
    level = pyramid.levels[index]
    rows = [
        np.concatenate(
            [pyramid.read(index, row, column) for column in range(level.columns)], axis=1
        )
        for row in range(level.rows)
    ]
    return np.concatenate(rows)


@pytest.fixture(params=["memory", "disk"])
def place(request, monkeypatch):
    if request.param == "disk":
        monkeypatch.setattr(pyramids, "IN_MEMORY_PX", 0)
    return request.param


@pytest.mark.parametrize("size", [(1, 1), (TILE_PX, TILE_PX), (TILE_PX + 1, 3), (1301, 777)])
def test_the_first_level_is_the_picture_and_each_next_one_its_half(place, size, tmp_path):
    pixels = noise(*size)
    pyramid = build_pyramid(pixels, tmp_path)
    assert np.array_equal(whole(pyramid, 0), pixels)
    for index in range(1, len(pyramid.levels)):
        large, small = whole(pyramid, index - 1), whole(pyramid, index)
        assert small.shape[:2] == tuple(-(-side // 2) for side in large.shape[:2])
        # Over the same area, so the mean colour stays; odd sides weigh their last pixel alike.
        assert np.abs(small.mean((0, 1)) - large.mean((0, 1))).max() < 1
    assert (pyramid.levels[-1].rows, pyramid.levels[-1].columns) == (1, 1)


def test_halving_is_the_mean_of_four_pixels(place, tmp_path):
    pixels = noise(TILE_PX * 2, 64)
    small = whole(build_pyramid(pixels, tmp_path), 1)
    exact = pixels.reshape(32, 2, TILE_PX, 2, 3).mean((1, 3))
    assert np.abs(small - exact).max() <= 0.5


def test_a_large_picture_leaves_no_name_on_the_disk_and_no_open_file(monkeypatch, tmp_path):
    monkeypatch.setattr(pyramids, "IN_MEMORY_PX", 0)
    pyramid = build_pyramid(noise(900, 700), tmp_path)
    assert list(tmp_path.iterdir()) == []
    file = pyramid._tiles._file
    assert not file.closed
    del pyramid
    assert file.closed


def test_cancelling_stops_between_rows_of_tiles(monkeypatch, tmp_path):
    monkeypatch.setattr(pyramids, "IN_MEMORY_PX", 0)
    token, shares = CancelToken(), []

    def on_progress(share):
        shares.append(share)
        token.cancel()

    with pytest.raises(Cancelled):
        build_pyramid(noise(600, 2000), tmp_path, token=token, on_progress=on_progress)
    assert len(shares) == 1


def test_several_threads_read_their_own_tiles(monkeypatch, tmp_path):
    monkeypatch.setattr(pyramids, "IN_MEMORY_PX", 0)
    pixels = noise(2000, 1100)
    pyramid = build_pyramid(pixels, tmp_path)
    wrong = []

    def read(column):
        for row in (0, 1, 2) * 10:
            top, left = row * TILE_PX, column * TILE_PX
            part = pixels[top : top + TILE_PX, left : left + TILE_PX]
            if not np.array_equal(pyramid.read(0, row, column), part):
                wrong.append((row, column))

    threads = [threading.Thread(target=read, args=(column,)) for column in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_cache_drops_what_was_not_seen_for_longest_but_nothing_of_this_frame(qapp):
    side = 64
    cache = TileCache(budget_bytes=3 * side * side * 4)
    keys = [TileKey(1, 0, 0, column) for column in range(6)]
    cache.begin_frame()
    for key in keys[:3]:
        cache.put(key, QPixmap(side, side))
    cache.begin_frame()
    assert cache.get(keys[0]) is not None
    cache.put(keys[3], QPixmap(side, side))
    assert cache.get(keys[1]) is None
    assert [cache.get(key) is not None for key in (keys[0], keys[2], keys[3])] == [True] * 3
    for key in keys[4:]:
        cache.put(key, QPixmap(side, side))
    assert all(cache.get(key) is not None for key in (keys[0], keys[2], *keys[3:]))
    cache.forget(1)
    assert cache.size_bytes == 0


def test_workers_live_only_while_there_is_work():
    workers, done = Workers("test", 2), []
    for index in range(5):
        workers.add(lambda index=index: done.append(index))
    deadline = time.monotonic() + 10
    while (len(done) < 5 or workers._threads) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert sorted(done) == list(range(5))
    assert workers._threads == set()


def test_workers_leave_what_is_no_longer_wanted_and_wait_for_what_is_begun():
    workers, done = Workers("test", 1), []
    begun, may_end = threading.Event(), threading.Event()

    def slow():
        begun.set()
        may_end.wait(10)
        done.append("slow")

    workers.add(slow)
    workers.add(lambda: done.append("unwanted"))
    begun.wait(10)
    workers.replace([lambda: done.append("wanted")])
    may_end.set()
    deadline = time.monotonic() + 10
    while len(done) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert done == ["slow", "wanted"]
    workers.close()
    workers.add(lambda: done.append("late"))
    assert done == ["slow", "wanted"]
