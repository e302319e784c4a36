"""What a photo says about itself, and how it is made true for the upscaled result."""

from dataclasses import dataclass, replace

from engine.imaging import exif, xmp
from engine.imaging.exif import LONG, SHORT, Entry, ExifError, ExifTree, ascii_entry
from engine.imaging.exif_layout import build

ORIENTATION, SOFTWARE = 0x0112, 0x0131
IPTC_IN_EXIF = 0x83BB
_IMAGE_WIDTH, _IMAGE_LENGTH = 0x0100, 0x0101
_PIXEL_X, _PIXEL_Y = 0xA002, 0xA003
_EXIF_VERSION = 0x9000
_SUBJECT_AREA, _SUBJECT_LOCATION = 0x9214, 0xA214
_MAKE, _MODEL, _LENS_MODEL, _ISO = 0x010F, 0x0110, 0xA434, 0x8827
_TAKEN_AT, _TAKEN_AT_OFFSET = 0x9003, 0x9011
_MAX_BLOCK_BYTES = 16 << 20
_BLOCKS = {
    "exif": "camera data (EXIF)",
    "xmp": "XMP metadata",
    "iptc": "caption data (IPTC)",
    "icc": "colour profile",
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """A photo's metadata blocks, each without the wrapping of its container.

    Attributes:
        exif: EXIF, beginning with the TIFF header ("II*" or "MM*").
        xmp: The XMP packet.
        iptc: IPTC-IIM records.
        icc: The ICC profile that the pixel values are encoded in.
        dpi: Print resolution in pixels per inch, horizontal and vertical.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """Which camera and lens took a photo, and how. Unknown facts are None."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    iso: int | None = None
    taken_at: str | None = None


def prepare(
    metadata: Metadata, *, width_px: int, height_px: int, strip_gps: bool, software: str
) -> Metadata:
    """Return the metadata of a photo made true for its upscaled, upright result.

    Orientation is reset, dimensions are updated, the embedded thumbnail and positions counted
    in old pixels go, and the software is named, also where the photo had no EXIF. Everything
    else is kept; maker notes byte for byte and in their old place.

    Args:
        metadata: As read from the photo.
        width_px: Width of the result.
        height_px: Height of the result.
        strip_gps: Remove the position from EXIF and XMP. (IPTC has place names only; they stay.)
        software: What to name as the software, such as "AdaptSR 1.0".

    Returns:
        Metadata ready for any of the writers. An XMP packet that cannot be read is left out.
    """
    packet = metadata.xmp
    if packet is not None:
        try:
            packet = xmp.update(
                packet,
                width_px=width_px,
                height_px=height_px,
                strip_gps=strip_gps,
                software=software,
            )
        except xmp.XmpError:
            packet = None
    tree = tree_of(metadata.exif)
    for tag, size_px in ((_IMAGE_WIDTH, width_px), (_IMAGE_LENGTH, height_px)):
        if tag in tree.image:
            tree.image[tag] = tree.pack(LONG, size_px)
    if ORIENTATION in tree.image:
        tree.image[ORIENTATION] = tree.pack(SHORT, 1)
    tree.image[SOFTWARE] = ascii_entry(software)
    tree.exif.setdefault(_EXIF_VERSION, Entry(exif.UNDEFINED, 4, b"0232"))
    tree.exif[_PIXEL_X] = tree.pack(LONG, width_px)
    tree.exif[_PIXEL_Y] = tree.pack(LONG, height_px)
    for tag in (_SUBJECT_AREA, _SUBJECT_LOCATION):
        tree.exif.pop(tag, None)
    if strip_gps:
        tree.gps.clear()
    return replace(metadata, exif=build(tree), xmp=packet)


def tree_of(block: bytes | None) -> ExifTree:
    """Return the fields of an EXIF block; none where there is no readable block."""
    try:
        return ExifTree() if block is None else exif.parse(block)
    except ExifError:
        return ExifTree()


def orientation_of(metadata: Metadata) -> int:
    """Return the orientation 1 to 8 that EXIF, or else XMP, gives; 1 where neither does."""
    tree = tree_of(metadata.exif)
    value = tree.number(tree.image, ORIENTATION)
    if value is None and metadata.xmp is not None:
        value = xmp.orientation(metadata.xmp)
    return int(value) if value in {1, 2, 3, 4, 5, 6, 7, 8} else 1


def camera_facts(metadata: Metadata) -> CameraFacts:
    """Return what EXIF says about camera, lens, ISO and time.

    `taken_at` is ISO 8601, with the offset from UTC where the camera stored one.
    """
    tree = tree_of(metadata.exif)
    iso = tree.number(tree.exif, _ISO)
    return CameraFacts(
        make=tree.text(tree.image, _MAKE),
        model=tree.text(tree.image, _MODEL),
        lens=tree.text(tree.exif, _LENS_MODEL),
        iso=int(iso) if iso else None,
        taken_at=_iso_time(tree.text(tree.exif, _TAKEN_AT), tree.text(tree.exif, _TAKEN_AT_OFFSET)),
    )


def _iso_time(exif_time: str | None, offset: str | None) -> str | None:
    if exif_time is None or len(exif_time) < 19 or not exif_time[:4].isdigit():
        return None
    day, time = exif_time[:10].replace(":", "-"), exif_time[11:19]
    return f"{day}T{time}{offset or ''}"


def _without_bulk(metadata: Metadata) -> tuple[Metadata, list[str]]:
    """Drop blocks larger than anything a photo has to say, and say so."""
    notices = []
    for name, words in _BLOCKS.items():
        block = getattr(metadata, name)
        if block is not None and len(block) > _MAX_BLOCK_BYTES:
            metadata = replace(metadata, **{name: None})
            notices.append(f"The {words} is far too large and was left out.")
    return metadata, notices


def without_damage(metadata: Metadata) -> tuple[Metadata, tuple[str, ...]]:
    """Drop blocks that cannot be read, and move IPTC out of EXIF where it travelled there.

    Returns:
        The readable metadata, and a sentence for each thing that was dropped.
    """
    metadata, notices = _without_bulk(metadata)
    block, packet, records = metadata.exif, metadata.xmp, metadata.iptc
    if block is not None:
        try:
            tree = exif.parse(block)
        except ExifError:
            block = None
            notices.append("The camera data (EXIF) is damaged and was left out.")
        else:
            if tree.dropped:
                notices.append("Some of the camera data (EXIF) is damaged and was left out.")
            carried = tree.image.pop(IPTC_IN_EXIF, None)
            if carried is not None:
                records = records or carried.value
                block = build(tree)
    if packet is not None and not xmp.is_readable(packet):
        packet = None
        notices.append("The XMP metadata is damaged and was left out.")
    cleaned = replace(metadata, exif=block, xmp=packet, iptc=records)
    return cleaned, tuple(notices)
