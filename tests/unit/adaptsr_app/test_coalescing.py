from adaptsr_app.jobs.coalescing import coalesced
from engine.events import Notice, Progress


def test_only_what_the_next_event_of_its_stage_says_again_is_left_out():
    events = [
        Progress("pairs", 1, 9),
        Progress("pairs", 2, 9),
        Progress("score", 1, 8),
        Progress("score", 2, 8),
        Notice("a"),
        Progress("score", 3, 8),
        Progress("pairs", 3, 9),
    ]
    assert coalesced(events) == [events[1], events[3], events[4], events[5], events[6]]


def test_the_last_event_of_a_stage_is_kept_when_another_stage_follows():
    events = [Progress("pairs", 9, 9), Progress("train", 0, 400)]
    assert coalesced(events) == events
