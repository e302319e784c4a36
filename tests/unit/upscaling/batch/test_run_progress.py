import pytest

from engine.events import Progress
from engine.upscaling.batch.run_progress import RunProgress
from engine.upscaling.batch.running import may_read_ahead


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def told() -> list[Progress]:
    return []


def test_what_is_left_takes_as_long_as_what_was_done_took(told):
    clock = Clock()
    run = RunProgress(4_000_000, told.append, clock)
    run.begin("a.jpg", 1_000_000)
    assert told[-1].eta_s is None
    clock.now_s += 5
    run.tell(0.5)
    assert (told[-1].done, told[-1].total, told[-1].item_share) == (500, 4000, 0.5)
    assert told[-1].eta_s == pytest.approx(5 * 3.5 / 0.5)
    clock.now_s += 5
    run.end(is_worked=True)
    run.begin("b.jpg", 3_000_000)
    assert told[-1].eta_s == pytest.approx(30)


def test_a_photo_that_failed_says_nothing_of_the_pace(told):
    clock = Clock()
    run = RunProgress(4_000_000, told.append, clock)
    run.begin("broken.jpg", 2_000_000)
    run.end(is_worked=False)
    clock.now_s += 10
    run.begin("b.jpg", 1_000_000)
    run.end(is_worked=True)
    run.begin("c.jpg", 1_000_000)
    assert told[-1].done == 3000
    assert told[-1].eta_s == pytest.approx(10)


def test_progress_is_told_at_most_ten_times_a_second(told):
    clock = Clock()
    run = RunProgress(1_000_000, told.append, clock)
    run.begin("a.jpg", 1_000_000)
    for index in range(100):
        clock.now_s += 0.01
        run.tell(index / 100)
    assert 9 <= len(told) - 1 <= 10


def test_a_run_ends_at_all_of_it(told):
    run = RunProgress(0, told.append, Clock())
    run.finish()
    assert (told[-1].done, told[-1].eta_s, told[-1].item_share) == (0, 0.0, 1.0)


def test_two_large_photos_are_not_in_memory_together():
    assert may_read_ahead(24_000_000, 24_000_000)
    assert may_read_ahead(1, 63_999_999)
    assert not may_read_ahead(40_000_000, 40_000_000)
