"""Where a place in a photo, as its metadata names it, is in the upright, enlarged result."""

from dataclasses import dataclass

from engine.imaging.orientation import UPRIGHT, swaps_sides, upright_point


@dataclass(frozen=True, slots=True)
class RelativeBox:
    """A rectangle, in shares of its picture's sides."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """The point in its middle."""
        return self.left + self.width / 2, self.top + self.height / 2

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> "RelativeBox":
        """Return the rectangle with this centre."""
        return cls(x - width / 2, y - height / 2, width, height)


@dataclass(frozen=True, slots=True)
class Turn:
    """From a picture as some metadata counts it to the upright one.

    Attributes:
        orientation: 1 to 8, as EXIF counts.
        counted_px: Width and height of the picture that the metadata counts in.
    """

    orientation: int
    counted_px: tuple[float, float]

    @property
    def swaps(self) -> bool:
        """Whether width and height are exchanged."""
        return swaps_sides(self.orientation)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is, both in shares of the sides."""
        return upright_point(x, y, self.orientation)

    def box(self, box: RelativeBox) -> RelativeBox:
        """Return where a rectangle is."""
        across, down = (box.height, box.width) if self.swaps else (box.width, box.height)
        return RelativeBox.around(*self.point(*box.centre), across, down)


@dataclass(frozen=True, slots=True)
class Placement:
    """How a photo becomes its result.

    Attributes:
        orientation: 1 to 8: how the stored picture was turned upright.
        photo_px: Width and height of the photo, upright. None where the result is a piece of it:
            then no place in it can be found again.
        result_px: Width and height of the result.
    """

    orientation: int
    photo_px: tuple[int, int] | None
    result_px: tuple[int, int]

    def turn(self, counted_px: tuple[float, float] | None = None) -> Turn | None:
        """Return how to find places that are counted in a picture of this size.

        What counts is the picture as stored, as EXIF and the Metadata Working Group have it. A
        size that only fits the upright picture was counted there.

        Args:
            counted_px: The size that the metadata says it counts in, any scale; None where it
                says nothing.

        Returns:
            None where that picture is neither: it was cropped or turned since, and the places
            are of another picture.
        """
        if self.photo_px is None:
            return None
        width, height = self.photo_px
        stored = (height, width) if swaps_sides(self.orientation) else (width, height)
        if counted_px is None:
            return Turn(self.orientation, stored)
        if _same_shape(counted_px, stored):
            return Turn(self.orientation, counted_px)
        return Turn(UPRIGHT, counted_px) if _same_shape(counted_px, self.photo_px) else None


def _same_shape(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether one size is the other but for scale and the rounding of its sides."""
    if min(one) <= 0:
        return False
    tolerance = max(sum(one), sum(other))
    return abs(one[0] * other[1] - one[1] * other[0]) <= tolerance
