"""Decodes photos into a cache once, and finds them there afterwards."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.cancellation import CancelToken
from engine.data.cache import FORMAT_VERSION, PairStore, StoreWriter, open_store, prune
from engine.data.decoding import PhotoFiles, Pixels
from engine.data.pairs import SkippedFile
from engine.errors import PairsError, PhotoError, StorageError, storage_errors
from engine.events import Emit, FileSkipped, Progress, Stage
from engine.files import sha256_of
from engine.paths import storable

_LEAST_PAIRS = 2  # one to learn from, one to check on
_REASONS_SHOWN = 3


def hash_of(value: object) -> str:
    """Return the SHA-256 of a value that JSON can hold, as 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedDecoder:
    """One folder of photos, how to make pairs of it, and where decoded pairs are kept.

    `kind` tells apart what different readers make of the same files.
    """

    root: Path
    kind: Literal["pairs", "photos"]
    scale: int
    read: Callable[[tuple[Path, ...]], tuple[Pixels, Pixels]]
    cache_dir: Path
    emit: Emit
    token: CancelToken

    def decode(self, sources: Sequence[PhotoFiles], unmatched: Sequence[SkippedFile]) -> PairStore:
        """Return `sources` decoded, from the cache if they are there and unchanged.

        Files that are no use are skipped and said, as are those `unmatched`.

        Raises:
            PairsError: If fewer than 2 pairs can be used.
            StorageError: If the cache cannot be written or a photo vanishes; nothing is left then.
            Cancelled: If the token was cancelled; likewise.
        """
        key = self._key(sources, unmatched)
        store = open_store(self.cache_dir, key)
        if store is None:
            store = self._fill(key, sources, unmatched)
            prune(self.cache_dir, keep=key)
            return store
        for skip in store.skipped:
            self.emit(FileSkipped(skip.path, skip.reason))
        self.emit(Progress(Stage.PAIRS, len(sources), len(sources)))
        return store

    def _key(self, sources: Sequence[PhotoFiles], unmatched: Sequence[SkippedFile]) -> str:
        """Hash everything that tells, without reading the photos, whether they are the same."""
        with storage_errors(self.root):
            states = [
                [source.name, storable(path), path.stat().st_size, path.stat().st_mtime_ns]
                for source in sources
                for path in source.files
            ]
        left_out = [[storable(skip.path), skip.reason] for skip in unmatched]
        root = storable(os.path.realpath(self.root))
        return hash_of([FORMAT_VERSION, self.kind, self.scale, root, states, left_out])

    def _fill(
        self, key: str, sources: Sequence[PhotoFiles], unmatched: Sequence[SkippedFile]
    ) -> PairStore:
        skipped = list(unmatched)
        for file in unmatched:
            self.emit(FileSkipped(file.path, file.reason))
        with StoreWriter(self.cache_dir, self.scale) as writer:
            for done, source in enumerate(sources):
                self.token.check()
                self.emit(Progress(Stage.PAIRS, done, len(sources), source.name))
                try:
                    lr, hr = self.read(source.files)
                except (PhotoError, PairsError) as error:
                    self._refuse_vanished(source)
                    file = SkippedFile(error.path or source.files[0], error.what)
                    skipped.append(file)
                    self.emit(FileSkipped(file.path, file.reason))
                else:
                    writer.add(source.name, source.scene, self._source_hash(source), lr, hr)
            self.emit(Progress(Stage.PAIRS, len(sources), len(sources)))
            if len(writer.pairs) < _LEAST_PAIRS:
                raise self._too_few(len(writer.pairs), len(sources), skipped)
            return writer.commit(key, tuple(skipped))

    def _refuse_vanished(self, source: PhotoFiles) -> None:
        """Stop where a photo is gone rather than bad: its absence must not be remembered."""
        for path in source.files:
            if not path.exists():
                raise StorageError(
                    "The photo disappeared while the folder was read.",
                    path=path,
                    remedy="Check that the drive is still plugged in, then try again.",
                )

    def _source_hash(self, source: PhotoFiles) -> str:
        files = [
            [
                Path(os.path.relpath(path, self.root)).as_posix(),
                path.stat().st_size,
                sha256_of(path),
            ]
            for path in source.files
        ]
        return hash_of([self.kind, files])

    def _too_few(self, usable: int, total: int, skipped: list[SkippedFile]) -> PairsError:
        reasons = [f"{skip.path.name}: {skip.reason}" for skip in skipped[:_REASONS_SHOWN]]
        if len(skipped) > _REASONS_SHOWN:
            reasons.append(f"And {len(skipped) - _REASONS_SHOWN} more.")
        what = (
            f"Only {usable} of {total} {self.kind} can be used, and at least {_LEAST_PAIRS} are "
            f"needed. {' '.join(reasons)}"
        )
        remedy = "Add more photos."
        if skipped:
            remedy = "Put right what is said of each, choose another scale, or add other photos."
        return PairsError(what.strip(), path=self.root, remedy=remedy)
