"""What a queue shows of a photo beside its thumbnail: camera and size."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.imaging.metadata import CameraFacts
    from engine.imaging.photo import PhotoInfo


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What a photo's header says.

    Attributes:
        info: What the engine makes of it; None where the file cannot be read.
        camera_name: For people; "" where EXIF names none.
        problem: Why the file cannot be used, in the user's words; "" where it can.
    """

    info: "PhotoInfo | None" = None
    camera_name: str = ""
    problem: str = ""

    @property
    def width_px(self) -> int:
        """As seen; 0 where the file cannot be read."""
        return 0 if self.info is None else self.info.width_px

    @property
    def height_px(self) -> int:
        """As seen; 0 where the file cannot be read."""
        return 0 if self.info is None else self.info.height_px

    @property
    def camera(self) -> "CameraFacts | None":
        """What EXIF names; None where the file cannot be read."""
        return None if self.info is None else self.info.camera
