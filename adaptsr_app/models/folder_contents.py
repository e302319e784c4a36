"""What there is to learn from: pairs or photos, each with its verdict, and what is missing."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adaptsr_app.messages import tr, tr_count

Verdict = Literal["good", "parts", "bad"]

ENOUGH_PAIRS = 20
FEWEST_PAIRS = 3
FEWEST_PHONE_PHOTOS = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One pair, or one photo.

    Attributes:
        name: What it is called.
        files: LR and HR, or the photo alone.
        verdict: Whether it can be learnt from; "parts": pieces of it.
        sentence: Why, or "".
    """

    name: str
    files: tuple[Path, ...]
    verdict: Verdict = "good"
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class FolderContents:
    """What a folder holds.

    Attributes:
        items: In natural order.
        skipped: Files that were left out, and why.
        problem: Why nothing can be used, and what to do; "" where something can.
        layout: What a folder of pairs was recognised as; "" for photos.
        notice: What that layout has to say; "" for nothing.
        stamp: Changes with the files.
    """

    items: tuple[Item, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    layout: str = ""
    notice: str = ""
    stamp: str = ""

    @property
    def usable(self) -> int:
        """How many can be learnt from."""
        return sum(item.verdict != "bad" for item in self.items)


def recognised_text(contents: FolderContents) -> tuple[str, ...]:
    """Return what a folder was recognised as, and what is worth knowing about that."""
    if not contents.layout:
        return ()
    words = tr("Recognised as: {layout}.").format(layout=contents.layout)
    return (words, contents.notice) if contents.notice else (words,)


def pairs_text(contents: FolderContents) -> str:
    """Return how many pairs there are, and what is missing."""
    count = contents.usable
    if count < FEWEST_PAIRS:
        return tr_count(
            "1 good pair; at least {fewest} are needed.",
            "%n good pairs; at least {fewest} are needed.",
            count,
        ).format(fewest=FEWEST_PAIRS)
    if count < ENOUGH_PAIRS:
        return tr_count(
            "1 good pair; {enough} or more usually help.",
            "%n good pairs; {enough} or more usually help.",
            count,
        ).format(enough=ENOUGH_PAIRS)
    return tr("{count} good pairs. That is plenty.").format(count=count)


def photos_text(contents: FolderContents, fewest: int) -> str:
    """Return how many photos there are, and what is missing."""
    count = contents.usable
    if count < fewest:
        return tr("{count} photos; at least {fewest} are needed.").format(
            count=count, fewest=fewest
        )
    if count < ENOUGH_PAIRS:
        return tr("{count} photos; {enough} or more usually help.").format(
            count=count, enough=ENOUGH_PAIRS
        )
    return tr("{count} photos. That is plenty.").format(count=count)


def skipped_text(contents: FolderContents, most: int = 6) -> str:
    """Return what was left out and why, "" for nothing."""
    bad = [(item.name, item.sentence) for item in contents.items if item.verdict == "bad"]
    left_out = [*contents.skipped, *bad]
    lines = [f"{name}: {reason}" for name, reason in itertools.islice(left_out, most)]
    if len(left_out) > most:
        lines.append(tr("and {count} more").format(count=len(left_out) - most))
    return "\n".join(lines)
