"""Fits a warp to points of LR and HR, of which some may be wrong."""

import numpy as np
from scipy import optimize

from engine.registration.geometry import Floats, Lens, Warp, project


def fit_warp(
    lr: Floats,
    hr: Floats,
    start: Warp,
    *,
    lr_size_px: tuple[int, int],
    spread_px: float,
    weights: Floats | None = None,
    fit_lens: bool = False,
) -> Warp:
    """Return the warp nearest to the points, by robust least squares from `start`.

    Args:
        lr: LR points, shape (N, 2).
        hr: HR points that belong to them, shape (N, 2).
        start: About right.
        lr_size_px: Height and width of the LR photo.
        spread_px: Errors much larger than this, in LR pixels, count as wrong points (Cauchy).
        weights: How precisely each point is known, in each direction: a root of its inverse
            covariance up to a common factor, shape (N, 2, 2). All alike where None.
        fit_lens: Also fit the lens' k1 and k2.
    """
    height, width = lr_size_px
    lens = start.lens or Lens(0.0, 0.0, width, height)
    half = lens.half_diagonal_px
    middle = ((width - 1) / 2, (height - 1) / 2)
    to_unit = np.array(
        [[1 / half, 0, -middle[0] / half], [0, 1 / half, -middle[1] / half], [0, 0, 1]]
    )
    from_unit = np.linalg.inv(to_unit)
    # The change is fitted, not the warp, and in units in which all its numbers are about as large.
    targets = project(np.asarray(np.linalg.inv(start.homography), np.float64), hr)

    def warp_of(values: Floats) -> tuple[Floats, Lens]:
        change = np.eye(3) + np.append(values[:8], 0.0).reshape(3, 3)
        k1, k2 = values[8:] if fit_lens else (lens.k1, lens.k2)
        return from_unit @ change @ to_unit, Lens(float(k1), float(k2), width, height)

    def errors(values: Floats) -> Floats:
        change, bent = warp_of(values)
        away = project(change, bent.straighten(lr)) - targets
        if weights is not None:
            away = np.einsum("nij,nj->ni", weights, away)
        return np.asarray(away).ravel()

    first = np.zeros(8)
    if fit_lens:
        first = np.append(first, (lens.k1, lens.k2))
    fitted = optimize.least_squares(errors, first, loss="cauchy", f_scale=spread_px, x_scale="jac")
    change, bent = warp_of(fitted.x)
    homography = start.homography @ change
    uses_lens = fit_lens or start.lens is not None
    return Warp(homography / homography[2, 2], bent if uses_lens else None)
