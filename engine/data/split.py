"""Decides which pairs are learnt from and which are kept out to check on."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.data.pairs import natural_key
from engine.errors import PairsError, storage_errors
from engine.files import atomic_write_text, read_small
from engine.formatting import format_count

FORMAT_VERSION = 1

_NAMES_SHOWN = 5


class HasScenes(Protocol):
    """Pairs with a name and a scene each, such as a `PairSet`."""

    names: tuple[str, ...]
    scenes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Names of the pairs to train on and of those kept out, each in the order of the pairs."""

    train: tuple[str, ...]
    val: tuple[str, ...]


def split_scenes(
    pairs: HasScenes,
    *,
    val: int | Sequence[str],
    seed: int,
    test_names: Collection[str] = (),
) -> Split:
    """Split pairs so that no scene is on both sides.

    Where the data set keeps scenes for testing itself, a number is drawn from those, and the rest
    of them is on neither side: they are never learnt from.

    Args:
        pairs: Anything with `names` and `scenes` of equal length, such as a `PairSet`.
        val: How many scenes to keep out, chosen by `seed` alone, whatever the order of the
            pairs; a scene stays chosen or not when others join. Or the scenes themselves.
        seed: Only used where `val` is a number.
        test_names: Pairs that the data set keeps for testing.

    Raises:
        PairsError: If a scene is unknown, or a side would be empty.
    """
    scenes = sorted(set(pairs.scenes), key=lambda scene: (natural_key(scene), scene))
    kept_by_set = {
        scene for name, scene in zip(pairs.names, pairs.scenes, strict=True) if name in test_names
    }
    if isinstance(val, int) and val > 0 and kept_by_set:
        drawn = sorted(kept_by_set, key=lambda scene: _draw(scene, seed))
        kept_out = set(drawn[:val])
    elif isinstance(val, int):
        if not 0 < val < len(scenes):
            raise PairsError(
                f"{val} of {format_count(len(scenes), 'scene')} cannot be kept out for the check.",
                remedy=f"Choose a number from 1 to {len(scenes) - 1}."
                if len(scenes) > 1
                else "Add photos of other scenes.",
            )
        kept_out = set(sorted(scenes, key=lambda scene: _draw(scene, seed))[:val])
    else:
        kept_out = set(val)
        unknown = sorted(kept_out - set(scenes), key=natural_key)
        if unknown:
            raise PairsError(
                f"No photos show {'these scenes' if len(unknown) > 1 else 'this scene'}, "
                f"which should be kept out for the check: {_some(unknown)}.",
                remedy=f"There are: {_some(scenes)}.",
            )
        if not kept_out or len(kept_out) == len(scenes):
            raise PairsError(
                f"{len(kept_out)} of {format_count(len(scenes), 'scene')} cannot be kept out for the check.",
                remedy="Name at least one scene, and leave at least one to learn from.",
            )
    sides: tuple[list[str], list[str]] = ([], [])
    for name, scene in zip(pairs.names, pairs.scenes, strict=True):
        if scene in kept_out:
            sides[True].append(name)
        elif scene not in kept_by_set:
            sides[False].append(name)
    if not sides[False]:
        raise PairsError(
            "All photos but those kept for testing are kept out for the check.",
            remedy="Name fewer scenes, and leave at least one to learn from.",
        )
    return Split(tuple(sides[0]), tuple(sides[1]))


def read_val_file(path: Path) -> tuple[str, ...]:
    """Read the scenes to keep out from a file.

    Args:
        path: One scene per line, where "#" starts a comment; or JSON, a list of scenes or an
            object with such a list as "val".

    Raises:
        PairsError: If the file is missing, empty or not one of these.
        StorageError: If the file cannot be read.
    """
    text = _read_text(path).strip()
    if text.startswith(("[", "{")):
        content = _parse(path, text)
        names = content.get("val") if isinstance(content, dict) else content
        scenes = _strings(path, names)
    else:
        lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
        scenes = tuple(line for line in lines if line)
    if not scenes:
        raise PairsError("The file names no scenes.", path=path, remedy="Write one in each line.")
    return scenes


def save_split(split: Split, path: Path) -> None:
    """Write a split as JSON.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    content = {"format": FORMAT_VERSION, **asdict(split)}
    atomic_write_text(path, json.dumps(content, indent=1) + "\n")


def load_split(path: Path) -> Split:
    """Read back what `save_split` wrote.

    Raises:
        PairsError: If the file is missing, damaged or made by a newer version.
        StorageError: If the file cannot be read.
    """
    content = _parse(path, _read_text(path))
    if not isinstance(content, dict):
        raise _not_a_split(path)
    if content.get("format") != FORMAT_VERSION:
        raise PairsError(
            "This split was made by another version of the app.",
            path=path,
            remedy="Update the app, or start a new run.",
        )
    split = Split(_strings(path, content.get("train")), _strings(path, content.get("val")))
    if not split.train or not split.val or set(split.train) & set(split.val):
        raise _not_a_split(path)
    return split


def _draw(scene: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{scene}".encode()).digest()


def _read_text(path: Path) -> str:
    try:
        with storage_errors(path):
            return read_small(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise PairsError("There is no such file.", path=path) from error
    except UnicodeDecodeError as error:
        raise PairsError("This is not a text file.", path=path) from error


def _parse(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise PairsError(f"The file is damaged: {error}.", path=path) from error


def _strings(path: Path, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _not_a_split(path)
    return tuple(value)


def _not_a_split(path: Path) -> PairsError:
    return PairsError(
        "The file does not say which photos to keep out for the check.",
        path=path,
        remedy="Write one scene in each line.",
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
