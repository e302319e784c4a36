"""Finds points that two photos share, by SIFT, and the homography most of them agree on."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.imaging.planes import Pixels
from engine.registration.geometry import Floats

DETAIL_SIDE_PX = 1600
"""Features are looked for in photos reduced to this longest side."""

_FEATURES = 5000
_CONTRAST = 0.015  # lower than SIFT's own, for hazy and soft photos
_RATIO = 0.8  # Lowe's
_INLIER_PX = 3.0
_TIGHT_PX = 1.0
_LEAST_KEPT = 0.25
_SINGULAR = 1e-9
_ITERATIONS = 20_000
_CONFIDENCE = 0.9999
_LEAST_MATCHES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Points of a photo and what they look like.

    Attributes:
        points: In pixels of the whole photo, shape (N, 2).
        descriptors: RootSIFT, float32, shape (N, 128).
        reduction: Pixels of the whole photo per pixel they were found in.
    """

    points: Floats
    descriptors: npt.NDArray[np.float32]
    reduction: float


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """A homography and the points that agree with it.

    Attributes:
        homography: From LR to HR points, shape (3, 3); None where nothing agrees.
        lr: LR points that agree, shape (N, 2).
        hr: Their HR points.
        matches: How many points looked alike.
    """

    homography: Floats | None
    lr: Floats
    hr: Floats
    matches: int


def find_features(
    grey: Pixels, *, side_px: int = DETAIL_SIDE_PX, count: int = _FEATURES
) -> Features:
    """Return the strongest features of a photo.

    Args:
        grey: Shape (H, W).
        side_px: The photo is reduced to this longest side first.
        count: At most so many.
    """
    reduction = max(1.0, max(grey.shape) / side_px)
    height, width = (max(1, round(side / reduction)) for side in grey.shape)
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    sift = cv2.SIFT.create(nfeatures=count, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(small, None)
    if not keypoints:
        return Features(np.empty((0, 2)), np.empty((0, 128), np.float32), reduction)
    points = np.array([point.pt for point in keypoints], np.float64)
    exact = np.array([grey.shape[1] / width, grey.shape[0] / height])
    sums = descriptors.sum(axis=1, keepdims=True)
    root = np.sqrt(descriptors / np.maximum(sums, 1e-6)).astype(np.float32)
    order = np.lexsort((points[:, 1], points[:, 0]))  # the same whatever the number of threads
    return Features((points[order] + 0.5) * exact - 0.5, root[order], reduction)


def agree(lr: Features, hr: Features) -> Agreement:
    """Return the homography that most matching features agree on, found by MAGSAC."""
    pairs = _mutual_matches(lr.descriptors, hr.descriptors)
    lr_points, hr_points = lr.points[pairs[:, 0]], hr.points[pairs[:, 1]]
    if len(pairs) < _LEAST_MATCHES:
        return Agreement(None, lr_points[:0], hr_points[:0], len(pairs))
    # Fitted towards LR, so that the tolerance is in pixels the LR features were found in.
    ours, theirs = lr_points / lr.reduction, hr_points / hr.reduction
    found, inliers = _magsac(theirs, ours, _INLIER_PX)
    if found is None:
        return Agreement(None, lr_points[:0], hr_points[:0], len(pairs))
    chosen = np.flatnonzero(inliers)
    # Near and far things may agree roughly on a warp between theirs: the tighter tolerance takes
    # the side of the larger group.
    tight, kept = _magsac(theirs[chosen], ours[chosen], _TIGHT_PX)
    if tight is not None and kept.sum() >= _LEAST_KEPT * len(chosen):
        found, chosen = tight, chosen[kept]
    to_lr, to_hr = (np.diag([r, r, 1.0]) for r in (lr.reduction, hr.reduction))
    homography = to_hr @ np.linalg.inv(found) @ np.linalg.inv(to_lr)
    return Agreement(
        homography / homography[2, 2], lr_points[chosen], hr_points[chosen], len(pairs)
    )


def _magsac(
    source: Floats, target: Floats, tolerance_px: float
) -> tuple[Floats | None, npt.NDArray[np.bool_]]:
    """Return the homography from `source` to `target` and the points that agree with it."""
    cv2.setRNGSeed(0)
    found, inliers = cv2.findHomography(
        source,
        target,
        cv2.USAC_MAGSAC,
        tolerance_px,
        maxIters=_ITERATIONS,
        confidence=_CONFIDENCE,
    )
    nobody = np.zeros(len(source), bool)
    if len(source) < _LEAST_MATCHES:
        return None, nobody
    if np.size(found) != 9 or abs(np.linalg.det(found)) < _SINGULAR:
        return None, nobody
    return np.asarray(found, np.float64), inliers.ravel().astype(bool)


def _mutual_matches(
    a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """Return index pairs of descriptors that are each other's nearest, and clearly so."""
    if len(a) < 2 or len(b) < 2:
        return np.empty((0, 2), np.int64)
    likeness = a @ b.T  # of unit vectors: distance² = 2 - 2 likeness
    rows = np.arange(len(a))
    back = likeness.argmax(axis=0)
    nearest = likeness.argmax(axis=1)
    best = likeness[rows, nearest]
    likeness[rows, nearest] = -1
    clear = 2 - 2 * best < _RATIO**2 * (2 - 2 * likeness.max(axis=1))
    mutual = back[nearest] == rows
    kept = rows[clear & mutual]
    return np.stack([kept, nearest[kept]], axis=1)
