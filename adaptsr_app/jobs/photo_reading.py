"""Reads what a queue shows of a photo: header and thumbnail."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColorSpace, QImage

from adaptsr_app.messages import sentence_of
from adaptsr_app.models.photo_facts import PhotoFacts
from engine.errors import EngineError

THUMBNAIL_PX = 128
"""Longest side; drawn at half that, for screens of high resolution."""

_LARGEST_PX = 100_000_000
"""Larger photos go without: decoding one takes as much memory as a whole upscaling."""


def read_photo_facts(path: Path) -> PhotoFacts:
    """Read a photo's header; not on the window's thread."""
    from engine.imaging.reading import probe  # noqa: PLC0415 - takes NumPy
    from engine.profiles.matching import describe  # noqa: PLC0415 - the same

    try:
        info = probe(path)
    except EngineError as error:
        return PhotoFacts(problem=sentence_of(error))
    return PhotoFacts(info, describe(info.camera))


def read_thumbnail(path: Path) -> QImage | str:
    """Decode a photo and make it small; slow, so not on the window's thread.

    Returns:
        In sRGB, upright; or why the photo cannot be decoded, in the user's words. An empty image
        stands for a photo too large to be decoded for this.
    """
    import numpy as np  # noqa: PLC0415 - after the first paint

    from engine.imaging.reading import probe, read_photo  # noqa: PLC0415 - takes NumPy

    try:
        info = probe(path)
        if info.width_px * info.height_px > _LARGEST_PX:
            return QImage()
        photo = read_photo(path, keep_16_bit=False)
    except EngineError as error:
        return sentence_of(error)
    step = max(1, min(info.width_px, info.height_px) // (2 * THUMBNAIL_PX))
    pixels = np.ascontiguousarray(photo.rgb()[::step, ::step], dtype=np.uint8)
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    small = image.scaled(
        THUMBNAIL_PX,
        THUMBNAIL_PX,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return in_srgb(small, photo.metadata.icc)


def in_srgb(image: QImage, icc: bytes | None) -> QImage:
    """Return an image converted from the colour profile its values are in, sRGB if None."""
    if icc is None:
        return image
    space = QColorSpace.fromIccProfile(icc)
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if not space.isValid() or space == srgb:
        return image
    image.setColorSpace(space)
    return image.convertedToColorSpace(srgb)
