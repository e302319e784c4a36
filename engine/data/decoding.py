"""Reads the files of one pair into LR and HR pixels that fit, or says why they are no use."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.data.belonging import belonging_of
from engine.data.pair_sizes import Size, misfit
from engine.data.pairs import natural_key, scene_of
from engine.data.photo_folders import walk_photos
from engine.errors import EngineError, PairsError
from engine.imaging.icc import between_profiles
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo as read_whole
from engine.imaging.reading import read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.texts import visible

Pixels = npt.NDArray[np.uint8]

MIN_LR_SIDE_PX = 16

_BLANK_BELOW_LEVELS = 1.0  # standard deviation, in 8-bit levels
_BLANK_GRID_PX = 256


@dataclass(frozen=True, slots=True)
class PhotoFiles:
    """The files one pair is made from: LR and HR, or HR alone."""

    name: str
    scene: str
    files: tuple[Path, ...]

    def __post_init__(self) -> None:
        """Write out what cannot be stored, as `PairFiles` does."""
        object.__setattr__(self, "name", visible(self.name))
        object.__setattr__(self, "scene", visible(self.scene))


def find_photos(root: Path) -> list[PhotoFiles]:
    """Return the photos in `root` and its subfolders, in natural order.

    A name is the path inside `root` without file type; photos that differ only by type keep it.

    Raises:
        PairsError: If `root` is not a folder or holds no photos.
        StorageError: If `root` cannot be read.
    """
    if not root.is_dir():
        raise PairsError("There is no such folder.", path=root, remedy="Choose another folder.")
    problems: list[EngineError] = []
    visible = [path.relative_to(root) for path in walk_photos(root, on_problem=problems.append)]
    if problems and not visible:
        raise problems[0]
    if not visible:
        raise PairsError("There are no photos in this folder.", path=root, remedy="Choose another.")
    plain = [path.with_suffix("").as_posix() for path in visible]
    count = Counter(plain)
    photos = [
        PhotoFiles(path.as_posix() if count[name] > 1 else name, scene_of(name), (root / path,))
        for path, name in zip(visible, plain, strict=True)
    ]
    return sorted(photos, key=lambda photo: natural_key(photo.name))


def read_pair(lr_path: Path, hr_path: Path, *, scale: int) -> tuple[Pixels, Pixels]:
    """Read LR and HR of one pair.

    Returns:
        RGB of shapes (h, w, 3) and (h*scale, w*scale, 3). The HR is cropped at the right and
        bottom to a multiple of the scale; an LR of the HR's size is made smaller by the scale.

    Raises:
        PhotoError: If a file cannot be read.
        PairsError: If the sizes do not fit, a photo is blank or too small, or the two do not show
            the same in the same place.
    """
    lr, hr = _in_one_space(
        read_whole(lr_path, keep_16_bit=False, must_be_whole=True),
        read_whole(hr_path, keep_16_bit=False, must_be_whole=True),
    )
    height, width = (side // scale for side in hr.shape[:2])
    registered = lr.shape == hr.shape
    problem = misfit(_size(lr), _size(hr), scale)
    if problem:
        raise PairsError(problem, path=lr_path)
    _refuse_useless(lr_path, lr, height, width)
    _refuse_useless(hr_path, hr, height, width)
    hr = np.ascontiguousarray(hr[: height * scale, : width * scale])
    if registered:
        lr = downsample_bicubic_uint8(lr[: height * scale, : width * scale], scale)
    problem = belonging_of(lr, hr).problem
    if problem:
        raise PairsError(problem, path=lr_path)
    return lr, hr


def read_photo(path: Path, *, scale: int) -> tuple[Pixels, Pixels]:
    """Read one photo as HR and make its LR by bicubic downsampling.

    Returns:
        RGB of shapes (h, w, 3) and (h*scale, w*scale, 3); the HR is cropped to a multiple.

    Raises:
        PhotoError: If the file cannot be read.
        PairsError: If the photo is blank or too small.
    """
    photo = read_rgb8(path)
    height, width = (side // scale for side in photo.shape[:2])
    _refuse_useless(path, photo, height, width)
    hr = photo[: height * scale, : width * scale]
    return downsample_bicubic_uint8(hr, scale), hr


def _in_one_space(lr: Photo, hr: Photo) -> tuple[Pixels, Pixels]:
    """Return both in LR's colour space.

    A network is given a photo's own values, whatever space they are in, and its result keeps the
    photo's profile. So what it learns must be about detail, never about two spaces.
    """
    small, large = (photo.rgb().astype(np.uint8, copy=False) for photo in (lr, hr))
    target, source = lr.metadata.icc, hr.metadata.icc
    if lr.is_grey or hr.is_grey:  # a profile of grey says nothing of colours
        return small, large
    return small, between_profiles(large, source, target)


def _refuse_useless(path: Path, photo: Pixels, lr_height: int, lr_width: int) -> None:
    if min(lr_height, lr_width) < MIN_LR_SIDE_PX:
        raise PairsError(
            f"The photo is too small: {photo.shape[1]}×{photo.shape[0]} pixels.", path=path
        )
    step = max(1, min(photo.shape[:2]) // _BLANK_GRID_PX)
    variation = photo[::step, ::step].std(axis=(0, 1)).max()
    if variation < _BLANK_BELOW_LEVELS:
        raise PairsError("The photo is blank.", path=path)


def _size(image: Pixels) -> Size:
    return image.shape[1], image.shape[0]
