"""Which part of the pictures a pane shows, and how large; plain arithmetic, no drawing.

Lengths on the screen are in the screen's own pixels, whatever the desktop's scaling, so that at
100 % one pixel of the picture is one of the screen.
"""

import math
from dataclasses import dataclass

LARGEST_ZOOM = 32.0
_LARGEST_FIT = 8


@dataclass(frozen=True, slots=True)
class ScreenRect:
    """A rectangle on the screen."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def contains(self, x: float, y: float) -> bool:
        """Tell whether a point lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def magnified(self, x: float, y: float, factor: float) -> "ScreenRect":
        """Return it `factor` times as large around a point that stays where it is."""
        return ScreenRect(
            x + (self.x - x) * factor,
            y + (self.y - y) * factor,
            self.width * factor,
            self.height * factor,
        )


class Viewport:
    """The view that all panes share.

    Attributes:
        width_px: Width of the reference picture, the largest one; the others are laid over it.
        height_px: Its height.
        zoom: Screen pixels per pixel of the reference.
        fits: True while the whole picture is to be seen, whatever the size of the pane.
    """

    def __init__(self) -> None:
        """Begin with a picture of one pixel that fits."""
        self.width_px, self.height_px = 1, 1
        self.zoom = 1.0
        self.fits = True
        self._centre = (0.5, 0.5)

    def set_reference(self, width_px: int, height_px: int) -> None:
        """Take another reference; the same part of the picture stays in view, as large as it was.

        Args:
            width_px: Width of the largest picture.
            height_px: Its height.
        """
        factor = width_px / self.width_px
        x, y = self._centre
        self._centre = (x * factor, y * height_px / self.height_px)
        self.zoom /= factor
        self.width_px, self.height_px = width_px, height_px

    def settle(self, pane: ScreenRect) -> None:
        """Fit if the view is to fit, and let no side show more emptiness than it has to."""
        if self.fits:
            self.zoom = self._fitting(pane)
            self._centre = (self.width_px / 2, self.height_px / 2)
        x, y = self._centre
        self._centre = (
            self._inside(x, self.width_px, pane.width),
            self._inside(y, self.height_px, pane.height),
        )

    def target(self, pane: ScreenRect) -> ScreenRect:
        """Return where the whole picture lies; its corner is on a whole pixel of the screen."""
        middle_x, middle_y = pane.centre
        return ScreenRect(
            round(middle_x - self._centre[0] * self.zoom),
            round(middle_y - self._centre[1] * self.zoom),
            self.width_px * self.zoom,
            self.height_px * self.zoom,
        )

    def place_of(self, pane: ScreenRect, x: float, y: float) -> tuple[float, float]:
        """Return the place in the reference picture under a point of the screen, in its pixels."""
        target = self.target(pane)
        return (x - target.x) / self.zoom, (y - target.y) / self.zoom

    def part_in(self, pane: ScreenRect) -> tuple[int, int, int, int]:
        """Return the part of the reference in sight: left, top, width, height in its pixels."""
        left, top = (max(0.0, edge) for edge in self.place_of(pane, pane.x, pane.y))
        right, bottom = self.place_of(pane, pane.x + pane.width, pane.y + pane.height)
        first = (min(int(left), self.width_px - 1), min(int(top), self.height_px - 1))
        last = (min(math.ceil(right), self.width_px), min(math.ceil(bottom), self.height_px))
        return *first, max(1, last[0] - first[0]), max(1, last[1] - first[1])

    def zoom_to(self, pane: ScreenRect, zoom: float, x: float, y: float) -> None:
        """Zoom so that what lies under a point stays there, as far as the pane stays filled.

        Args:
            pane: The pane the point lies in.
            zoom: Wanted zoom; kept between half of what fits and 3200 %.
            x: The point on the screen.
            y: The same.
        """
        smallest = min(1.0, self._fitting(pane)) / 2
        place_x, place_y = self.place_of(pane, x, y)
        self.zoom = max(smallest, min(LARGEST_ZOOM, zoom))
        self.fits = False
        middle_x, middle_y = pane.centre
        self._centre = (
            place_x - (x - middle_x) / self.zoom,
            place_y - (y - middle_y) / self.zoom,
        )
        self.settle(pane)

    def pan(self, pane: ScreenRect, dx: float, dy: float) -> None:
        """Move the picture by screen pixels."""
        self._centre = (self._centre[0] - dx / self.zoom, self._centre[1] - dy / self.zoom)
        self.fits = False
        self.settle(pane)

    def fit(self, pane: ScreenRect) -> None:
        """Show the whole picture, also when the pane changes its size."""
        self.fits = True
        self.settle(pane)

    def _fitting(self, pane: ScreenRect) -> float:
        zoom = min(pane.width / self.width_px, pane.height / self.height_px)
        if zoom >= 1:  # whole steps, so that each pixel gets the same size
            return float(min(int(zoom), _LARGEST_FIT))
        return max(zoom, 1e-4)

    def _inside(self, centre: float, length: int, pane_length: float) -> float:
        half = pane_length / 2 / self.zoom
        if 2 * half >= length:
            return length / 2
        return min(max(centre, half), length - half)
