"""Metadata blocks that are extreme in every field: EXIF, XMP, ICC, IPTC and texts."""

import struct
import zlib
from functools import cache
from random import Random

from tests.photo_samples import IPTC, SRGB_ICC, cmyk_icc, exif_block, grey_icc, xmp_packet

EXTREMES = (0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 1 << 20)
EXTREMES += (0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_XMP_NAMES = ("tiff:Orientation", "exif:PixelXDimension", "xmpNote:HasExtendedXMP", "a:b")


def number(random: Random, most: int = 0xFFFFFFFF) -> int:
    """Return an extreme number, or any."""
    if random.random() < 0.7:
        return random.choice(EXTREMES) & most
    return random.randrange(most + 1)


def exif(random: Random) -> bytes:
    """Return an EXIF block with one thing or many wrong."""
    order = random.choice("<>")
    match random.randrange(5):
        case 0:
            return scrambled(random, exif_block(order, random.randrange(12)))
        case 1:  # directories that point at themselves and each other
            entries = [(tag, 4, 1, random.choice((8, 8, 20, 0))) for tag in (0x8769, 0x8825, 330)]
            return directory_file(order, entries, following=8)
        case 2:
            entries = [
                (random.randrange(65536), random.randrange(20), number(random), number(random))
                for _ in range(random.choice((1, 30, 5000)))
            ]
            return directory_file(order, entries, following=number(random))
        case 3:  # many fields of the same bytes
            entries = [(tag, 7, 60_000, 8) for tag in range(random.choice((100, 4000)))]
            return directory_file(order, entries) + bytes(60_000)
        case _:
            known = (0x0112, 0x010F, 0x9003, 0x927C, 0x8827, 0xA434, 0x829A)
            entries = [(tag, random.randrange(14), number(random), number(random)) for tag in known]
            return directory_file(order, entries)


def directory_file(
    order: str, entries: list[tuple[int, int, int, int]], following: int = 0
) -> bytes:
    """Return a TIFF structure of one directory."""
    table = b"".join(struct.pack(f"{order}HHLL", *entry) for entry in entries)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    count = struct.pack(f"{order}H", len(entries))
    return mark + struct.pack(f"{order}L", 8) + count + table + struct.pack(f"{order}L", following)


def xmp(random: Random) -> bytes:
    """Return an XMP packet with one thing or many wrong, in any encoding."""
    plain = xmp_packet(random.randrange(12)).decode()
    inner = plain.split("?>", 1)[-1].rsplit("<?", 1)[0] if "<?xpacket" in plain else plain
    match random.randrange(8):
        case 0:
            return scrambled(random, plain.encode())
        case 1:
            levels = random.choice((50, 200, 100_000))
            text = "<a>" * levels + "</a>" * levels
        case 2:
            text = "<r>" + "<a/>" * random.choice((1000, 2_000_000)) + "</r>"
        case 3:
            lines = ['<!ENTITY a "aaaaaaaaaa">']
            for this, before in zip("bcdefghijk", "abcdefghij", strict=True):
                lines.append(f'<!ENTITY {this} "{f"&{before};" * 10}">')
            text = f"<!DOCTYPE x [{''.join(lines)}]><x>&k;</x>"
        case 4:
            text = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
        case 5:
            name = random.choice(_XMP_NAMES)
            text = inner.replace("xmp:CreatorTool", name)
        case 6:
            attributes = "".join(f' a{i}="{i}"' for i in range(random.choice((10, 100_000))))
            text = f"<x{attributes}/>"
        case _:
            text = inner + "\0" * random.randrange(100) + "<"
    encoding = random.choice(("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"))
    return text.encode(encoding, "replace")


def icc(random: Random) -> bytes:
    """Return an ICC profile with one thing or many wrong."""
    profile = bytearray(random.choice((SRGB_ICC, cmyk_icc(), grey_icc())))
    for _ in range(random.randrange(1, 5)):
        tags = int.from_bytes(profile[128:132])
        at = 132 + 12 * random.randrange(max(min(tags, 20), 1))
        if random.random() < 0.3:
            at = random.choice((0, 12, 16, 20, 36, 64, 128))
        elif random.random() < 0.5:  # within the data of a tag
            at = int.from_bytes(profile[at + 4 : at + 8]) % len(profile) + random.randrange(16)
        else:
            at += random.choice((0, 4, 8))
        value = struct.pack(">L", number(random))
        profile[at : at + 4] = value
    return bytes(profile[: random.choice((len(profile), len(profile), number(random)))])


def iptc(random: Random) -> bytes:
    """Return IPTC records, or Photoshop blocks around them, with lengths that lie."""
    head = b"8BIM" + struct.pack(">HBBL", 0x0404, random.randrange(256), 0, number(random))
    return scrambled(random, random.choice((IPTC, head + IPTC, head * 2000, b"\x1c" * 9000)))


def text(random: Random) -> bytes:
    """Return a text: huge, empty, or of bytes that no text has."""
    return random.choice((b"", b"\xff" * 300, b"A" * 3_000_000, bytes(5000), b"\x1b]0;x\x07"))


def bomb(random: Random) -> bytes:
    """Return deflated data that unpack to a thousand times their size."""
    return _zeros(random.choice((1, 20, 100)) << 20)


@cache
def _zeros(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


BLOCKS = (exif, xmp, icc, iptc, text)


def any_block(random: Random) -> bytes:
    """Return a block of any kind."""
    return random.choice(BLOCKS)(random)


def scrambled(random: Random, data: bytes) -> bytes:
    """Return `data` cut, flipped, overwritten or repeated in places."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5, 40))):
        at = random.randrange(max(len(changed), 1))
        match random.randrange(7):
            case 0 if changed:
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                changed[at : at + 4] = number(random).to_bytes(4, random.choice(("little", "big")))
            case 2:
                changed[at : at + 2] = number(random, 65535).to_bytes(2)
            case 3:
                del changed[at:]
            case 4:
                del changed[at : at + random.choice((1, 4, 100))]
            case 5:
                piece = changed[at : at + random.choice((4, 64, 2000))]
                changed[at:at] = piece * random.choice((1, 2, 50))
            case _:
                changed[at : at + random.choice((4, 300))] = bytes(random.choice((4, 300)))
    return bytes(changed)
