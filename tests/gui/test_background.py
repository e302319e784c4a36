"""Short work runs beside the window, in order, and nothing of it outlives the one who asked."""

import threading

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication

from adaptsr_app.jobs.background import Background


@pytest.fixture
def owner(qapp):
    made = QObject()
    yield made
    made.deleteLater()


def test_results_arrive_in_order_on_the_windows_thread(owner, qtbot):
    background, heard, threads = Background(owner), [], []

    def work(number):
        threads.append(threading.get_ident())
        return number

    for number in range(20):
        background.submit(
            lambda number=number: work(number),
            lambda got: heard.append((got, QThread.currentThread())),
        )
    qtbot.waitUntil(lambda: len(heard) == 20)
    assert [got for got, _ in heard] == list(range(20))
    assert {thread for _, thread in heard} == {QApplication.instance().thread()}
    assert threading.get_ident() not in threads
    qtbot.waitUntil(lambda: background.is_idle)


def test_no_more_threads_work_than_were_allowed(owner, qtbot):
    background, done, most = Background(owner, threads=2), [], []
    gate = threading.Semaphore(0)
    inside = []

    def work():
        inside.append(1)
        most.append(len(inside))
        gate.acquire()
        inside.pop()

    for _ in range(6):
        background.submit(work, done.append)
    qtbot.waitUntil(lambda: len(inside) == 2)
    gate.release(6)
    qtbot.waitUntil(lambda: len(done) == 6)
    assert max(most) == 2


def test_what_has_not_begun_is_dropped_on_close(owner, qtbot):
    background, heard = Background(owner), []
    begun, gate = threading.Event(), threading.Event()

    def first():
        begun.set()
        gate.wait()
        return "first"

    background.submit(first, heard.append)
    background.submit(lambda: "second", heard.append)
    begun.wait()
    background.close()
    gate.set()
    qtbot.waitUntil(lambda: background.is_idle)
    QApplication.processEvents()
    assert heard == ["first"]


def test_nothing_reaches_an_owner_that_is_gone(qtbot):
    owner, heard = QObject(), []
    background = Background(owner)
    begun, gate = threading.Event(), threading.Event()

    def work():
        begun.set()
        gate.wait()

    background.submit(work, heard.append)
    begun.wait()
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    gate.set()
    qtbot.wait(100)
    assert heard == []


def test_work_that_raises_leaves_nobody_waiting(owner, qtbot, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)  # it is reported as a bug
    background, heard, bugs = Background(owner), [], []

    def broken():
        raise ValueError("a bug")

    background.submit(broken, heard.append, lambda: bugs.append(QThread.currentThread()))
    qtbot.waitUntil(lambda: bool(bugs))
    assert bugs == [QApplication.instance().thread()]
    background.submit(lambda: 1, heard.append)
    qtbot.waitUntil(lambda: heard == [1])
