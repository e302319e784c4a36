"""Looks at what there is to learn from: pairs or photos of a folder, each with its verdict."""

import hashlib
import json
from pathlib import Path

from adaptsr_app.messages import sentence_of
from adaptsr_app.models.folder_contents import FolderContents, Item
from engine.errors import EngineError


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
        return FolderContents(problem=sentence_of(error))
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
        return FolderContents(problem=sentence_of(error))
    items = tuple(Item(photo.name, photo.files) for photo in photos)
    return FolderContents(items, stamp=_stamp_of(items))


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
    from engine.data.pair_sizes import misfit  # noqa: PLC0415 - after the first paint
    from engine.imaging.reading import probe  # noqa: PLC0415 - takes NumPy

    try:
        small, large = probe(lr), probe(hr)
    except EngineError as error:
        return Item(name, (lr, hr), "bad", error.what)
    problem = misfit((small.width_px, small.height_px), (large.width_px, large.height_px), scale)
    return Item(name, (lr, hr), "bad" if problem else "good", problem)
