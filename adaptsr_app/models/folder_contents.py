"""What there is to learn from: pairs or photos, each with its verdict, and what is missing."""

import hashlib
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from adaptsr_app.messages import tr, tr_count
from engine.errors import EngineError

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


def read_pairs(folder: Path, scale: int) -> FolderContents:
    """Look for pairs and at their sizes; slow, so not on the window's thread."""
    from engine.data.pairs import find_pairs  # noqa: PLC0415 - after the first paint

    try:
        scan = find_pairs(folder, scale=scale)
        told = _told_by_registration(folder)
        items = tuple(
            told.pop(pair.name)
            if pair.name in told
            else _judged(pair.name, pair.lr, pair.hr, scale)
            for pair in scan.pairs
        )
        items += tuple(item for item in told.values() if item.verdict == "bad")
    except EngineError as error:
        return FolderContents(problem=" ".join(part for part in (error.what, error.remedy) if part))
    skipped = tuple((file.path.name, file.reason) for file in scan.skipped)
    return FolderContents(
        items, skipped, layout=scan.layout, notice=scan.notice, stamp=_stamp_of(items)
    )


def read_photos(folder: Path) -> FolderContents:
    """Look for photos; slow, so not on the window's thread."""
    from engine.data.decoding import find_photos  # noqa: PLC0415 - takes torch

    try:
        photos = find_photos(folder)
    except EngineError as error:
        return FolderContents(problem=" ".join(part for part in (error.what, error.remedy) if part))
    items = tuple(Item(photo.name, photo.files) for photo in photos)
    return FolderContents(items, stamp=_stamp_of(items))


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


def _told_by_registration(folder: Path) -> dict[str, Item]:
    """Return the verdicts of a folder that was made by lining up photos, by part."""
    from engine.registration.log import FILE_NAME, PairRecord  # noqa: PLC0415 - takes OpenCV

    try:
        content = json.loads((folder / FILE_NAME).read_text("utf-8"))
        records = [PairRecord.model_validate(record) for record in content["pairs"]]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    found = {}
    for record in records:
        if record.verdict == "rejected":
            files = (Path(record.lr), Path(record.hr))
            found[record.name] = Item(record.name, files, "bad", record.sentence)
            continue
        for part in record.parts:
            lr, hr = (folder / side / f"{part.name}.png" for side in ("LR", "HR"))
            found[part.name] = Item(part.name, (lr, hr), record.verdict, record.sentence)
    return found


def _stamp_of(items: tuple[Item, ...]) -> str:
    """Return a digest of which files there are, how large, and how old."""
    digest = hashlib.sha256()
    for path in (path for item in items for path in item.files):
        try:
            facts = path.stat()
        except OSError:
            continue
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}".encode(errors="replace"))
    return digest.hexdigest()


def _judged(name: str, lr: Path, hr: Path, scale: int) -> Item:
    """Say from the headers whether the sizes fit, as the training will find."""
    from engine.imaging.reading import probe  # noqa: PLC0415 - takes NumPy

    try:
        small, large = probe(lr), probe(hr)
    except EngineError as error:
        return Item(name, (lr, hr), "bad", error.what)
    lr_size = (small.width_px, small.height_px)
    hr_size = (large.width_px, large.height_px)
    fitting = (large.width_px // scale, large.height_px // scale)
    if lr_size in {hr_size, fitting}:
        return Item(name, (lr, hr))
    words = tr(
        "LR has {lr} pixels and HR {hr}; for ×{scale} HR must be {scale} times as large, or as "
        "large."
    )
    sizes = {"lr": _size(lr_size), "hr": _size(hr_size), "scale": scale}
    return Item(name, (lr, hr), "bad", words.format(**sizes))


def _size(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]}×{size_px[1]}"
