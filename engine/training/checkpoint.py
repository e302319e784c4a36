"""Training checkpoints: everything a killed run needs to go on to the same numbers."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import torch

from engine.backbones.forensics import READ_ERRORS
from engine.backbones.pickle_values import ForbiddenGlobal
from engine.backbones.pytorch_files import check_pytorch_zip
from engine.errors import CheckpointError
from engine.files import atomic_write_bytes, read_small

FORMAT_VERSION = 1
CHECKPOINT_NAME = "checkpoint.pt"

_MAGIC = b"adaptsr-checkpoint\n"
_DIGEST_BYTES = 32
_MOST_BYTES = 64 << 30


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors and plain values) whole or not at all.

    Raises:
        StorageError: If the disk is full, gone or read-only; an older checkpoint survives.
    """
    buffer = io.BytesIO()
    torch.save({"format_version": FORMAT_VERSION, **state}, buffer)
    atomic_write_bytes(path, sealed(buffer.getvalue()))


def sealed(payload: bytes) -> bytes:
    """Return what a checkpoint file holds: a mark, the payload's SHA-256, the payload."""
    return _MAGIC + hashlib.sha256(payload).digest() + payload


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running anything it may contain.

    Raises:
        CheckpointError: If it is missing, damaged, not a checkpoint, or of another version.
        StorageError: If the disk does not let it be read.
    """
    try:
        data = read_small(path, most_bytes=_MOST_BYTES)
    except FileNotFoundError as error:
        raise CheckpointError(
            "There is no interrupted training here.", path=path, remedy="Start a new one."
        ) from error
    payload = data[len(_MAGIC) + _DIGEST_BYTES :]
    if not data.startswith(_MAGIC):
        raise CheckpointError("This is not a training checkpoint.", path=path)
    if data != sealed(payload):
        raise CheckpointError(
            "This checkpoint is damaged.", path=path, remedy="Start the training anew."
        )
    try:
        check_pytorch_zip(io.BytesIO(payload))
        state = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except (ForbiddenGlobal, zipfile.BadZipFile, StopIteration, *READ_ERRORS) as error:
        raise CheckpointError(
            "This checkpoint holds what no training of ours saves.",
            path=path,
            remedy="Start the training anew.",
        ) from error
    version = state.get("format_version") if isinstance(state, dict) else None
    if not isinstance(version, int):
        raise CheckpointError("This is not a training checkpoint.", path=path)
    if version > FORMAT_VERSION:
        raise CheckpointError(
            "This checkpoint was made by a newer version of AdaptSR.",
            path=path,
            remedy="Update AdaptSR to go on with it.",
        )
    if version < FORMAT_VERSION:
        raise CheckpointError(
            "This checkpoint is too old for this version of AdaptSR.",
            path=path,
            remedy="Start the training anew.",
        )
    return dict(state)
