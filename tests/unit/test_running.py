import threading
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bug_reports import log_dir
from engine.cancellation import Cancelled, CancelToken
from engine.errors import MemoryExhaustedError, PairsError
from engine.events import Emit, Event, JobCancelled, JobFailed, JobFinished, Notice, ignore_events
from engine.outcomes import Done, Failed, Stopped
from engine.running import run_job


@given(count=st.integers(0, 5), ending=st.sampled_from(["return", "cancel", "error", "bug"]))
def test_every_job_ends_with_exactly_one_terminal_event(count: int, ending: str) -> None:
    def job(emit: Emit, token: CancelToken) -> int:
        for index in range(count):
            emit(Notice(str(index)))
        match ending:
            case "cancel":
                token.cancel()
                token.check()
            case "error":
                raise PairsError("There are no pairs.")
            case "bug":
                raise KeyError("x")
        return 7

    events: list[Event] = []
    outcome = run_job("test", job, events.append, CancelToken())
    assert events[:-1] == [Notice(str(index)) for index in range(count)]
    match ending:
        case "return":
            assert outcome == Done(7)
            assert isinstance(events[-1], JobFinished)
        case "cancel":
            assert outcome == Stopped()
            assert events[-1] == JobCancelled("test")
        case _:
            assert isinstance(outcome, Failed)
            assert isinstance(events[-1], JobFailed)
            assert events[-1].is_bug == (ending == "bug")


def test_events_after_the_terminal_one_are_dropped() -> None:
    may_go_on = threading.Event()
    threads = []

    def job(emit: Emit, _token: CancelToken) -> None:
        def late() -> None:
            may_go_on.wait()
            emit(Notice("late"))

        threads.append(threading.Thread(target=late))
        threads[0].start()

    events: list[Event] = []
    run_job("test", job, events.append, CancelToken())
    may_go_on.set()
    threads[0].join()
    assert [type(event) for event in events] == [JobFinished]


def test_an_error_of_the_users_keeps_its_words_and_is_no_bug() -> None:
    def job(_emit: Emit, _token: CancelToken) -> NoReturn:
        raise PairsError("Too few.", path="pairs", remedy="Add some.")

    events: list[Event] = []
    outcome = run_job("adapt", job, events.append, CancelToken())
    assert events == [JobFailed("adapt", "pairs: Too few. Add some.", is_bug=False)]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, PairsError)
    assert outcome.report is None


def test_a_bug_is_written_down_with_its_traceback() -> None:
    def job(_emit: Emit, _token: CancelToken) -> float:
        return 1 / 0

    events: list[Event] = []
    outcome = run_job("adapt", job, events.append, CancelToken())
    assert isinstance(outcome, Failed)
    assert outcome.report is not None
    (failed,) = events
    assert isinstance(failed, JobFailed)
    assert failed.is_bug
    assert str(outcome.report) in failed.message
    text = outcome.report.read_text("utf-8")
    assert "return 1 / 0" in text
    assert "ZeroDivisionError" in text
    assert "adaptsr " in text


def test_few_bug_reports_are_kept() -> None:
    def job(_emit: Emit, _token: CancelToken) -> float:
        return 1 / 0

    reports = [run_job("adapt", job, ignore_events, CancelToken()).report for _ in range(25)]
    assert set(log_dir().glob("bug-*")) == set(reports[-20:])


def test_a_bug_is_reported_even_where_no_log_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr("engine.bug_reports.log_dir", lambda: tmp_path / "file" / "logs")

    def job(_emit: Emit, _token: CancelToken) -> float:
        return 1 / 0

    outcome = run_job("adapt", job, ignore_events, CancelToken())
    assert isinstance(outcome, Failed)
    assert outcome.report is None


def test_running_out_of_memory_is_not_called_a_bug() -> None:
    def job(_emit: Emit, _token: CancelToken) -> NoReturn:
        raise MemoryError

    outcome = run_job("adapt", job, ignore_events, CancelToken())
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, MemoryExhaustedError)


def test_an_interrupt_is_announced_and_goes_on() -> None:
    def job(_emit: Emit, _token: CancelToken) -> NoReturn:
        raise KeyboardInterrupt

    events: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        run_job("adapt", job, events.append, CancelToken())
    assert events == [JobCancelled("adapt")]


def test_cancelled_is_never_reported_as_failed() -> None:
    def job(_emit: Emit, _token: CancelToken) -> NoReturn:
        raise Cancelled

    assert run_job("adapt", job, ignore_events, CancelToken()) == Stopped()
