"""Reads a photo file into an array, or says in one sentence why it cannot be read.

The one way in for files that strangers made: decoding happens in a process of its own
(`decoding_process`), so that no file can end, stop or fill the program.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.cancellation import CancelToken
from engine.errors import PhotoError
from engine.imaging.decoding_process.pool import DecoderPool, shared_pool
from engine.imaging.decoding_process.process import DecoderBugError, Reply
from engine.imaging.decoding_process.protocol import (
    HeaderRead,
    PixelsRead,
    Request,
    TablesRead,
)
from engine.imaging.known_headers import KnownHeaders, state_of
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Photo, PhotoInfo

DEFAULT_MAX_PIXELS = 300_000_000
"""Lets the largest phone photos (200 megapixels) through and stops files made to fill memory."""

_GIVES_UP_S = 600
"""Processor time after which a decoder ends itself, should the program no longer be there."""

_headers = KnownHeaders()


@dataclass(frozen=True, slots=True)
class JpegTables:
    """How a JPEG was compressed.

    Attributes:
        tables: Quantisation tables of 64 values, the one of luma first.
        halves_colour: True where colour is stored with fewer pixels than luma.
    """

    tables: tuple[tuple[int, ...], ...]
    halves_colour: bool


def read_photo(
    path: Path,
    *,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    keep_16_bit: bool = True,
    must_be_whole: bool = False,
    token: CancelToken | None = None,
    pool: DecoderPool | None = None,
) -> Photo:
    """Read a photo, upright, with everything it says about itself.

    RGB and grey keep the values and the profile they are stored with. CMYK and Lab are converted
    to sRGB through their profile, palettes expanded, floating-point values taken as 0 (black) to
    1 (white) and clipped, RAW developed with the camera's white balance. Of several pictures in
    one file the first is read.

    Args:
        path: Any photo file; what it holds counts, not what its name ends in.
        max_pixels: Refuse larger photos before decoding them.
        keep_16_bit: Keep more than 8 bits per channel as 16; otherwise everything becomes 8.
        must_be_whole: Refuse a photo of which the lowest rows had to be made up, for whoever learns
            from it or measures by it.
        token: Ends the reading when cancelled.
        pool: The decoders to ask; the program's own if None.

    Returns:
        The photo; `notices` names what could not be kept.

    Raises:
        PhotoError: If the file is missing, empty, damaged, too large or not a photo, or if
            decoding it crashes or takes far too long or far too much memory; or if it is not whole.
        StorageError: If the drive is gone, does not answer, or the file may not be read.
        MemoryExhaustedError: If the photo does not fit into memory.
        Cancelled: If the token says so.
    """
    path = Path(path)
    reply = _ask(path, "pixels", max_pixels, token, pool, keep_16_bit=keep_16_bit)
    match reply:
        case Reply(answer=PixelsRead() as said, pixels=np.ndarray() as pixels, alpha=alpha):
            rows = said.made_up_rows
            if must_be_whole and rows:
                raise PhotoError(
                    f"The end of the photo is missing, {rows} of its rows would have to be made up.",
                    path=path,
                    remedy="Copy it from the camera or phone again.",
                )
            metadata = _metadata(said, reply.blobs)
            return Photo(pixels, alpha, metadata, path, said.format, said.notices, rows)
        case _:
            raise DecoderBugError("no answer to the question")


def read_rgb8(
    path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS, token: CancelToken | None = None
) -> npt.NDArray[np.uint8]:
    """Read a whole photo as 8-bit RGB, to learn from it or measure by it; no colour management.

    Orientation is applied, transparency is dropped, grey is repeated, 16 bits are scaled to 8.

    Args:
        path: Any photo file the app reads.
        max_pixels: Refuse larger photos before decoding them.
        token: Ends the reading when cancelled.

    Returns:
        The photo's own encoded RGB values, shape (H, W, 3).

    Raises:
        PhotoError, StorageError, MemoryExhaustedError, Cancelled: As `read_photo`; the first also
            where some rows had to be made up.
    """
    photo = read_photo(
        path, max_pixels=max_pixels, keep_16_bit=False, must_be_whole=True, token=token
    )
    return photo.rgb().astype(np.uint8, copy=False)


def probe(
    path: Path, *, token: CancelToken | None = None, pool: DecoderPool | None = None
) -> PhotoInfo:
    """Return what a photo's header says, without decoding its pixels.

    It is read once for each state of the file.

    Args:
        path: Any photo file the app reads.
        token: Ends the reading when cancelled.
        pool: The decoders to ask; the program's own if None.

    Raises:
        PhotoError, StorageError, MemoryExhaustedError, Cancelled: As `read_photo`.
    """
    path = Path(path)
    state = state_of(path)  # before it is read: what is written meanwhile is another state
    known = _headers.find(state)
    if known is not None:
        return known
    said = _ask(path, "header", DEFAULT_MAX_PIXELS, token, pool).answer
    if not isinstance(said, HeaderRead):
        raise DecoderBugError("no answer to the question")
    info = PhotoInfo(
        said.width_px, said.height_px, said.format, said.bit_depth, said.has_alpha, said.camera
    )
    if state_of(path) == state:
        _headers.add(state, info)
    return info


def read_jpeg_tables(path: Path, *, token: CancelToken | None = None) -> JpegTables | None:
    """Read how a JPEG was compressed; None for any other photo.

    Raises:
        PhotoError, StorageError, MemoryExhaustedError, Cancelled: As `read_photo`.
    """
    said = _ask(Path(path), "tables", DEFAULT_MAX_PIXELS, token, None).answer
    if not isinstance(said, TablesRead):
        raise DecoderBugError("no answer to the question")
    return JpegTables(said.tables, said.halves_colour) if said.tables else None


def _ask(
    path: Path,
    want: Literal["pixels", "header", "tables"],
    max_pixels: int,
    token: CancelToken | None,
    pool: DecoderPool | None,
    *,
    keep_16_bit: bool = True,
) -> Reply:
    request = Request(want, "", max_pixels, keep_16_bit, _GIVES_UP_S)
    return (pool or shared_pool()).read(path, request, token)


def _metadata(said: PixelsRead, blobs: bytes) -> Metadata:
    at, blocks = 0, list[bytes | None]()
    for length in said.lengths:
        blocks.append(None if length < 0 else blobs[at : at + length])
        at += max(length, 0)
    exif, xmp, iptc, icc = blocks
    return Metadata(exif, xmp, iptc, icc, said.dpi)
