"""Remembers which results were made of which photos, so that no file is taken for another.

One line per result is appended to a hidden file in the output folder after the result has its
name. A line that was cut off by a crash is ignored, and its photo done again.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import StorageError, storage_errors
from engine.files import open_ordinary, read_small
from engine.paths import restored, storable

_FILE_NAME = ".adaptsr-finished.jsonl"
_START_BYTES = 1 << 16
_MOST_BYTES = 1 << 30
_CLOCK_NS = 2_000_000_000  # FAT keeps times of change to two seconds


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """What tells a photo from others of its name, and from itself before it was edited.

    Attributes:
        size_bytes: Of the file.
        changed_ns: When it was last written.
        start_sha256: Of its first 64 KiB.
    """

    size_bytes: int
    changed_ns: int
    start_sha256: str


def identify(photo: Path) -> SourceIdentity:
    """Return a photo's identity.

    Raises:
        StorageError: If the drive is gone or the file may not be read.
        FileNotFoundError: If there is none.
    """
    with open_ordinary(photo) as file, storage_errors(photo):
        status = photo.stat()
        start = file.read(_START_BYTES)
    return SourceIdentity(status.st_size, status.st_mtime_ns, hashlib.sha256(start).hexdigest())


class ResultRecord(BaseModel):
    """One line of the log.

    Attributes:
        output: The result, relative to the output folder.
        key: See `result_key`.
        size_bytes: Of the result.
        changed_ns: When the result was written; None in lines of version 0.1.
        source: The photo; None in lines of version 0.1.
        source_size_bytes: See `SourceIdentity`; so the two below.
        source_changed_ns: The same.
        source_start: The same.
    """

    output: str
    key: str
    size_bytes: int
    changed_ns: int | None = None
    source: str | None = None
    source_size_bytes: int = 0
    source_changed_ns: int = 0
    source_start: str = ""

    @property
    def source_path(self) -> Path | None:
        """The photo it was made of, where that is known."""
        return None if self.source is None else Path(restored(self.source))

    def is_of(self, photo: Path, identity: SourceIdentity) -> bool:
        """Return whether it was made of this photo, as it is now or before it was edited."""
        if self.source is None:
            return False
        same_content = (self.source_size_bytes, self.source_start) == (
            identity.size_bytes,
            identity.start_sha256,
        )
        return same_content or self.source_path == photo.absolute()

    def is_of_now(self, identity: SourceIdentity) -> bool:
        """Return whether the photo has not been written since."""
        mine = SourceIdentity(self.source_size_bytes, self.source_changed_ns, self.source_start)
        return mine == identity


class ResultLog:
    """The results of one output folder."""

    def __init__(self, out: Path) -> None:
        """Read what is there.

        Args:
            out: The output folder; need not exist.

        Raises:
            StorageError: If the drive is gone or may not be read.
        """
        self._out = out
        self._path = out / _FILE_NAME
        self._records: dict[str, ResultRecord] = {}
        try:
            with storage_errors(self._path):
                text = read_small(self._path, most_bytes=_MOST_BYTES).decode(errors="replace")
        except FileNotFoundError:
            return
        except NotADirectoryError as error:
            raise StorageError(
                "A file is where the folder of the results should be.",
                path=out,
                remedy="Choose another folder.",
            ) from error
        for row in text.splitlines():
            try:
                record = ResultRecord.model_validate_json(row)
            except ValidationError:
                continue
            self._records[record.output] = record

    def record_of(self, output: Path) -> ResultRecord | None:
        """Return what is known of `output`; None where another file lies there, or none."""
        record = self._records.get(self._name(output))
        status = _status(output)
        if record is None or status is None or status.st_size != record.size_bytes:
            return None
        return record

    def is_as_written(self, output: Path) -> bool:
        """Return whether nobody has touched a result since, so that nothing but it can be lost."""
        record, status = self.record_of(output), _status(output)
        if record is None or status is None:
            return False
        # Lines of version 0.1 do not tell when.
        when = status.st_mtime_ns if record.changed_ns is None else record.changed_ns
        return abs(status.st_mtime_ns - when) <= _CLOCK_NS

    def is_output(self, path: Path) -> bool:
        """Return whether `path` was written by an earlier run and is as it was."""
        path, out = Path(os.path.realpath(path)), Path(os.path.realpath(self._out))
        if not path.is_relative_to(out):
            return False
        return self.is_as_written(self._out / path.relative_to(out))

    def add(self, output: Path, key: str, source: Path, identity: SourceIdentity) -> None:
        """Remember that `output` is finished.

        Args:
            output: The result.
            key: See `result_key`.
            source: The photo.
            identity: The photo's, when it was read.

        Raises:
            StorageError: If the disk is full, gone or not writable.
        """
        with storage_errors(self._path):
            status = output.stat()
            record = ResultRecord(
                output=self._name(output),
                key=key,
                size_bytes=status.st_size,
                changed_ns=status.st_mtime_ns,
                source=storable(source.absolute()),
                source_size_bytes=identity.size_bytes,
                source_changed_ns=identity.changed_ns,
                source_start=identity.start_sha256,
            )
            with self._path.open("ab+") as file:
                file.seek(0, os.SEEK_END)
                if file.tell() and not self._ends_line(file.tell()):
                    file.write(b"\n")
                file.write(record.model_dump_json().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        self._records[record.output] = record

    def _ends_line(self, size_bytes: int) -> bool:
        with self._path.open("rb") as file:
            file.seek(size_bytes - 1)
            return file.read(1) == b"\n"

    def _name(self, output: Path) -> str:
        return storable(output.relative_to(self._out).as_posix())


def _status(path: Path) -> os.stat_result | None:
    try:
        with storage_errors(path):
            return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def result_key(identity: SourceIdentity, made_with: dict[str, Any]) -> str:
    """Return what tells a photo and the way it is upscaled from all others.

    Args:
        identity: The photo's.
        made_with: Network and settings, as JSON values.
    """
    facts = {
        "size_bytes": identity.size_bytes,
        "changed_ns": identity.changed_ns,
        **made_with,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
