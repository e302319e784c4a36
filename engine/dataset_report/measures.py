"""Measures one photo: how sharp it is, how much of it is of use, what it looks like in short."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]

BLURRED_BELOW = 0.3
"""Sharpness of a photo blurred by σ = 2 px is 0.1 to 0.4, of one out of a camera 2.5 and more, of
one that was enlarged 2.5 times 0.5 to 0.7 (docs/measurements.md)."""

_BLANK_BELOW_LEVELS = 1.0
_CLIPPED_SHARE = 0.98
_DARKEST, _BRIGHTEST = 1, 254
_MIDDLE_PX = 3072
_TILE_PX = 32
_STRONGEST, _FLATTEST = 0.1, 0.2
_NOISE_GRADIENT = 0.375 / 20  # white noise of variance 1: gradient energy over Laplacian energy
_THUMBNAIL_PX = 160
_THUMBNAIL_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of a photo.

    Attributes:
        sharpness: Energy of the Laplacian over that of the gradient where edges are strongest,
            noise taken off; does not depend on contrast. Lower is more blurred.
        unclipped_share: Share of pixels that are neither black nor burnt out, 0 to 1.
        is_blank: Whether the photo shows nothing.
        fingerprint: 32 bytes; photos that look alike differ in few bits.
        thumbnail: A small JPEG.
    """

    sharpness: float
    unclipped_share: float
    is_blank: bool
    fingerprint: bytes
    thumbnail: bytes


def measure_photo(photo: Pixels) -> Measures:
    """Measure a photo.

    Args:
        photo: RGB, shape (H, W, 3).
    """
    luma = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
    unclipped = float(np.mean((luma > _DARKEST) & (luma < _BRIGHTEST)))
    is_blank = float(luma.std()) < _BLANK_BELOW_LEVELS or unclipped < 1 - _CLIPPED_SHARE
    return Measures(
        sharpness_of(luma), unclipped, is_blank, fingerprint_of(luma), thumbnail_of(photo)
    )


def sharpness_of(luma: npt.NDArray[np.uint8]) -> float:
    """Return the sharpness of the strongest edges in the middle of a photo, 0 for none.

    Only the tenth of the photo with the strongest edges counts, so a soft background is no fault;
    what the flattest fifth shows is taken for noise and subtracted. Heavy noise still hides blur.

    Args:
        luma: Shape (H, W).
    """
    rows, columns = (
        slice(max(0, (side - _MIDDLE_PX) // 2), (side + _MIDDLE_PX) // 2) for side in luma.shape
    )
    plane = luma[rows, columns].astype(np.float32)
    if min(plane.shape) < _TILE_PX:
        return 0.0
    across, down = (cv2.Sobel(plane, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    gradient = _energy(across) + _energy(down)
    laplacian = _energy(cv2.Laplacian(plane, cv2.CV_32F))
    strongest = np.argsort(-gradient)[: max(1, int(len(gradient) * _STRONGEST))]
    flattest = np.sort(laplacian)[: max(1, int(len(laplacian) * _FLATTEST))]
    noise = float(flattest.mean()) if len(laplacian) > 1 else 0.0
    detail = float(laplacian[strongest].mean()) - noise
    edges = float(gradient[strongest].mean()) - noise * _NOISE_GRADIENT
    return max(0.0, detail) / edges if edges > 0 else 0.0


def fingerprint_of(luma: npt.NDArray[np.uint8]) -> bytes:
    """Return whether each of 16 × 16 places is brighter than the one to its left, as 256 bits.

    Args:
        luma: Shape (H, W).
    """
    small = cv2.resize(luma, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes()


def thumbnail_of(photo: Pixels) -> bytes:
    """Return a photo as a JPEG of at most 160 pixels a side.

    Args:
        photo: RGB, shape (H, W, 3).
    """
    height, width = photo.shape[:2]
    factor = min(1.0, _THUMBNAIL_PX / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(
        ".jpg",
        cv2.cvtColor(small, cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, _THUMBNAIL_QUALITY],
    )
    return encoded.tobytes()


def _energy(plane: npt.NDArray[np.generic]) -> Plane:
    """Return the mean square of each tile, flat."""
    height, width = (side // _TILE_PX * _TILE_PX for side in plane.shape)
    squares = np.square(plane[:height, :width].astype(np.float32))
    tiles = squares.reshape(height // _TILE_PX, _TILE_PX, width // _TILE_PX, _TILE_PX)
    means: Plane = tiles.mean(axis=(1, 3)).ravel()
    return means
