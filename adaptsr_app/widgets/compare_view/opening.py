"""Opens a picture away from the window's thread: decodes it, cuts it up, converts its colours.

Colours are converted from the photo's own profile to sRGB, tile by tile, as they are looked at.
What the screen makes of sRGB is up to the system: Qt 6 tells no program the screen's profile.
macOS and colour-managed Wayland desktops take a window's pixels as sRGB and convert them to the
screen themselves, so photos look right there. On X11, and on Windows without automatic colour
management, sRGB goes to the screen as it is: right on a screen that is close to sRGB, too vivid on
a wide-gamut one. All panes are treated alike in any case, so that comparing them is always fair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from PySide6.QtGui import QImage

from adaptsr_app.widgets.compare_view.picture import Pixels, ShownPicture
from adaptsr_app.widgets.compare_view.pyramid import Pyramid, build_pyramid
from engine.cancellation import CancelToken
from engine.errors import MemoryExhaustedError

_UNSEEN = 1
"""A profile that moves no colour by more than this, of 255, is sRGB under another name."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A picture that can be looked at.

    Attributes:
        pyramid: Its tiles.
        icc: The profile its tiles are in; None for sRGB.
    """

    pyramid: Pyramid
    icc: bytes | None

    def tile(self, level: int, row: int, column: int) -> QImage:
        """Return a tile in sRGB; for a worker's thread.

        Raises:
            StorageError: If the disk it lies on stopped answering.
        """
        pixels = self.pyramid.read(level, row, column)
        if self.icc is not None:
            from engine.imaging.icc import to_srgb  # noqa: PLC0415 - takes Pillow with it

            pixels = to_srgb(pixels, "RGB", self.icc)
        pixels = np.ascontiguousarray(pixels)
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        return image.convertToFormat(QImage.Format.Format_RGB32)


def picture_cache() -> Path:
    """Return the folder for tiles of large pictures; what is in it has no name there."""
    return Path(platformdirs.user_cache_dir("adaptsr")) / "pictures"


def open_picture(
    picture: ShownPicture, token: CancelToken, on_progress: Callable[[float], None]
) -> Opened:
    """Decode a picture and cut it into tiles; for a worker's thread.

    Args:
        picture: What to open.
        token: Stops it while decoding, or between rows of tiles.
        on_progress: Called with the share of tiles made, 0 to 1.

    Raises:
        Cancelled: If the token says so.
        EngineError: If the file cannot be read, or memory or disk are too small for it.
    """
    path = picture.source if isinstance(picture.source, Path) else None
    try:
        pixels, icc = _read(path, token) if path is not None else (picture.source, picture.icc)
        token.check()
        assert isinstance(pixels, np.ndarray)  # noqa: S101 - for mypy
        pyramid = build_pyramid(pixels, picture_cache(), token=token, on_progress=on_progress)
    except MemoryError as error:
        raise MemoryExhaustedError(
            "There is not enough memory to show this photo.",
            path=path,
            remedy="Close other programs, then try again.",
        ) from error
    return Opened(pyramid, None if icc is None or _is_srgb(icc) else icc)


def _read(path: Path, token: CancelToken) -> tuple[Pixels, bytes | None]:
    """Return a photo as RGB of 8 bits over white, and the profile it is in."""
    from engine.imaging.colour import over_white  # noqa: PLC0415 - takes NumPy
    from engine.imaging.icc import grey_to_srgb  # noqa: PLC0415 - takes NumPy
    from engine.imaging.reading import read_photo  # noqa: PLC0415 - takes NumPy

    photo = read_photo(path, keep_16_bit=False, token=token)
    icc = photo.metadata.icc
    pixels = photo.pixels
    if photo.alpha is not None:
        pixels = over_white(pixels, photo.alpha)
    if photo.is_grey:
        tones = None if icc is None else grey_to_srgb(icc)
        if tones is not None:
            pixels = tones[pixels]
        pixels, icc = np.repeat(pixels, 3, axis=2), None
    return pixels.astype(np.uint8, copy=False), icc


def _is_srgb(icc: bytes) -> bool:
    from engine.imaging.icc import to_srgb  # noqa: PLC0415 - takes Pillow with it

    steps = np.linspace(0, 255, 17).astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(17, -1, 3)
    moved = to_srgb(lattice, "RGB", icc).astype(int) - lattice
    return int(np.abs(moved).max()) <= _UNSEEN
