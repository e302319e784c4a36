"""Gives colour to what cannot be seen, before anything mixes it with what can."""

from scipy import ndimage

from engine.imaging.colour import Pixels


def fill_transparent(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Give invisible pixels the colour of the nearest visible one.

    What lies under full transparency is arbitrary, often black. A network that mixes
    neighbours would pull it into the visible edge as a fringe.

    Args:
        pixels: Straight colour, shape (H, W, C).
        alpha: Shape (H, W).

    Returns:
        Same shape and dtype; `pixels` itself where all or nothing is visible.
    """
    hidden = alpha == 0
    if not hidden.any() or hidden.all():
        return pixels
    nearest = ndimage.distance_transform_edt(hidden, return_distances=False, return_indices=True)
    filled: Pixels = pixels.copy()
    filled[hidden] = pixels[nearest[0][hidden], nearest[1][hidden]]
    return filled
