"""A set of decoded LR/HR pairs, and the three ways to get one: pairs, HR photos, arrays."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.cancellation import CancelToken
from engine.data.cache import FORMAT_VERSION, PairStore, StoreWriter, default_cache_dir, prune
from engine.data.cached_decoding import CachedDecoder, hash_of
from engine.data.decoding import PhotoFiles, Pixels, find_photos, read_pair, read_photo
from engine.data.pairs import find_pairs
from engine.errors import PairsError
from engine.events import Emit, Notice, ignore_events


class PairSet:
    """Decoded pairs, mapped from the disk: as many as the disk holds cost no memory.

    Attributes:
        scale: The integer factor between LR and HR.
        names: One unique name per pair, in natural order as loaded.
        scenes: The scene each pair shows; pairs of one scene belong on one side of a split.
        skipped: Files that were left out when the pairs were loaded, and why.
        test_names: Pairs that the data set keeps for testing, where it keeps others to learn from.
        lr_files: The photos that the LR images were read from; none where they were made.
    """

    def __init__(
        self,
        store: PairStore,
        chosen: Sequence[int] | None = None,
        test_names: frozenset[str] = frozenset(),
        lr_files: Sequence[Path] = (),
    ) -> None:
        indices = range(len(store.pairs)) if chosen is None else chosen
        self._store = store
        self._pairs = tuple(store.pairs[index] for index in indices)
        self.scale = store.scale
        self.names = tuple(pair.name for pair in self._pairs)
        self.scenes = tuple(pair.scene for pair in self._pairs)
        self.skipped = store.skipped
        self.test_names = test_names.intersection(self.names)
        self.lr_files = tuple(lr_files)

    def __len__(self) -> int:
        return len(self._pairs)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the scale and, per pair, what it was made from: names, sizes and contents.

        It does not depend on where the files lie, when they were written, or the pairs' order.
        """
        sources = sorted([pair.name, pair.source] for pair in self._pairs)
        return hash_of([self.scale, sources])

    def lr_size_px(self, index: int) -> tuple[int, int]:
        """Return height and width of a pair's LR image."""
        return self._pairs[index].lr_height, self._pairs[index].lr_width

    def lr(self, index: int) -> Pixels:
        """Return the LR image of a pair as a read-only view, RGB, shape (h, w, 3)."""
        pair = self._pairs[index]
        return self._image(pair.offset, pair.lr_height, pair.lr_width)

    def hr(self, index: int) -> Pixels:
        """Return the HR image of a pair as a read-only view, RGB, shape (h*scale, w*scale, 3)."""
        pair = self._pairs[index]
        start = pair.offset + pair.lr_bytes()
        return self._image(start, pair.lr_height * self.scale, pair.lr_width * self.scale)

    def lr_tensor(self, index: int) -> Tensor:
        """Return the LR image of a pair in [0, 1], float32, shape (1, 3, h, w)."""
        return _to_tensor(self.lr(index))

    def hr_tensor(self, index: int) -> Tensor:
        """Return the HR image of a pair in [0, 1], float32, shape (1, 3, h*scale, w*scale)."""
        return _to_tensor(self.hr(index))

    def subset(self, names: Iterable[str]) -> "PairSet":
        """Return the pairs called `names`, in that order, on the same pixels.

        Raises:
            PairsError: If a name is unknown.
        """
        index_of = {pair.name: index for index, pair in enumerate(self._store.pairs)}
        own = set(self.names)
        requested = list(names)
        unknown = [name for name in requested if name not in own]
        if unknown:
            raise PairsError(
                f"These pairs are not there any more: {', '.join(unknown[:5])}.",
                remedy="Put the photos back, or start a new run.",
            )
        return PairSet(self._store, [index_of[name] for name in requested], self.test_names)

    def _image(self, start: int, height: int, width: int) -> Pixels:
        flat = self._store.pixels[start : start + height * width * 3]
        return flat.reshape(height, width, 3)


def load_pairs(
    root: Path,
    *,
    scale: int,
    cache_dir: Path | None = None,
    emit: Emit = ignore_events,
    token: CancelToken | None = None,
) -> PairSet:
    """Decode the LR/HR photos in a folder, or find them decoded.

    Pairs whose HR is `scale` times the LR are taken as they are (HR cropped to a multiple of the
    scale). Pairs of equal size are registered ones: their LR is made smaller by `scale`.

    Args:
        root: A folder as `find_pairs` knows it.
        scale: The integer factor between LR and HR.
        cache_dir: Where decoded pairs are kept; this user's cache folder if None.
        emit: Gets `Progress` of stage "pairs", a `FileSkipped` per file left out, and a `Notice`
            about pairs that should not be learnt from together.
        token: Stops the work between two pairs; nothing stays behind.

    Raises:
        PairsError: If fewer than 2 pairs can be used.
        StorageError: If the cache cannot be written.
        Cancelled: If `token` was cancelled.
    """
    scan = find_pairs(root, scale=scale)
    sources = [PhotoFiles(pair.name, pair.scene, (pair.lr, pair.hr)) for pair in scan.pairs]
    decoder = CachedDecoder(
        root=root,
        kind="pairs",
        scale=scale,
        read=lambda files: read_pair(*files, scale=scale),
        cache_dir=cache_dir or default_cache_dir(),
        emit=emit,
        token=token or CancelToken(),
    )
    if scan.notice:
        emit(Notice(scan.notice))
    return PairSet(
        decoder.decode(sources, scan.skipped),
        test_names=scan.test_names,
        lr_files=[pair.lr for pair in scan.pairs],
    )


def load_hr_photos(
    root: Path,
    *,
    scale: int,
    cache_dir: Path | None = None,
    emit: Emit = ignore_events,
    token: CancelToken | None = None,
) -> PairSet:
    """Decode the photos in a folder and its subfolders as HR; LR is their MATLAB bicubic.

    Args:
        root: A folder of sharp photos.
        scale: The integer factor by which LR is smaller.
        cache_dir: Where decoded pairs are kept; this user's cache folder if None.
        emit: Gets `Progress` of stage "pairs" and a `FileSkipped` per file left out.
        token: Stops the work between two photos; nothing stays behind.

    Raises:
        PairsError: If fewer than 2 photos can be used.
        StorageError: If the cache cannot be written.
        Cancelled: If `token` was cancelled.
    """
    decoder = CachedDecoder(
        root=root,
        kind="photos",
        scale=scale,
        read=lambda files: read_photo(*files, scale=scale),
        cache_dir=cache_dir or default_cache_dir(),
        emit=emit,
        token=token or CancelToken(),
    )
    return PairSet(decoder.decode(find_photos(root), ()))


def pairs_from_arrays(
    pairs: Iterable[tuple[str, Pixels, Pixels]], scale: int, cache_dir: Path | None = None
) -> PairSet:
    """Store pairs that were computed, such as simulated ones, like decoded ones.

    Args:
        pairs: Name, LR and HR; uint8 RGB of shapes (h, w, 3) and (h*scale, w*scale, 3). Taken one
            at a time, so a generator need not hold them all. Each pair is its own scene.
        scale: The integer factor between LR and HR.
        cache_dir: Where decoded pairs are kept; this user's cache folder if None.

    Raises:
        ValueError: If a shape, a dtype or a repeated name is wrong.
        PairsError: If there are no pairs.
        StorageError: If the cache cannot be written.
    """
    folder = cache_dir or default_cache_dir()
    with StoreWriter(folder, scale) as writer:
        for name, lr, hr in pairs:
            source = hashlib.sha256(np.ascontiguousarray(lr).data)
            source.update(np.ascontiguousarray(hr).data)
            writer.add(name, name, source.hexdigest(), lr, hr)
        names = [pair.name for pair in writer.pairs]
        if len(set(names)) < len(names):
            raise ValueError("two pairs have the same name")
        if not names:
            raise PairsError("There are no pairs.")
        key = hash_of([FORMAT_VERSION, "arrays", scale, [[p.name, p.source] for p in writer.pairs]])
        store = writer.commit(key, ())
    prune(folder, keep=key)
    return PairSet(store)


def _to_tensor(image: Pixels) -> Tensor:
    planes = np.array(image.transpose(2, 0, 1), order="C")  # a copy: the view is read-only
    return torch.from_numpy(planes)[None].float().div_(255)
