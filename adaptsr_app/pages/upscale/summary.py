"""What the user is told when a run ends."""

from collections.abc import Sequence
from pathlib import Path

from adaptsr_app.messages import Message, message_for, tr, tr_count
from adaptsr_app.models.upscale_queue import Counts
from adaptsr_app.widgets.message_banner import Tone
from engine.outcomes import Failed

_NAMED_AT_MOST = 3


def finished(
    counts: Counts, remarks: Sequence[str], in_the_way: Sequence[Path] = ()
) -> tuple[Message, Tone]:
    """Describe a run that came to its end.

    Args:
        counts: Where its photos stand.
        remarks: What the job had to say of all photos.
        in_the_way: Files that AdaptSR did not make and that lie where results would go.
    """
    parts = [
        (counts.done, tr_count("1 done", "%n done", counts.done)),
        (counts.failed, tr_count("1 failed", "%n failed", counts.failed)),
        (
            counts.skipped,
            tr_count("1 was there already", "%n were there already", counts.skipped),
        ),
    ]
    title = ", ".join(words for count, words in parts if count)
    text = tr("Each photo that was not done says why.") if counts.failed + counts.skipped else ""
    if in_the_way:
        named = ", ".join(str(path) for path in in_the_way[:_NAMED_AT_MOST])
        rest = len(in_the_way) - _NAMED_AT_MOST
        if rest > 0:
            named += tr_count(" and 1 more", " and %n more", rest)
        text = tr("These files are not AdaptSR's and stand in the way: {files}.").format(
            files=named
        )
        remarks = (*remarks, *map(str, in_the_way))
    tone: Tone = "good" if counts.done and not counts.failed else "warning"
    if not counts.failed and not counts.done:
        tone = "info"
    return Message(title or tr("Nothing was to be done"), text, details="\n".join(remarks)), tone


def stopped(counts: Counts) -> tuple[Message, Tone]:
    """Describe a run that the user stopped."""
    title = tr("Stopped: {done} done, {left} still wait").format(
        done=counts.done, left=counts.waiting
    )
    text = tr("Nothing half finished is left behind. Start again to go on.")
    return Message(title, text), "info"


def failed(outcome: Failed) -> tuple[Message, Tone]:
    """Describe a run that an error ended."""
    return message_for(outcome.error, outcome.report), "danger"
