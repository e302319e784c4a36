"""Says where the centre of each LR pixel lies in the HR photo, and keeps pixel centres straight.

Everywhere here the centre of the first pixel is (0, 0), x before y, as `cv2.warpPerspective` and
SIFT have it. A picture reduced by `f` has its pixel centres at (x + 0.5) f - 0.5 of the large one,
as `cv2.resize` and MATLAB have it: the pixels of HR at scale s that belong to LR pixel x are
s x ... s x + s - 1, and their middle is its centre.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A rectangle of whole LR pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def area_px(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def rows(self) -> slice:
        """Rows of an LR array."""
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        """Columns of an LR array."""
        return slice(self.left, self.left + self.width)


@dataclass(frozen=True, slots=True)
class Lens:
    """Radial distortion of the LR photo relative to the HR photo, around the LR photo's middle.

    A point at radius r (1 in the corners) is seen at that radius; without distortion it would be
    at r (1 + k1 r² + k2 r⁴). Only the difference of the two lenses matters for a pair, so that
    one model serves both.
    """

    k1: float
    k2: float
    width_px: int
    height_px: int

    def straighten(self, points: Floats) -> Floats:
        """Return where LR points, shape (N, 2), would be without distortion."""
        middle = np.array([(self.width_px - 1) / 2, (self.height_px - 1) / 2])
        away = points - middle
        r2 = (away**2).sum(axis=1, keepdims=True) / (self.half_diagonal_px**2)
        return np.asarray(middle + away * (1 + self.k1 * r2 + self.k2 * r2**2), np.float64)

    @property
    def half_diagonal_px(self) -> float:
        """Distance from the middle to a corner."""
        return float(np.hypot(self.width_px, self.height_px)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """Maps LR points to HR points.

    Attributes:
        homography: Of straightened LR points to HR points, shape (3, 3).
        lens: What straightens LR points; None for nothing.
    """

    homography: Floats
    lens: Lens | None = None

    def __call__(self, points: Floats) -> Floats:
        """Return the HR points that belong to LR points, both of shape (N, 2)."""
        straight = points if self.lens is None else self.lens.straighten(points)
        return project(self.homography, straight)

    def zoom(self, points: Floats) -> Floats:
        """Return how many HR pixels there are to one LR pixel at LR points, shape (N,)."""
        across, along = np.array([0.5, 0.0]), np.array([0.0, 0.5])
        with np.errstate(invalid="ignore"):
            right = self(points + across) - self(points - across)
            down = self(points + along) - self(points - along)
            area = right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]
        return np.asarray(np.sign(area) * np.sqrt(np.abs(area)), np.float64)


def project(homography: Floats, points: Floats) -> Floats:
    """Return points, shape (N, 2), mapped by a homography, shape (3, 3)."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):  # on the horizon: in no photo
        return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)


def centres(start_px: float, count: int, pitch_px: float) -> Floats:
    """Return the LR coordinates of `count` pixels of `pitch_px` LR pixels each.

    Args:
        start_px: LR coordinate of the first pixel's outer edge, plus half an LR pixel: the index
            of the LR pixel the row begins with.
        count: How many.
        pitch_px: Their size: 1 / scale for HR, 1 for LR, n for an LR reduced by n.
    """
    return np.asarray(start_px - 0.5 + (np.arange(count) + 0.5) * pitch_px, np.float64)


def grid(xs: Floats, ys: Floats) -> Floats:
    """Return all points of a grid row by row, shape (len(ys) * len(xs), 2)."""
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
