"""Keeps what was registered in `registration.json`, so that a finished pair is not done again."""

import json
import math
import os
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from engine.data.cached_decoding import hash_of
from engine.data.pairs import PairFiles
from engine.errors import PairsError, StorageError, storage_errors
from engine.files import atomic_write_text, read_small
from engine.registration.pair import Rules
from engine.registration.report import PairReport

FILE_NAME = "registration.json"
_FORMAT = 1
_REMEDY = "Choose an empty folder for the pairs."


def _within_the_folder(name: str) -> str:
    """Refuse a name that leads elsewhere: a list may be a stranger's, and its files get deleted."""
    path = PurePath(name)
    if path.is_absolute() or path.drive or ".." in path.parts:
        raise ValueError("it is no name of a pair")
    return name


class WrittenPart(BaseModel):
    """One rectangle of a pair on disk; numbers in LR pixels of the LR photo.

    `state` is what its LR and then its HR file were when they were written, each a size in bytes
    and a time in nanoseconds; empty in older lists, and while they are being written.
    """

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, AfterValidator(_within_the_folder)]
    left: int
    top: int
    width: int
    height: int
    state: tuple[int, ...] = ()


class PairRecord(BaseModel):
    """One pair: its photos, its measurements, and what was written of it.

    `key` changes with the photos and the rules.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    lr: str
    hr: str
    key: str
    verdict: Literal["good", "parts", "rejected"]
    sentence: str
    measured: dict[str, float | int | None]
    parts: tuple[WrittenPart, ...] = ()


class LeftOut(BaseModel):
    """A photo that is in no pair, and why."""

    model_config = ConfigDict(frozen=True)

    path: str
    reason: str


class _Content(BaseModel):
    format: int
    scale: int
    pairs: tuple[PairRecord, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class RegistrationLog:
    """The pairs of one output folder."""

    def __init__(self, out: Path, scale: int) -> None:
        """Read what is there, or begin anew.

        Args:
            out: The output folder; need not exist.
            scale: Of the pairs.

        Raises:
            PairsError: If the folder holds pairs of another scale, or photos of another origin.
            StorageError: If it cannot be read or written.
        """
        self._out = out
        self._scale = scale
        self._records: dict[str, PairRecord] = {}
        self._left_out: tuple[LeftOut, ...] = ()
        content = self._read()
        if content is None:
            self._refuse_others()
            self._save()
            return
        if content.scale != scale:
            raise PairsError(
                f"This folder holds pairs for ×{content.scale} already.", path=out, remedy=_REMEDY
            )
        self._records = {record.name: record for record in content.pairs}

    @property
    def path(self) -> Path:
        """The file."""
        return self._out / FILE_NAME

    def finished(self, name: str, key: str) -> PairRecord | None:
        """Return the record of a pair that was registered from the same photos in the same way."""
        record = self._records.get(name)
        if record is None or record.key != key:
            return None
        is_whole = all(path.is_file() for part in record.parts for path in self.files(part.name))
        return record if is_whole else None

    def files(self, part: str) -> tuple[Path, Path]:
        """Return the LR and the HR file of a part."""
        return self._out / "LR" / f"{part}.png", self._out / "HR" / f"{part}.png"

    def forget(self, name: str) -> None:
        """Remove what was written of a pair before.

        Raises:
            PairsError: If somebody changed it since; then it stays.
        """
        record = self._records.get(name)
        if record is None:
            return
        for part in record.parts:
            if part.state and self.state_of(part.name) not in {part.state, ()}:
                raise PairsError(
                    f"{part.name} was changed since it was written. Move it elsewhere first.",
                    path=self.files(part.name)[0],
                )
        del self._records[name]
        self._save()
        for part in record.parts:
            for path in self.files(part.name):
                with storage_errors(path):
                    path.unlink(missing_ok=True)

    def state_of(self, part: str) -> tuple[int, ...]:
        """Return what a part's files are now, as `WrittenPart.state`; empty if one is missing."""
        state: list[int] = []
        for path in self.files(part):
            try:
                with storage_errors(path):
                    status = path.stat()
            except FileNotFoundError:
                return ()
            state += [status.st_size, status.st_mtime_ns]
        return tuple(state)

    def refuse_taken(self, part: str) -> None:
        """Refuse a part whose file would take the place of another one.

        Raises:
            PairsError: If there is one.
        """
        for path in self.files(part):
            if os.path.lexists(path):
                raise PairsError(
                    f"There is another {path.parent.name}/{path.name} already. Move it elsewhere "
                    "first.",
                    path=path,
                )

    def add(self, record: PairRecord) -> None:
        """Keep the record of a pair; before its parts are written with the key "", and after."""
        self._records[record.name] = record
        self._save()

    def leave_out(self, photos: tuple[LeftOut, ...]) -> None:
        """Keep which photos are in no pair."""
        self._left_out = photos
        self._save()

    def _read(self) -> _Content | None:
        try:
            with storage_errors(self.path):
                return _Content.model_validate_json(read_small(self.path).decode())
        except FileNotFoundError:
            return None
        except (ValidationError, UnicodeDecodeError) as error:
            raise PairsError(
                "This list of registered pairs is damaged or of another version.",
                path=self.path,
                remedy=_REMEDY,
            ) from error

    def _refuse_others(self) -> None:
        for side in ("LR", "HR"):
            folder = self._out / side
            with storage_errors(folder):
                if folder.is_dir() and any(folder.iterdir()):
                    raise PairsError("This folder holds other photos.", path=folder, remedy=_REMEDY)

    def _save(self) -> None:
        content = _Content(
            format=_FORMAT,
            scale=self._scale,
            pairs=tuple(self._records.values()),
            left_out=self._left_out,
        )
        text = json.dumps(content.model_dump(mode="json"), indent=1, ensure_ascii=False)
        atomic_write_text(self.path, text + "\n")


def key_of(pair: PairFiles, rules: Rules) -> str:
    """Return what tells a pair and the way it is registered from all others.

    A photo counts as the same while its size and time of change are.

    Raises:
        StorageError: If a photo or the drive is gone, or may not be read.
    """
    facts = []
    for path in (pair.lr, pair.hr):
        try:
            with storage_errors(path):
                status = path.stat()
        except FileNotFoundError as error:
            raise StorageError(
                "The photo disappeared while the folder was read.",
                path=path,
                remedy="Check that the drive is still plugged in, then try again.",
            ) from error
        facts.append([path.name, status.st_size, status.st_mtime_ns])
    return hash_of([_FORMAT, facts, asdict(rules)])


def measurements(report: PairReport) -> dict[str, float | int | None]:
    """Return a report's numbers by name; None for what is not finite, as JSON has no such number."""
    values = asdict(report)
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
        if name not in {"verdict", "sentence", "parts"}
    }
