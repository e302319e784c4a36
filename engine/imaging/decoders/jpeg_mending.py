"""Gives a JPEG the end it lost, and finds out how much of its picture that end held."""

import zlib
from dataclasses import dataclass, field

import imagecodecs
import numpy as np

from engine.imaging.decoders.jpeg import markers_of

_LARGEST_SHARE_LOST = 0.05
_END = b"\xff\xd9"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_SCAN = 0xDA
_COEFFICIENTS = 64
_PADDING_BYTES = 64
"""So many zeros at the end are what a copy left unwritten; no picture is stored as them."""

_TRIES = 4
_GUESS_BYTES = 4096


@dataclass(slots=True)
class _Coverage:
    """Which coefficients of each component the scans so far hold to their last bit."""

    exact: dict[int, set[int]] = field(default_factory=dict)

    def add_frame(self, body: bytes) -> None:
        self.exact = {body[6 + 3 * index]: set() for index in range(body[5])}

    def add_scan(self, body: bytes) -> None:
        first, last, bits = body[1 + 2 * body[0] : 4 + 2 * body[0]]
        if bits & 0x0F == 0:
            for index in range(body[0]):
                self.exact[body[1 + 2 * index]].update(range(first, last + 1))

    @property
    def whole(self) -> bool:
        return bool(self.exact) and all(len(c) == _COEFFICIENTS for c in self.exact.values())


def mended(data: bytes, height_px: int) -> tuple[bytes, int]:
    """Return a JPEG with the end that it lacks.

    What is missing is made up by the decoder; so the picture is decoded with several different
    ends, and every row that comes out differently is one that is not all there.

    Args:
        data: A file whose markers do not lead to an end.
        height_px: Rows, as its header announces.

    Returns:
        The file, and how many rows at the bottom are not all there.

    Raises:
        ValueError: If more is missing than the last few rows.
    """
    bare = data.rstrip(b"\0")
    if len(data) - len(bare) < _PADDING_BYTES:
        bare = data
    bare = bare.rstrip(b"\xff")
    if not _holds_all_scans(bare):
        raise ValueError("scans of the picture are missing")
    rng = np.random.default_rng(0)
    rows = _row_checksums(bare + _END)
    good = rows.shape[0]
    for _ in range(_TRIES):
        guess = rng.integers(0, 255, _GUESS_BYTES, np.uint8).tobytes()
        differing = np.nonzero(_row_checksums(bare + guess + _END) != rows)[0]
        good = min(good, int(differing[0]) if len(differing) else good)
    lost = height_px - good
    if lost > _LARGEST_SHARE_LOST * height_px:
        raise ValueError("the file ends early")
    return bare + _END, lost


def _row_checksums(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    try:
        values = imagecodecs.jpeg8_decode(data)
    except imagecodecs.Jpeg8Error as error:
        raise ValueError(str(error)) from error
    return np.array([zlib.crc32(row.tobytes()) for row in values], np.int64)


def _holds_all_scans(data: bytes) -> bool:
    """Return whether a scan of every part of the picture has at least begun."""
    coverage = _Coverage()
    for marker, at in markers_of(data):
        if at + 2 > len(data):
            break
        body = data[at + 2 : at + int.from_bytes(data[at : at + 2])]
        try:
            if marker in _FRAMES:
                coverage.add_frame(body)
            elif marker == _SCAN:
                coverage.add_scan(body)
        except (LookupError, ValueError):
            return False
    return coverage.whole
