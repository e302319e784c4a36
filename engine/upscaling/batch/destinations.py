"""Decides where each result of a run goes, so that nothing that matters is ever in its way.

All photos of a run are known before the first name is given. No result takes the name of a photo,
however that is spelled or linked, of another result of the run, or of another photo's result.
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PhotoError
from engine.paths import file_key, spelling_key
from engine.upscaling.batch.naming import NamedResult, is_shortened, names_for
from engine.upscaling.batch.result_log import ResultLog, ResultRecord, SourceIdentity

_MAY_REPLACE = "Allow results to be replaced, or choose another folder or name for them."
_FOREIGN_REMEDY = "Choose another folder or name, or say that this very file may be replaced."


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a result goes.

    Attributes:
        path: Its file.
        is_finished: It is there already, made of this photo in this way.
        replaces: What lies there may be replaced.
        problem: Why the result cannot be made; None where it can.
        foreign: `path` holds a file that AdaptSR did not write, which is the problem.
        notice: What the user is to know of the name; "" for nothing.
    """

    path: Path
    is_finished: bool = False
    replaces: bool = False
    problem: PhotoError | None = None
    foreign: bool = False
    notice: str = ""


class Destinations:
    """Gives each result of a run a file of its own.

    Args:
        out: The output folder.
        template: As `check_template` returned it.
        photos: All photos of the run.
        log: What earlier runs made there.
        overwrite: Results of earlier runs may be replaced.
        replace: Files of others that the user said may be replaced.
    """

    def __init__(
        self,
        out: Path,
        template: str,
        photos: Iterable[Path],
        log: ResultLog,
        *,
        overwrite: bool = False,
        replace: Collection[Path] = (),
    ) -> None:
        self._out, self._template, self._log = out, template, log
        self._overwrite = overwrite
        self._replace = {spelling_key(path.absolute()) for path in replace}
        known = list(photos)
        self._taken = {spelling_key(photo.absolute()) for photo in known}
        self._photo_files = {file_key(photo) for photo in known} - {None}

    def give(self, result: NamedResult, identity: SourceIdentity, key: str) -> Destination:
        """Return where a result goes.

        Args:
            result: What it is made of and how.
            identity: Its photo's.
            key: See `result_log.result_key`.
        """
        folder = self._out / result.folder
        for name in names_for(result, self._template):
            path = folder / name
            spelling = spelling_key(path.absolute())
            if spelling in self._taken or file_key(path) in self._photo_files:
                continue
            record = self._log.record_of(path)
            if record is not None and not _may_be_of(record, result.source, identity, key):
                continue
            self._taken.add(spelling)
            notice = ""
            if is_shortened(result, self._template, name):
                notice = f"The result's name was too long for the disk and is now {name}."
            return self._decide(path, spelling, record, result.source, identity, key, notice)
        raise AssertionError  # there is no end of numbers

    def _decide(  # noqa: PLR0917 - what `give` found out
        self,
        path: Path,
        spelling: str,
        record: ResultRecord | None,
        photo: Path,
        identity: SourceIdentity,
        key: str,
        notice: str,
    ) -> Destination:
        if not os.path.lexists(path):
            return Destination(path, notice=notice)
        is_finished = record is not None and record.key == key
        if record is None or not (is_finished or self._log.is_as_written(path)):
            if spelling in self._replace and path.is_file():
                return Destination(path, replaces=True, notice=notice)
            if path.is_dir():
                what = f"There is a folder called {path.name}, where the result would go."
            elif record is None:
                what = f"{path.name} is there already, and AdaptSR did not make it."
            else:
                what = f"{path.name} is there already, and was changed since it was made."
            problem = PhotoError(what, path=photo, remedy=_FOREIGN_REMEDY)
            return Destination(path, problem=problem, foreign=not path.is_dir())
        if is_finished:
            return Destination(path, is_finished=True)
        if self._overwrite:
            return Destination(path, replaces=True, notice=notice)
        how = "with other settings"
        if record.source is not None and not record.is_of_now(identity):
            how = "before the photo was changed"
        what = f"Its result {path.name} is there already, made {how}."
        return Destination(path, problem=PhotoError(what, path=photo, remedy=_MAY_REPLACE))


def _may_be_of(record: ResultRecord, photo: Path, identity: SourceIdentity, key: str) -> bool:
    """Return whether a result is this photo's, as far as anybody can tell."""
    # Lines of version 0.1 do not name their photo; those results are nobody else's either.
    return record.source is None or record.key == key or record.is_of(photo, identity)
