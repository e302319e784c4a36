"""Finds what a photo's file holds besides the picture, which an upscaled result cannot keep."""

import re
from collections.abc import Iterable, Mapping, Sequence

_GAIN_MAP = "the HDR gain map"
_DEPTH_MAP = "the depth map"
_VIDEO = "the video of a motion photo"
_SOUND = "the sound"
_COMMENT = "the comment"
_CREDENTIALS = "the content credentials (C2PA)"
_MORE_PICTURES = "further pictures in the file, such as previews"
_LAYERS = "Photoshop's layers"

_VIDEO_MARK = re.compile(rb"ftyp(mp4|isom|iso\d|qt  |avc1|3gp|MSNV|hvc1)")
_GAIN_MAP_MARKS = (
    b"http://ns.adobe.com/hdr-gain-map/1.0/",
    b"http://ns.apple.com/HDRGainMap/1.0/",
    b"urn:iso:std:iso:ts:21496:-1",
)
_DEPTH_MARKS = (b"http://ns.google.com/photos/1.0/depthmap/", b"http://ns.google.com/photos/dd/1.0")
_SOUND_MARK = b"http://ns.google.com/photos/1.0/audio/"
_OF_PROGRAMS = re.compile(rb"Software|Creation Time|date:\w+|[a-z]+:.*|signature", re.IGNORECASE)
"""Keywords of PNG texts that programs write about the file, not people about the photo."""

_MOST_NAMED = 3


def left_out(things: Iterable[str]) -> tuple[str, ...]:
    """Return one sentence that names what of a file is not in the result; none for nothing."""
    named = list(dict.fromkeys(things))
    if not named:
        return ()
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return (f"The result is the picture alone, without what else its file holds: {listed}.",)


def of_jpeg(data: bytes, segments: Sequence[tuple[str, bytes]], comment: bytes) -> list[str]:
    """Return what a JPEG holds besides its picture.

    Args:
        data: The file.
        segments: Its application segments before the picture, as Pillow names them.
        comment: Its comment, empty if it has none.
    """
    head = b"".join(body for kind, body in segments if kind in {"APP1", "APP2"})
    things = []
    has_more = any(kind == "APP2" and body.startswith(b"MPF\0") for kind, body in segments)
    if any(mark in head for mark in _GAIN_MAP_MARKS) or (has_more and _GAIN_MAP_MARKS[1] in data):
        things.append(_GAIN_MAP)
    elif has_more:
        things.append(_MORE_PICTURES)
    if any(mark in head for mark in _DEPTH_MARKS):
        things.append(_DEPTH_MAP)
    if _VIDEO_MARK.search(data):
        things.append(_VIDEO)
    if _SOUND_MARK in head:
        things.append(_SOUND)
    if any(kind == "APP11" and b"jumb" in body[:64] for kind, body in segments):
        things.append(_CREDENTIALS)
    if comment.strip(b"\0 \r\n\t"):
        things.append(_COMMENT)
    return things


def of_png(keywords: Iterable[bytes], *, has_credentials: bool) -> list[str]:
    """Return what a PNG holds besides its picture.

    Args:
        keywords: Of its texts, without those that hold metadata which is kept.
        has_credentials: True if it has a chunk of content credentials.
    """
    said = [word.decode("latin-1") for word in keywords if not _OF_PROGRAMS.fullmatch(word)]
    said = [word for word in said if word.isprintable()]
    named = ", ".join(said[:_MOST_NAMED]) + (", …" if len(said) > _MOST_NAMED else "")
    things = [f"its texts ({named})"] if said else []
    return things + ([_CREDENTIALS] if has_credentials else [])


def of_heif(auxiliary: Mapping[str, object], *, has_depth: bool, packet: bytes | None) -> list[str]:
    """Return what a HEIC holds besides its picture.

    Args:
        auxiliary: Its auxiliary pictures by what they are.
        has_depth: True if it has a depth map.
        packet: Its XMP.
    """
    things = []
    gain_maps = [name for name in auxiliary if "hdrgainmap" in name.lower()]
    if gain_maps:
        things.append(_GAIN_MAP)
    if has_depth:
        things.append(_DEPTH_MAP)
    if len(auxiliary) > len(gain_maps):
        things.append(_MORE_PICTURES)
    if packet is not None and re.search(rb"MotionPhoto\s*(=\s*[\"']|>)1", packet):
        things.append(_VIDEO)
    return things


def of_avif(head: bytes) -> list[str]:
    """Return what an AVIF holds besides its picture, from the file's first bytes."""
    return [_GAIN_MAP] if b"tmap" in head[:4096] else []


def of_tiff(*, has_layers: bool) -> list[str]:
    """Return what a TIFF holds besides its pages."""
    return [_LAYERS] if has_layers else []
