"""Writes a result from rows given top to bottom, without ever holding the whole of it."""

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from engine.errors import MemoryExhaustedError
from engine.imaging.colour import Pixels, over_white, to_depth
from engine.imaging.encoders.base import Output
from engine.imaging.encoders.jpeg import JpegEncoder
from engine.imaging.encoders.png import PngEncoder
from engine.imaging.encoders.tiff import TiffEncoder
from engine.imaging.encoders.webp import WebpEncoder
from engine.imaging.formats import FORMATS, check_format
from engine.imaging.part_file import PartFile, file_errors

_ALPHA_DROPPED = "{} cannot hold transparency; the photo was laid over white."


class StripWriter:
    """Takes the rows of a result and writes its file.

    Use as a context manager: a clean exit completes the file and gives it its name, an exception
    leaves nothing behind. Compression runs on worker threads; `write` blocks only while they are
    behind. Memory use does not grow with the height of the result, except for WebP, whose
    encoder needs 2 to 4 bytes per pixel at the end, and up to 20 for pure noise.

    Attributes:
        notices: One sentence for each thing that the result could not hold, complete after exit.
    """

    def __init__(self, path: Path, output: Output, *, overwrite: bool = False) -> None:
        """Create the file beside its final name.

        Raises:
            PhotoError: If the format cannot hold the result.
            StorageError: If the file exists and may not be replaced, or cannot be created.
        """
        check_format(output.format, output.width_px, output.height_px, output.bit_depth)
        self._output = output
        self._flatten = output.has_alpha and not FORMATS[output.format].has_alpha
        self._rows_left = output.height_px
        self._part = PartFile(path, overwrite=overwrite)
        try:
            with file_errors(path):
                self._encoder = _encoder(self._part, output, flatten=self._flatten)
                self._encoder.begin()
        except BaseException:
            self._part.discard()
            raise
        self.notices: tuple[str, ...] = ()

    def write(self, rows: Pixels, alpha: Pixels | None = None) -> None:
        """Append rows below those written before.

        Args:
            rows: Encoded colour, shape (h, W, channels), uint8 or uint16; converted to the
                result's bit depth.
            alpha: Opacity, shape (h, W); given exactly if the output has alpha.

        Raises:
            ValueError: If the rows do not fit the announced output.
            StorageError: If the disk is full, gone or not writable.
        """
        output = self._output
        if rows.shape[1:] != (output.width_px, output.channels) or len(rows) > self._rows_left:
            raise ValueError(f"rows of shape {rows.shape} do not fit {output}")
        if (alpha is not None) != output.has_alpha:
            raise ValueError("alpha must come with every row or none")
        rows = to_depth(rows, output.bit_depth)
        if alpha is not None:
            alpha = to_depth(alpha, output.bit_depth)
            if self._flatten:
                rows = over_white(rows, alpha)
            else:
                rows = np.concatenate([rows, alpha[..., None]], axis=2)
        self._rows_left -= len(rows)
        with file_errors(self._part.path):
            self._encoder.write(rows)

    def finish(self) -> None:
        """Complete the file and give it its name.

        Raises:
            ValueError: If rows are missing.
            StorageError: If the disk is full or gone, or the name was taken meanwhile.
            MemoryExhaustedError: If a WebP does not fit into memory.
        """
        try:
            if self._rows_left:
                raise ValueError(f"{self._rows_left} rows are missing")
            with file_errors(self._part.path):
                self._encoder.finish()
            self._part.publish()
        except MemoryError as error:
            raise MemoryExhaustedError(
                "There is not enough memory to write this photo.",
                path=self._part.path,
                remedy="Save it as TIFF, PNG or JPEG, which need less.",
            ) from error
        finally:
            self.discard()
        flattened = (_ALPHA_DROPPED.format(self._output.format),) if self._flatten else ()
        self.notices = (*self._output.notices, *flattened, *self._encoder.notices)

    def discard(self) -> None:
        """Stop and leave nothing behind; does nothing after `finish`."""
        self._encoder.close()
        self._part.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.discard()


def _encoder(
    part: PartFile, output: Output, *, flatten: bool
) -> JpegEncoder | PngEncoder | TiffEncoder | WebpEncoder:
    if flatten:
        output = replace(output, has_alpha=False)
    match output.format:
        case "JPEG":
            return JpegEncoder(part.file, output)
        case "PNG":
            return PngEncoder(part.file, output)
        case "TIFF":
            return TiffEncoder(part.file, output)
        case "WebP":
            return WebpEncoder(part.file, output, part.path.parent)
