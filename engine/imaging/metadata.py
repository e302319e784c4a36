"""What a photo says about itself, and how it is made true for the upscaled result."""

from dataclasses import dataclass, replace

from engine.imaging import exif, exif_places, places, xmp, xmp_update
from engine.imaging.exif import SHORT, ExifError, ExifField, ExifTree, ascii_entry
from engine.imaging.exif_layout import build
from engine.imaging.iptc import iptc_of
from engine.imaging.orientation import swaps_sides
from engine.imaging.placement import Placement

ORIENTATION, SOFTWARE = 0x0112, 0x0131
IPTC_IN_EXIF = 0x83BB
_CARRIED = (0x02BC, IPTC_IN_EXIF, 0x8649)
"""XMP, IPTC and Photoshop's resources, as TIFF has them; some programs write them into EXIF."""

_EXIF_VERSION = 0x9000
_MAKE, _MODEL, _LENS_MODEL, _ISO = 0x010F, 0x0110, 0xA434, 0x8827
_TAKEN_AT, _TAKEN_AT_OFFSET = 0x9003, 0x9011
_MAX_BLOCK_BYTES = 16 << 20
_BLOCKS = {
    "exif": "camera data (EXIF)",
    "xmp": "XMP metadata",
    "iptc": "caption data (IPTC)",
    "icc": "colour profile",
}
_COLOUR_SPACE, _INTEROP_INDEX = 0xA001, 0x0001
_SRGB, _ADOBE_RGB, _INTEROP_ADOBE_RGB = 1, 2, "R03"
_ELSEWHERE = frozenset({0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202})
"""These point at places in the photo's file that the result has not."""

_NOT_OF_THIS = "Left out of its metadata, because it was not about this picture: {}."


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
    metadata: Metadata,
    *,
    photo_px: tuple[int, int] | None,
    width_px: int,
    height_px: int,
    strip_gps: bool,
    strip_place: bool,
    software: str,
) -> tuple[Metadata, tuple[str, ...]]:
    """Make the metadata of a photo true for its upscaled, upright result.

    Orientation is reset; sizes, and places counted in the photo's pixels or sides, become those
    of the result; the embedded thumbnail goes, and the software is named, also where the photo
    had no EXIF. Everything else is kept; maker notes byte for byte and in their old place.

    Args:
        metadata: As read from the photo.
        photo_px: Width and height of the upright photo; None where the result is a piece of it.
        width_px: Width of the result.
        height_px: Height of the result.
        strip_gps: Take out every position: EXIF, XMP, keywords, and the maker's notes, which may
            hold one.
        strip_place: Take out the names of places too, from IPTC and XMP.
        software: What to name as the software, such as "AdaptSR 1.0".

    Returns:
        Metadata ready for any of the writers, and a sentence about what did not fit the result.
        An XMP packet that cannot be read is left out.
    """
    placement = Placement(orientation_of(metadata), photo_px, (width_px, height_px))
    strip_gps = strip_gps or strip_place
    lost: list[str] = []
    packet, records, dpi = metadata.xmp, metadata.iptc, metadata.dpi
    if packet is not None:
        try:
            packet, lost = xmp_update.update(
                packet,
                placement,
                strip_gps=strip_gps,
                strip_place=strip_place,
                software=software,
            )
        except xmp.XmpError:
            packet = None
    tree = tree_of(metadata.exif)
    lost += exif_places.count_anew(tree, placement)
    for tag in _ELSEWHERE:
        tree.image.pop(tag, None)
    if ORIENTATION in tree.image:
        tree.image[ORIENTATION] = tree.pack(SHORT, 1)
    tree.image[SOFTWARE] = ascii_entry(software)
    tree.exif.setdefault(_EXIF_VERSION, ExifField(exif.UNDEFINED, 4, b"0232"))
    if strip_gps:
        places.strip_exif(tree)
        records = None if records is None else places.strip_iptc(records, names=strip_place)
    if dpi is not None and swaps_sides(placement.orientation):
        dpi = dpi[::-1]
    made = replace(metadata, exif=build(tree), xmp=packet, iptc=records, dpi=dpi)
    if photo_px is None or not lost:
        return made, ()
    return made, (_NOT_OF_THIS.format(", ".join(dict.fromkeys(lost))),)


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


def is_adobe_rgb(metadata: Metadata) -> bool:
    """Return whether EXIF says that the pixels are Adobe RGB, as cameras do without a profile."""
    tree = tree_of(metadata.exif)
    space = tree.number(tree.exif, _COLOUR_SPACE)
    if space == _ADOBE_RGB:
        return True
    return space != _SRGB and tree.text(tree.interop, _INTEROP_INDEX) == _INTEROP_ADOBE_RGB


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
    """Drop blocks that cannot be read, and move XMP and IPTC out of EXIF where they are in there.

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
            carried = [tree.image.pop(tag, None) for tag in _CARRIED]
            if any(carried):
                inner, iptc, photoshop = (entry.value if entry else b"" for entry in carried)
                packet = packet or inner or None
                records = records or iptc_of(iptc) or iptc_of(photoshop)
                block = build(tree)
    if packet is not None and not xmp.is_readable(packet):
        packet = None
        notices.append("The XMP metadata is damaged and was left out.")
    cleaned = replace(metadata, exif=block, xmp=packet, iptc=records)
    return cleaned, tuple(notices)
