"""Job: say what a folder of pairs or photos is worth before any training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from engine.cancellation import CancelToken
from engine.data.belonging import belonging_of
from engine.data.decoding import MIN_LR_SIDE_PX, Pixels, find_photos
from engine.data.layouts.layout import UnknownLayoutError
from engine.data.pair_names import Side
from engine.data.pair_sizes import misfit
from engine.data.pairs import PairScan, find_pairs
from engine.dataset_report.dataset import CheckedPhoto, DatasetReport, mark_repeated
from engine.dataset_report.measures import BLURRED_BELOW, measure_photo
from engine.errors import PairsError, PhotoError
from engine.events import Emit, FileSkipped, Progress, Stage
from engine.imaging.metadata import CameraFacts
from engine.imaging.reading import probe, read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.registration.capture_times import taken_at_s

MOST_PHOTOS = 2000
_SCALES = (2, 3, 4, 8)
_MUCH_SOFTER = 0.5


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    path: Path
    side: Side | None


@dataclass(frozen=True, slots=True)
class _Contents:
    layout: str
    scale: int | None
    items: tuple[tuple[_File, ...], ...]
    scan: PairScan | None = None
    same_size: bool = False
    notice: str = ""


def check_data(
    folder: Path,
    emit: Emit,
    token: CancelToken,
    *,
    scale: int | None = None,
    as_photos: bool = False,
    most: int = MOST_PHOTOS,
) -> DatasetReport:
    """Look at every photo of a folder: its camera, size, sharpness, and whether it repeats others.

    Args:
        folder: Pairs as `find_pairs` knows them, or else photos, in subfolders too.
        emit: Receives `Progress` of stage "pairs" and a `FileSkipped` per photo that cannot be
            read.
        token: Stops the job between photos.
        scale: The factor between LR and HR; found out where None.
        as_photos: Take every photo by itself, also where they would make pairs.
        most: Of more pairs or photos than that, as many are looked at, evenly spread.

    Raises:
        PairsError: If there are no photos, or no pairs of `scale` where one is given.
        StorageError: If the folder cannot be read.
        Cancelled: If the token says so.
    """
    contents = _photos(folder) if as_photos else _contents(folder, scale)
    every = max(1, -(-len(contents.items) // most))
    chosen = contents.items[::every]
    files = [file for item in chosen for file in item]
    photos: list[CheckedPhoto] = []
    for item in chosen:
        checked: list[tuple[CheckedPhoto, Pixels | None]] = []
        for file in item:
            token.check()
            emit(Progress(Stage.PAIRS, len(photos) + len(checked), len(files), file.name))
            checked.append(_check(file, contents, emit, token))
        photos += _compared(checked, contents)
    emit(Progress(Stage.PAIRS, len(files), len(files)))
    photos = _with_blurred(photos)
    if contents.scale is not None and not contents.same_size:
        photos = _with_misfits(photos, contents.scale)
    return DatasetReport(
        folder=folder,
        layout=contents.layout,
        scale=None if contents.same_size else contents.scale,
        photos=mark_repeated(photos),
        skipped=contents.scan.skipped if contents.scan else (),
        left=len(contents.items) - len(chosen),
        notice=contents.notice,
    )


def _contents(folder: Path, scale: int | None) -> _Contents:
    notice = ""
    try:
        said, scan = _pairs(folder, scale)
    except PairsError as error:
        if scale is not None or not folder.is_dir():
            raise
        if not isinstance(error, UnknownLayoutError):
            notice = f"{error.what} {error.remedy}"
    else:
        items = tuple(
            (_File(pair.name, pair.lr, "LR"), _File(pair.name, pair.hr, "HR"))
            for pair in scan.pairs
        )
        same = _size_ratio(scan) == 1
        return _Contents(scan.layout, said, items, scan, same, scan.notice)
    return _photos(folder, notice)


def _photos(folder: Path, notice: str = "") -> _Contents:
    singles = tuple((_File(p.name, p.files[0], None),) for p in find_photos(folder))
    return _Contents("Photos without a counterpart", None, singles, notice=notice)


def _pairs(folder: Path, scale: int | None) -> tuple[int, PairScan]:
    """Return pairs and their scale: the given one, or the first whose sizes fit."""
    if scale is not None:
        return scale, find_pairs(folder, scale=scale)
    found: list[tuple[int, PairScan]] = []
    last: PairsError | None = None
    for candidate in _SCALES:
        try:
            scan = find_pairs(folder, scale=candidate)
        except PairsError as error:
            last = last or error
            continue
        ratio = _size_ratio(scan)
        if ratio is not None and (ratio in {1, candidate}):
            return candidate, scan
        found.append((candidate, scan))
    if found:
        return found[0]
    raise last or UnknownLayoutError("There are no pairs.", path=folder)


def _size_ratio(scan: PairScan) -> int | None:
    """Return how many times as large HR is in the first pair that can be read."""
    for pair in scan.pairs:
        try:
            lr, hr = probe(pair.lr), probe(pair.hr)
        except PhotoError:
            continue
        return round(hr.width_px / lr.width_px)
    return None


def _check(
    file: _File, contents: _Contents, emit: Emit, token: CancelToken
) -> tuple[CheckedPhoto, Pixels | None]:
    """Return what was found, and the pixels as they are learnt from, None where they are no use."""
    checked = CheckedPhoto(file.name, file.path, file.side)
    try:
        info = probe(file.path, token=token)
        pixels = read_rgb8(file.path, token=token)
    except PhotoError as error:
        emit(FileSkipped(file.path, error.what))
        return replace(checked, finding="damaged", sentence=error.what), None
    own = _own_size(pixels, file, contents)
    measures = measure_photo(own)
    checked = replace(
        checked,
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        camera=_camera(info.camera),
        taken_at_s=taken_at_s(file.path),
        sharpness=measures.sharpness,
        unclipped_share=measures.unclipped_share,
        fingerprint=measures.fingerprint,
        thumbnail=measures.thumbnail,
    )
    if measures.is_blank:
        return replace(checked, finding="blank", sentence="The photo is blank."), None
    if min(pixels.shape[:2]) < MIN_LR_SIDE_PX:
        size = f"{pixels.shape[1]}×{pixels.shape[0]}"
        sentence = f"The photo is too small: {size} pixels."
        return replace(checked, finding="misfit", sentence=sentence), None
    return checked, own


def _compared(
    checked: Sequence[tuple[CheckedPhoto, Pixels | None]], contents: _Contents
) -> list[CheckedPhoto]:
    """Mark the LR of a pair whose photos do not show the same."""
    photos = [photo for photo, _ in checked]
    pixels = [own for _, own in checked if own is not None]
    scale = contents.scale
    if len(checked) != 2 or len(pixels) != 2 or scale is None:
        return photos
    lr, hr = pixels
    if tuple(side // scale for side in hr.shape[:2]) != lr.shape[:2]:
        return photos  # of another size; that is said elsewhere
    height, width = (side * scale for side in lr.shape[:2])
    problem = belonging_of(lr, np.ascontiguousarray(hr[:height, :width])).problem
    if problem:
        photos[0] = replace(photos[0], finding="mismatch", sentence=problem)
    return photos


def _own_size(pixels: Pixels, file: _File, contents: _Contents) -> Pixels:
    """Return LR that was enlarged to HR's size at the size it is learnt from."""
    if file.side != "LR" or not contents.same_size or contents.scale is None:
        return pixels
    height, width = (side - side % contents.scale for side in pixels.shape[:2])
    if min(height, width) < MIN_LR_SIDE_PX * contents.scale:
        return pixels
    return downsample_bicubic_uint8(pixels[:height, :width], contents.scale)


def _camera(facts: CameraFacts) -> str:
    make, model = (facts.make or "").strip(), (facts.model or "").strip()
    maker = make.split()[0] if make else ""
    return model if model.lower().startswith(maker.lower()) else f"{maker} {model}".strip()


def _with_blurred(photos: Sequence[CheckedPhoto]) -> list[CheckedPhoto]:
    """Mark blurred photos; of LR only those much softer than the others.

    That a camera's LR is soft is what there is to learn, and no fault of a photo.
    """
    lr = [p.sharpness for p in photos if p.side == "LR" and p.finding == "good"]
    softest = min(BLURRED_BELOW, median(lr) * _MUCH_SOFTER) if lr else BLURRED_BELOW
    sentence = "The photo is out of focus or shaken."
    return [
        replace(photo, finding="blurred", sentence=sentence)
        if photo.finding == "good"
        and min(photo.width_px, photo.height_px) >= 2 * MIN_LR_SIDE_PX
        and photo.sharpness < (softest if photo.side == "LR" else BLURRED_BELOW)
        else photo
        for photo in photos
    ]


def _with_misfits(photos: Sequence[CheckedPhoto], scale: int) -> list[CheckedPhoto]:
    """Mark LR whose HR is not `scale` times as large, nor as large."""
    hr = {photo.name: photo for photo in photos if photo.side == "HR"}
    marked = []
    for photo in photos:
        large = hr.get(photo.name)
        if photo.side == "LR" and photo.finding == "good" and large and large.width_px:
            ours, theirs = (photo.width_px, photo.height_px), (large.width_px, large.height_px)
            sentence = misfit(ours, theirs, scale)
            if sentence:
                photo = replace(photo, finding="misfit", sentence=sentence)  # noqa: PLW2901
        marked.append(photo)
    return marked
