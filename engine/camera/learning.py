"""Job: learn a camera from a folder of its photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.camera.estimate import CameraEstimate
from engine.camera.estimating import estimate_camera
from engine.cancellation import CancelToken
from engine.data.decoding import PhotoFiles, Pixels, find_photos
from engine.errors import PairsError, PhotoError
from engine.events import Emit, FileSkipped, Progress, Stage
from engine.imaging.reading import read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8

MOST_PHOTOS = 50
_MIDDLE_PX = 1536


def learn_camera(
    folder: Path,
    emit: Emit,
    token: CancelToken,
    *,
    sharp: Sequence[Pixels] | Path | None = None,
    scale: int = 2,
) -> CameraEstimate:
    """Estimate a camera from the middle of up to 50 of its photos.

    Args:
        folder: Photos by one camera, 5 to 50 of different things.
        emit: Receives `Progress` of stage "pairs" and a `FileSkipped` per photo left out.
        token: Stops the job between photos.
        sharp: Sharp photographs made small, or a folder of sharp photographs that are made small
            here, to compare with; None for what photographs are like on average.
        scale: How much smaller those in a folder are made.

    Raises:
        PairsError: If there are no photos, or too few that can be used.
        Cancelled: If the token says so.
    """
    return learn_from(find_photos(folder), folder, emit, token, sharp=sharp, scale=scale)


def learn_from(
    found: Sequence[PhotoFiles],
    folder: Path,
    emit: Emit,
    token: CancelToken,
    *,
    sharp: Sequence[Pixels] | Path | None = None,
    scale: int = 2,
) -> CameraEstimate:
    """Estimate a camera from photos that were found in a folder, as `learn_camera` does."""
    every = max(1, -(-len(found) // MOST_PHOTOS))
    chosen = found[::every]
    photos: list[tuple[str, Pixels]] = []
    for index, photo in enumerate(chosen):
        token.check()
        emit(Progress(Stage.PAIRS, index, len(chosen), photo.name))
        pixels = _read_middle(photo.files[0], emit, token)
        if pixels is not None:
            photos.append((photo.name, pixels))
    emit(Progress(Stage.PAIRS, len(chosen), len(chosen)))
    if isinstance(sharp, Path):
        sharp = _made_small(sharp, scale, emit, token)
    try:
        return estimate_camera(photos, sharp=sharp, files=[photo.files[0] for photo in chosen])
    except PairsError as error:
        raise PairsError(error.what, path=folder, remedy=error.remedy) from error


def _made_small(folder: Path, scale: int, emit: Emit, token: CancelToken) -> list[Pixels]:
    small = []
    for photo in find_photos(folder)[:MOST_PHOTOS]:
        token.check()
        pixels = _read_middle(photo.files[0], emit, token)
        if pixels is not None:
            height, width = (side - side % scale for side in pixels.shape[:2])
            small.append(downsample_bicubic_uint8(pixels[:height, :width], scale))
    return small


def _read_middle(path: Path, emit: Emit, token: CancelToken) -> Pixels | None:
    try:
        pixels = read_rgb8(path, token=token)
    except PhotoError as error:
        emit(FileSkipped(path, error.what))
        return None
    top, left = (max(0, side - _MIDDLE_PX) // 2 // 2 * 2 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + _MIDDLE_PX, left : left + _MIDDLE_PX])
