"""Job: make LR/HR pairs of photos of the same scenes from two cameras."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.cancellation import CancelToken
from engine.config.registering import RegisterSettings
from engine.data.pairs import PairFiles
from engine.errors import PairsError, PhotoError
from engine.events import Emit, FileSkipped, PairRegistered, Progress, Stage
from engine.imaging.metadata import Metadata, prepare
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo
from engine.imaging.writing import write_photo
from engine.locks import held
from engine.paths import storable
from engine.registration.log import (
    LeftOut,
    PairRecord,
    RegistrationLog,
    WrittenPart,
    key_of,
    measurements,
)
from engine.registration.matching import match_photos
from engine.registration.pair import Registered, Rules, register_pair


@dataclass(frozen=True, slots=True)
class RegistrationReport:
    """What became of each photo.

    Attributes:
        out: Folder with LR, HR and `registration.json`.
        pairs: One record for each pair that was looked at.
        left_out: Photos without a partner, or that cannot be read.
        kept: How many of the pairs were finished by an earlier run.
    """

    out: Path
    pairs: tuple[PairRecord, ...]
    left_out: tuple[LeftOut, ...]
    kept: int

    @property
    def usable(self) -> int:
        """How many pairs something was written of."""
        return sum(record.verdict != "rejected" for record in self.pairs)


def register(settings: RegisterSettings, emit: Emit, token: CancelToken) -> RegistrationReport:
    """Match photos, register each pair, and write what fits to a folder `find_pairs` reads.

    LR keeps the camera's own pixels. Parts are written whole or not at all, and a pair counts
    once all its parts are there. A second run leaves out what is finished.

    Args:
        settings: Folders, and how pairs are matched and registered.
        emit: Receives `Progress` of stage "register", a `FileSkipped` for each photo left out
            and a `PairRegistered` for each pair.
        token: Stops between pairs, and within one between its steps.

    Raises:
        Cancelled: If the token says so; what is finished stays.
        PairsError: If nothing matches, or the output folder holds something else.
        BusyError: If another process registers photos into the same folder.
        StorageError: If a folder cannot be read or written.
    """
    with held(settings.out, "registering photos"):
        return _register_all(settings, emit, token)


def _register_all(settings: RegisterSettings, emit: Emit, token: CancelToken) -> RegistrationReport:
    rules = Rules(
        scale=settings.scale,
        colour=settings.colour,
        lens=settings.lens,
        max_shift_px=settings.max_shift_px,
        min_part_px=settings.min_part_px,
    )
    emit(Progress(Stage.REGISTER, 0, 1))
    matched = match_photos(
        settings.lr,
        settings.hr,
        scale=settings.scale,
        mode=settings.match,
        max_gap_s=settings.max_gap_s,
        pause=token.check,
    )
    log = RegistrationLog(settings.out, settings.scale)
    left_out = [LeftOut(path=storable(skip.path), reason=skip.reason) for skip in matched.skipped]
    for skip in matched.skipped:
        emit(FileSkipped(skip.path, skip.reason))
    records: list[PairRecord] = []
    kept = 0
    for done, pair in enumerate(matched.pairs):
        token.check()
        emit(Progress(Stage.REGISTER, done, len(matched.pairs), pair.name))
        key = key_of(pair, rules)
        record = log.finished(pair.name, key)
        if record is not None:
            kept += 1
        else:
            try:
                log.forget(pair.name)
                photos = _read(pair.lr, settings, token), _read(pair.hr, settings, token)
                token.check()
                record = _register(pair, key, rules, photos=photos, log=log, token=token)
            except (PhotoError, PairsError) as error:
                path = error.path or pair.lr
                left_out.append(LeftOut(path=storable(path), reason=error.what))
                emit(FileSkipped(path, error.what))
                continue
            log.add(record)
        records.append(record)
        emit(PairRegistered(record.name, record.verdict, record.sentence))
    log.leave_out(tuple(left_out))
    emit(Progress(Stage.REGISTER, len(matched.pairs), len(matched.pairs)))
    return RegistrationReport(settings.out, tuple(records), tuple(left_out), kept)


def _read(path: Path, settings: RegisterSettings, token: CancelToken) -> Photo:
    return read_photo(
        path, max_pixels=settings.max_pixels, keep_16_bit=False, must_be_whole=True, token=token
    )


def _register(
    pair: PairFiles,
    key: str,
    rules: Rules,
    *,
    photos: tuple[Photo, Photo],
    log: RegistrationLog,
    token: CancelToken,
) -> PairRecord:
    lr, hr = (photo.rgb().astype(np.uint8, copy=False) for photo in photos)
    registered = register_pair(lr, hr, rules, pause=token.check)
    record = PairRecord(
        name=pair.name,
        lr=storable(pair.lr),
        hr=storable(pair.hr),
        key="",
        verdict=registered.report.verdict,
        sentence=registered.report.sentence,
        measured=measurements(registered.report),
        parts=_parts(registered, pair.name),
    )
    for part in record.parts:
        log.refuse_taken(part.name)
    log.add(record)  # so that the next run knows whose files they are, should this one be killed
    written = _write(registered, record.parts, photos[0], log, token)
    return record.model_copy(update={"key": key, "parts": written})


def _parts(registered: Registered, name: str) -> tuple[WrittenPart, ...]:
    several = len(registered.parts) > 1
    return tuple(
        WrittenPart(
            name=f"{name}_p{number}" if several else name,
            left=part.box.left,
            top=part.box.top,
            width=part.box.width,
            height=part.box.height,
        )
        for number, part in enumerate(registered.parts, 1)
    )


def _write(
    registered: Registered,
    parts: Sequence[WrittenPart],
    lr: Photo,
    log: RegistrationLog,
    token: CancelToken,
) -> tuple[WrittenPart, ...]:
    """Write a pair's parts; HR has LR's colours by now, and so gets LR's colour profile.

    LR keeps naming its camera, or no profile learnt from it could be chosen by a photo's EXIF.
    """
    metadata = Metadata() if lr.is_grey else Metadata(icc=lr.metadata.icc)
    written = []
    for part, place in zip(registered.parts, parts, strict=True):
        token.check()
        of_lr = replace(metadata, exif=_exif(lr, place.width, place.height))
        for path, pixels, about in zip(
            log.files(place.name), (part.lr, part.hr), (of_lr, metadata), strict=True
        ):
            write_photo(path, pixels, metadata=about, format_="PNG")
        written.append(place.model_copy(update={"state": log.state_of(place.name)}))
    return tuple(written)


def _exif(photo: Photo, width_px: int, height_px: int) -> bytes | None:
    """Return what a photo's EXIF says of a piece of it, without where it was taken."""
    if photo.metadata.exif is None:
        return None
    about = Metadata(exif=photo.metadata.exif)
    made, _ = prepare(
        about,
        photo_px=None,
        width_px=width_px,
        height_px=height_px,
        strip_gps=True,
        strip_place=True,
        software="AdaptSR",
    )
    return made.exif
