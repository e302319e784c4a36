"""What the program and a decoder say to each other: small JSON with blobs, never pickles.

A decoder may have been taken over by the file it read, so the program believes nothing it says:
every answer is checked against its type, and its length is bounded.
"""

import json
import struct
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Literal

from engine.imaging.metadata import CameraFacts

MAX_TEXT_BYTES = 1 << 20
MAX_BLOB_BYTES = 256 << 20
_LENGTH = struct.Struct(">L")
BLOCKS = ("exif", "xmp", "iptc", "icc")


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of a file.

    Attributes:
        want: Its pixels, what its header says, or the tables it is compressed with.
        path: Absolute, in hexadecimal of the file system's bytes.
        max_pixels: Refuse larger photos.
        keep_16_bit: Keep more than 8 bits per channel as 16.
        cpu_s: Processor time after which the system itself ends the decoder.
        forget: Shared memory that is not used again.
    """

    want: Literal["pixels", "header", "tables"]
    path: str
    max_pixels: int
    keep_16_bit: bool
    cpu_s: int
    forget: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """Shared memory lent to the decoder; new memory travels beside the message or has a name."""

    index: int
    size: int
    name: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """The decoder has started."""


@dataclass(frozen=True, slots=True)
class SizeKnown:
    """The header was read; what comes may take time and memory for so many pixels."""

    pixels: int
    bytes_per_pixel: int


@dataclass(frozen=True, slots=True)
class RoomNeeded:
    """The decoder wants shared memory of so many bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Array:
    """An array in shared memory, from its first byte on."""

    index: int
    shape: tuple[int, ...]
    bit_depth: Literal[8, 16]


@dataclass(frozen=True, slots=True)
class PixelsRead:
    """A decoded photo. Its metadata blocks follow as blobs; a missing one has the length -1."""

    format: Literal["JPEG", "PNG", "WebP", "TIFF", "HEIF", "AVIF", "BMP", "RAW"]
    pixels: Array
    alpha: Array | None
    notices: tuple[str, ...]
    dpi: tuple[float, float] | None
    lengths: tuple[int, int, int, int]
    made_up_rows: int


@dataclass(frozen=True, slots=True)
class HeaderRead:
    """What a header says; fields as in `PhotoInfo`."""

    width_px: int
    height_px: int
    format: Literal["JPEG", "PNG", "WebP", "TIFF", "HEIF", "AVIF", "BMP", "RAW"]
    bit_depth: int
    has_alpha: bool
    camera: CameraFacts


@dataclass(frozen=True, slots=True)
class TablesRead:
    """How a JPEG is compressed; None for any other photo."""

    tables: tuple[tuple[int, ...], ...] | None
    halves_colour: bool


@dataclass(frozen=True, slots=True)
class DecodingFailed:
    """One of the errors a user may see."""

    error: Literal["PhotoError", "StorageError", "MemoryExhaustedError"]
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Bug:
    """Any other exception; the text is its traceback."""

    text: str


Response = (
    Ready | SizeKnown | RoomNeeded | PixelsRead | HeaderRead | TablesRead | DecodingFailed | Bug
)
RESPONSES: dict[str, type[Response]] = {
    kind.__name__: kind
    for kind in (
        Ready,
        SizeKnown,
        RoomNeeded,
        PixelsRead,
        HeaderRead,
        TablesRead,
        DecodingFailed,
        Bug,
    )
}


class ProtocolError(Exception):
    """The other side said something it must not say."""


def pack(message: object, blobs: tuple[bytes, ...] = ()) -> bytes:
    """Return a message as bytes: two lengths, text, blobs."""
    if not is_dataclass(message) or isinstance(message, type):
        raise TypeError(f"{message!r} is no message")
    text = json.dumps({"kind": type(message).__name__, "body": asdict(message)}).encode("ascii")
    blob = b"".join(blobs)
    return _LENGTH.pack(len(text)) + _LENGTH.pack(len(blob)) + text + blob


HEAD_BYTES = 2 * _LENGTH.size


def lengths(head: bytes) -> tuple[int, int]:
    """Return how many bytes of text and of blobs follow the first `HEAD_BYTES` of a message.

    Raises:
        ProtocolError: If they are more than a message may have.
    """
    text, blob = _LENGTH.unpack_from(head)[0], _LENGTH.unpack_from(head, _LENGTH.size)[0]
    if text > MAX_TEXT_BYTES or blob > MAX_BLOB_BYTES:
        raise ProtocolError("a message is too long")
    return text, blob


def text_of(message: bytes) -> tuple[str, dict[str, Any], bytes]:
    """Return the kind, the body and the blobs of a whole message.

    Raises:
        ProtocolError: If it is none.
    """
    text, _ = lengths(message)
    try:
        said = json.loads(message[HEAD_BYTES : HEAD_BYTES + text])
        return str(said["kind"]), dict(said["body"]), message[HEAD_BYTES + text :]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise ProtocolError("a message cannot be read") from error
