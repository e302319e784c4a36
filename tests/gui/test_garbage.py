import gc
import threading

import pytest
from PySide6.QtCore import QObject, Qt

from adaptsr_app.jobs.garbage import WindowGarbage


@pytest.fixture(autouse=True)
def automatic_search():
    """Leave the search for garbage as it was."""
    yield
    gc.enable()


class Loop(QObject):
    """A Qt object in a circle, as a row with a slot of its own is."""

    freed_on: list[int]

    def __init__(self, freed_on):
        super().__init__()
        self.itself = self
        self.destroyed.connect(
            lambda: freed_on.append(threading.get_ident()), Qt.ConnectionType.DirectConnection
        )


def make_garbage(count=2000):
    for _ in range(count):
        circle = []
        circle.append(circle)


def test_qt_objects_are_freed_on_the_windows_thread_whatever_others_do(qtbot):
    gc.collect()
    garbage, freed_on = WindowGarbage(), []
    Loop(freed_on)
    worker = threading.Thread(target=make_garbage, args=(50_000,))
    worker.start()
    worker.join()
    assert not freed_on  # the other thread made more than enough for a search
    garbage.start()
    qtbot.waitUntil(lambda: bool(freed_on), timeout=20_000)
    assert freed_on == [threading.get_ident()]


def test_nothing_is_searched_where_there_is_nothing_new(qtbot, monkeypatch):
    garbage = WindowGarbage()
    gc.collect()
    searched = []
    monkeypatch.setattr(gc, "collect", searched.append)
    garbage.search()
    assert searched == []
    make_garbage()
    garbage.search()
    assert searched == [0]
