"""Leaves out events that the next one makes obsolete before anyone could see them."""

from collections.abc import Sequence

from engine.events import Event, Progress


def coalesced(events: Sequence[Event]) -> list[Event]:
    """Return the events without a `Progress` that a later one of its stage follows directly.

    Everything else is kept, in order: steps make the curve, and a terminal event is never lost.
    """
    kept: list[Event] = []
    for event in events:
        previous = kept[-1] if kept else None
        if (
            isinstance(event, Progress)
            and isinstance(previous, Progress)
            and previous.stage == event.stage
        ):
            kept[-1] = event
        else:
            kept.append(event)
    return kept
