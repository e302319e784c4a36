"""Develops camera RAW files (DNG, CR2, CR3, NEF, ARW, ...) where the optional extra is there."""

import importlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.errors import PhotoError
from engine.imaging.decoders.base import Empty, Header, contiguous
from engine.imaging.icc import srgb_profile
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Decoded

_SRGB_GAMMA = (2.4, 12.92)
_TURNED_BY_90 = frozenset({5, 6})


class RawDecoder:
    """An open RAW file."""

    def __init__(self, file: BinaryIO, path: Path, metadata: Metadata) -> None:
        """Read the header.

        Args:
            file: The open file.
            path: Its name, for messages.
            metadata: What its TIFF directories hold; empty for other containers.

        Raises:
            PhotoError: If RAW support is not installed, or this camera's files are not known.
        """
        try:
            self._rawpy: Any = importlib.import_module("rawpy")
        except ImportError as error:
            raise PhotoError(
                "This is a camera RAW file, and RAW support is not installed.",
                path=path,
                remedy="Install it with: pip install 'adaptsr[raw]'",
            ) from error
        self._path = path
        file.seek(0)
        try:
            self._raw = self._rawpy.imread(file)
        except self._rawpy.LibRawError as error:
            raise self._error() from error
        sizes = self._raw.sizes
        width, height = sizes.width, sizes.height
        if sizes.flip in _TURNED_BY_90:
            width, height = height, width
        self.header = Header(
            width, height, "RAW", 16, has_alpha=False, metadata=metadata, oriented=True
        )

    def decode(self, empty: Empty = np.empty) -> Decoded:
        """Develop with the camera's white balance into 16-bit sRGB.

        Raises:
            PhotoError: If the file is damaged.
        """
        try:
            with self._raw as raw:
                pixels = raw.postprocess(
                    use_camera_wb=True,
                    output_bps=16,
                    output_color=self._rawpy.ColorSpace.sRGB,
                    gamma=_SRGB_GAMMA,
                )
        except self._rawpy.LibRawError as error:
            raise self._error() from error
        return Decoded(contiguous(pixels, empty), icc=srgb_profile())

    def _error(self) -> PhotoError:
        return PhotoError(
            "The RAW file is damaged, or its camera is not known.",
            path=self._path,
            remedy="Convert it to DNG or TIFF in the camera maker's program.",
        )
