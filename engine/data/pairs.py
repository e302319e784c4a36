"""Finds out which files in a folder belong together as LR and HR."""

import os
from pathlib import Path

from engine.data.layouts.recognition import recognise
from engine.data.pair_names import (
    PairFiles,
    PairScan,
    SkippedFile,
    is_photo_name,
    match_names,
    natural_key,
    photos_in,
    scene_of,
)
from engine.errors import PairsError, storage_errors

__all__ = [
    "PairFiles",
    "PairScan",
    "SkippedFile",
    "find_pairs",
    "is_photo_name",
    "match_names",
    "natural_key",
    "photos_in",
    "scene_of",
]


def find_pairs(root: Path, *, scale: int) -> PairScan:
    """Match the LR and HR photos in `root`, whose layout is recognised from the folder alone.

    `root` is a published data set as unpacked, or a part of one (`engine.data.layouts`); or holds
    a folder whose name starts with LR or low and one whose name starts with HR or high
    (LR + HR, LR_registered + HR, HR_x2 ...), or photos named `..._LR` and `..._HR` side by side.
    Files match by name without file type; where that finds no partner, also without an ending
    such as `_LR`, `_HR`, `_LR2`, `x2` or `_LRx2`.

    Args:
        root: The folder the user chose.
        scale: The integer factor between LR and HR; chooses between candidates.

    Returns:
        At least one pair, what was left out, and what the folder was recognised as.

    Raises:
        PairsError: If `root` is not a folder or holds no pair of this scale; says what is missing
            where the folder is almost of a known layout.
        StorageError: If `root` cannot be read.
    """
    if not root.is_dir():
        raise PairsError("There is no such folder.", path=root, remedy="Choose another folder.")
    with storage_errors(root):
        # "." and ".." have no name to recognise a data set's part by.
        return recognise(Path(os.path.realpath(root)) if root.name in {"", ".."} else root, scale)
