"""Jobs run beside the window: in order, on another thread, stoppable, and never lost."""

import threading

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication

from engine.errors import PhotoError
from engine.events import JobCancelled, JobFinished, Notice, Progress
from engine.outcomes import Done, Failed, Stopped


def outcome_of(qtbot, job):
    with qtbot.waitSignal(job.ended, timeout=10_000) as ended:
        pass
    return ended.args[0]


def test_a_job_runs_on_another_thread_and_is_heard_on_the_windows(context, qtbot):
    job_threads, heard_on = [], []

    def work(emit, token):
        job_threads.append(threading.get_ident())
        emit(Notice("hello"))
        return 42

    job = context.jobs.start("test", "A test", work)
    job.happened.connect(lambda _event: heard_on.append(QThread.currentThread()))
    assert outcome_of(qtbot, job) == Done(42)
    assert job_threads != [threading.get_ident()]
    assert set(heard_on) == {QApplication.instance().thread()}


def test_events_arrive_in_order_and_the_terminal_one_last(context, qtbot):
    heard = []

    def work(emit, token):
        for index in range(1000):
            emit(Progress("upscale", index, 1000))
            if index % 100 == 0:
                emit(Notice(str(index)))

    job = context.jobs.start("test", "A test", work)
    job.happened.connect(heard.append)
    outcome_of(qtbot, job)
    assert isinstance(heard[-1], JobFinished)
    notices = [event.text for event in heard if isinstance(event, Notice)]
    assert notices == [str(index) for index in range(0, 1000, 100)]
    done = [event.done for event in heard if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == 999
    assert len(done) < 1000


def test_a_cancelled_job_ends_as_stopped(context, qtbot):
    started = threading.Event()

    def work(emit, token):
        started.set()
        while True:
            token.check()

    heard = []
    job = context.jobs.start("test", "A test", work)
    job.happened.connect(heard.append)
    qtbot.waitUntil(started.is_set)
    assert context.jobs.jobs == (job,)
    job.cancel()
    assert job.state == "stopping"
    assert outcome_of(qtbot, job) == Stopped()
    assert isinstance(heard[-1], JobCancelled)
    assert context.jobs.jobs == ()


def test_a_paused_job_waits_and_goes_on(context, qtbot):
    steps = []

    def work(emit, token):
        for index in range(200):
            token.check()
            steps.append(index)
            QThread.msleep(1)

    job = context.jobs.start("test", "A test", work)
    qtbot.waitUntil(lambda: len(steps) > 3)
    job.pause()
    qtbot.wait(50)
    seen = len(steps)
    qtbot.wait(100)
    assert len(steps) == seen < 200
    assert job.state == "paused"
    job.resume()
    outcome_of(qtbot, job)
    assert len(steps) == 200


@pytest.mark.parametrize("error", [PhotoError("broken", path="a.jpg"), ZeroDivisionError()])
def test_an_error_reaches_the_window_and_a_bug_with_its_report(context, qtbot, error):
    def work(emit, token):
        raise error

    outcome = outcome_of(qtbot, context.jobs.start("test", "A test", work))
    assert isinstance(outcome, Failed)
    assert outcome.error is error
    assert (outcome.report is None) == isinstance(error, PhotoError)


def test_leaving_stops_every_job_and_waits_for_it(context):
    stopped = []

    def work(emit, token):
        try:
            while True:
                token.check()
        finally:
            stopped.append(1)

    for index in range(3):
        context.jobs.start(f"test{index}", "A test", work)
    context.jobs.stop_all()
    assert len(stopped) == 3
