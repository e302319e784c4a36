"""The queue holds each photo once, in the user's order, and shows what the events say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex

from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_queue import UpscaleQueue
from engine.events import (
    FileSkipped,
    Notice,
    PhotoFailed,
    PhotoFinished,
    PhotoNotice,
    PhotoStarted,
    Progress,
)


def queue_of(*names):
    queue = UpscaleQueue()
    queue.add(UpscaleItem(Path(f"/photos/{name}.jpg")) for name in names)
    return queue


def names(queue):
    return "".join(item.path.stem for item in queue.items)


def states(queue):
    return [item.state for item in queue.items]


def test_a_photo_is_taken_once():
    queue = queue_of("a", "b", "a")
    again = queue.add([UpscaleItem(Path("/photos/x/../b.jpg")), UpscaleItem(Path("/photos/c.jpg"))])
    assert names(queue) == "abc"
    assert [item.path.stem for item in again] == ["c"]


@given(st.integers(0, 4), st.integers(1, 3), st.integers(0, 5))
def test_dragging_moves_rows_and_loses_none(first, count, place):
    queue = queue_of(*"abcde")
    count = min(count, 5 - first)
    before = list("abcde")
    moved = queue.moveRows(QModelIndex(), first, count, QModelIndex(), place)
    assert moved == (not first <= place <= first + count)
    if moved:
        block = before[first : first + count]
        rest = before[:first] + before[first + count :]
        at = place - count if place > first else place
        assert names(queue) == "".join(rest[:at] + block + rest[at:])
    else:
        assert names(queue) == "abcde"


@pytest.mark.parametrize(
    ("rows", "step", "after"),
    [
        ([0, 1], -1, "abcd"),
        ([1, 2], -1, "bcad"),
        ([1, 2], 1, "adbc"),
        ([2, 3], 1, "abcd"),
        ([0, 2], 1, "badc"),
    ],
)
def test_rows_shift_as_a_block_that_stops_at_the_ends(rows, step, after):
    queue = queue_of(*"abcd")
    queue.shift(rows, step)
    assert names(queue) == after


def test_events_become_states():
    queue = queue_of(*"abcd")
    a, b, c, d = (item.path for item in queue.items)
    queue.begin_run(queue.items)
    queue.fold(FileSkipped(d, "it is finished"))
    queue.fold(PhotoStarted(a, 0, 3))
    queue.fold(Progress("upscale", 1, 10, "a.jpg", None, 0.5))
    assert queue.items[0].share == 0.5
    queue.fold(PhotoNotice(a, "The colour profile is damaged."))
    queue.fold(PhotoFinished(a, Path("/out/a.jpg"), 2.0))
    queue.fold(PhotoStarted(b, 1, 3))
    queue.fold(PhotoFailed(b, f"{b}: It is damaged."))
    queue.fold(PhotoStarted(c, 2, 3))
    queue.fold(Notice("3 photos: profile “phone”."))
    assert states(queue) == ["done", "failed", "working", "skipped"]
    assert queue.items[0].notices == ["The colour profile is damaged."]
    assert queue.items[0].output == Path("/out/a.jpg")
    assert queue.items[1].reason == "It is damaged."
    assert queue.remarks == ["3 photos: profile “phone”."]
    queue.end_run()
    assert states(queue) == ["done", "failed", "waiting", "skipped"]
    assert not any(item.in_run for item in queue.items)


def test_what_is_worked_on_stays_in_its_place():
    queue = queue_of(*"abc")
    queue.begin_run(queue.items[:2])
    queue.remove([0, 1, 2])
    queue.shift([0], 1)
    assert names(queue) == "ab"
    queue.end_run()
    queue.remove([0])
    assert names(queue) == "b"


def test_progress_of_another_photo_of_the_next_batch_changes_nothing():
    queue = queue_of(*"ab")
    queue.fold(PhotoStarted(queue.items[0].path, 0, 2))
    queue.fold(Progress("upscale", 5, 10, "b.jpg", None, 0.9))
    assert [item.share for item in queue.items] == [0.0, 0.0]


def test_every_change_reaches_the_view(qtbot, qtmodeltester):
    queue = queue_of(*"abc")
    qtmodeltester.check(queue)
    with qtbot.waitSignals([queue.dataChanged, queue.changed]):
        queue.fold(PhotoStarted(queue.items[1].path, 0, 1))
    assert queue.data(queue.index(1)) == "b.jpg"
