"""Takes files apart into chunks, segments, boxes or fields and puts them together wrongly."""

import struct
import zlib
from collections.abc import Callable
from random import Random

from tests.photo_samples import png_chunk
from tests.torture import blocks

_RAW_EXIF = b"Raw profile type exif\0\nexif\n 9\n"
_LONG = 100_000
_MANY = (2, 50, 3000, 200_000)
_NESTING_BOXES = frozenset({b"meta", b"iprp", b"ipco", b"moov", b"trak", b"mdia", b"minf", b"stbl"})


def png(random: Random, data: bytes) -> bytes:
    """Return a PNG with chunks changed, added, repeated or moved; checksums are right."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    for _ in range(random.choice((1, 1, 3))):
        place = random.randrange(len(chunks))
        kind, body = chunks[place]
        match random.randrange(6):
            case 0:
                width, height = blocks.number(random), blocks.number(random)
                rest = (random.choice((1, 2, 4, 8, 16, 3)), random.randrange(8), 0, 0, 0)
                rest = (*rest[:4], random.randrange(3))
                chunks[0] = (b"IHDR", struct.pack(">LLBBBBB", width, height, *rest))
            case 1:
                chunks[place] = (kind, blocks.scrambled(random, body))
            case 2:
                chunks[place:place] = [(kind, body[:1000])] * random.choice(_MANY)
            case 3:
                chunks.insert(1, _png_extra(random))
            case 4:
                random.shuffle(chunks)
            case _:
                chunks[place:place] = [_png_extra(random)] * random.choice((1, 40))
    made = data[:8] + b"".join(png_chunk(kind, body) for kind, body in chunks)
    if random.random() < 0.2:  # a length that lies
        at = 8 + random.randrange(4)
        made = made[:at] + struct.pack(">L", blocks.number(random)) + made[at + 4 :]
    return made


def _png_extra(random: Random) -> tuple[bytes, bytes]:
    word = random.choice((b"XML:com.adobe.xmp", b"Raw profile type exif", b"a", b"b" * 90))
    makers: tuple[tuple[bytes, Callable[[], bytes]], ...] = (
        (b"zTXt", lambda: word + b"\0\0" + _packed(random)),
        (b"iTXt", lambda: word + b"\0\1\0\0\0" + _packed(random)),
        (b"tEXt", lambda: word + b"\0" + blocks.any_block(random)),
        (b"tEXt", lambda: _RAW_EXIF + blocks.exif(random).hex().encode()),
        (b"iCCP", lambda: b"x\0\0" + _packed(random)),
        (b"iCCP", lambda: b"x\0\0" + zlib.compress(blocks.icc(random))),
        (b"eXIf", lambda: blocks.exif(random)),
        (b"acTL", lambda: struct.pack(">LL", blocks.number(random), 0)),
        (b"cICP", lambda: random.randbytes(4)),
        (b"pHYs", lambda: struct.pack(">LLB", blocks.number(random), blocks.number(random), 1)),
        (b"tRNS", lambda: bytes(random.choice((0, 1, 2, 6, 300)))),
        (b"PLTE", lambda: bytes(random.choice((0, 3, 768, 3000)))),
    )
    kind, make = random.choice(makers)
    return kind, make()


def _packed(random: Random) -> bytes:
    return blocks.bomb(random) if random.random() < 0.5 else zlib.compress(blocks.any_block(random))


def jpeg(random: Random, data: bytes) -> bytes:
    """Return a JPEG with segments changed, added, repeated or moved."""
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4])
        segments.append((data[at + 1], data[at + 4 : at + 2 + length]))
        at += 2 + length
    tail = data[at:]
    for _ in range(random.choice((1, 1, 3))):
        place = random.randrange(len(segments))
        marker, body = segments[place]
        match random.randrange(6):
            case 0:
                frame = next((i for i, (m, _) in enumerate(segments) if m in {0xC0, 0xC2}), place)
                marker, body = segments[frame]
                head = struct.pack(
                    ">BHH",
                    random.choice((8, 8, 8, 12, 16)),
                    blocks.number(random, 65535),
                    blocks.number(random, 65535),
                )
                segments[frame] = (random.choice((marker, 0xC0, 0xC1, 0xC2, 0xC9)), head + body[5:])
            case 1:
                segments[place] = (marker, blocks.scrambled(random, body))
            case 2:
                segments[place:place] = [(marker, body)] * random.choice(_MANY[:3])
            case 3:
                segments[place:place] = [(0xE1, b"")] * random.choice(_MANY)
            case 4 if len(tail) < _LONG:  # the scan again and again
                tail = tail[:-2] * random.choice((2, 90, 3000)) + tail[-2:]
            case _:
                segments.insert(place, _jpeg_extra(random))
    made = b"\xff\xd8" + b"".join(
        struct.pack(">BBH", 0xFF, marker, min(len(body) + 2, 65535)) + body[:65533]
        for marker, body in segments
    )
    if random.random() < 0.1:
        made += random.choice((b"\xff", b"\xff\x00", b"\xff\xd0")) * random.choice(_MANY)
    return made + tail


def _jpeg_extra(random: Random) -> tuple[int, bytes]:
    some = random.randrange(256)
    extension = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32
    makers: tuple[tuple[int, Callable[[], bytes]], ...] = (
        (0xE1, lambda: b"Exif\0\0" + blocks.exif(random)),
        (0xE1, lambda: b"http://ns.adobe.com/xap/1.0/\0" + blocks.xmp(random)),
        (0xE1, lambda: extension + blocks.xmp(random)),
        (0xE2, lambda: b"ICC_PROFILE\0" + bytes((some, some)) + blocks.icc(random)),
        (0xE2, lambda: b"ICC_PROFILE\0\1\1" + blocks.icc(random)),
        (0xE2, lambda: b"MPF\0" + blocks.exif(random)),
        (0xED, lambda: b"Photoshop 3.0\0" + blocks.iptc(random)),
        (0xEE, lambda: b"Adobe\0d\0\0\0\0" + bytes((some,))),
        (0xDD, lambda: struct.pack(">H", blocks.number(random, 65535))),
        (0xC4, lambda: bytes((some,)) + random.randbytes(40)),
        (0xDB, lambda: bytes((some & 0x13,)) + bytes(64)),
    )
    marker, make = random.choice(makers)
    return marker, make()


def riff(random: Random, data: bytes) -> bytes:
    """Return a WebP with chunks changed, added, repeated or moved."""
    chunks, at = [], 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    for _ in range(random.choice((1, 1, 3))):
        place = random.randrange(len(chunks))
        kind, body = chunks[place]
        match random.randrange(5):
            case 0:
                size = blocks.number(random, 0xFFFFFF).to_bytes(3, "little")
                size += blocks.number(random, 0xFFFFFF).to_bytes(3, "little")
                head = (b"VP8X", bytes((random.randrange(256), 0, 0, 0)) + size)
                chunks[0 : int(chunks[0][0] == b"VP8X")] = [head]
            case 1:
                chunks[place] = (kind, blocks.scrambled(random, body))
            case 2:
                chunks[place:place] = [(kind, body[:2000])] * random.choice(_MANY[:3])
            case 3:
                random.shuffle(chunks)
            case _:
                makers = ((b"EXIF", blocks.exif), (b"XMP ", blocks.xmp), (b"ICCP", blocks.icc))
                name, make = random.choice(makers)
                chunks.insert(place, (name, make(random)))
    body = b"WEBP"
    for kind, part in chunks:
        body += kind + struct.pack("<L", len(part)) + part + bytes(len(part) % 2)
    size = random.choice((len(body), len(body), blocks.number(random)))
    return b"RIFF" + struct.pack("<L", size) + body


def boxes(random: Random, data: bytes) -> bytes:
    """Return a HEIF or AVIF with fields of its boxes changed, boxes repeated or nested."""
    places = list(_boxes(data, 0, len(data)))
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at, size, _ = random.choice(places)
        match random.randrange(6):
            case 0:
                changed[at : at + 4] = struct.pack(">L", blocks.number(random))
            case 1 | 2:  # any four bytes of a box: sizes, counts, offsets, flags
                inside = at + 8 + 4 * random.randrange(max((size - 8) // 4, 1))
                changed[inside : inside + 4] = struct.pack(">L", blocks.number(random))
            case 3:
                inside = at + 8 + random.randrange(max(size - 8, 1))
                changed[inside : inside + 2] = struct.pack(">H", blocks.number(random, 65535))
            case 4:
                whole = changed[at : at + size]
                changed[at:at] = whole * random.choice((1, 20, 2000))
            case _:
                sized = [place for place in places if place[2] in {b"ispe", b"iloc", b"pitm"}]
                at, _, _ = random.choice(sized or places)
                changed[at + 12 : at + 20] = struct.pack(
                    ">LL", blocks.number(random), blocks.number(random)
                )
    return bytes(changed)


def _boxes(data: bytes, at: int, end: int) -> list[tuple[int, int, bytes]]:
    found = []
    while at + 8 <= end:
        size, kind = struct.unpack_from(">L4s", data, at)
        if size < 8 or at + size > end:
            break
        found.append((at, size, kind))
        if kind in _NESTING_BOXES:
            found += _boxes(data, at + (12 if kind == b"meta" else 8), at + size)
        at += size
    return found


def bmp(random: Random, data: bytes) -> bytes:
    """Return a BMP with fields of its header changed."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 2, 4))):
        at = random.choice((2, 10, 14, 18, 22, 26, 28, 30, 34, 38, 42, 46, 50))
        changed[at : at + 4] = struct.pack("<L", blocks.number(random))
    return bytes(changed)


def tiff(random: Random, data: bytes) -> bytes:
    """Return a TIFF with entries of its first directory changed, added or made to loop."""
    big = data[2] == 43
    if big:
        first, count_bytes, entry_bytes = int.from_bytes(data[8:16], "little"), 8, 20
    else:
        first, count_bytes, entry_bytes = int.from_bytes(data[4:8], "little"), 2, 12
    entries = int.from_bytes(data[first : first + count_bytes], "little")
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = first + count_bytes + entry_bytes * random.randrange(max(entries, 1))
        value_at = at + (12 if big else 8)
        match random.randrange(6):
            case 0:
                value = blocks.number(random).to_bytes(4, "little")
                changed[value_at : value_at + 4] = value
            case 1:
                changed[at + 4 : at + 8] = blocks.number(random).to_bytes(4, "little")
            case 2:
                changed[at + 2 : at + 4] = random.randrange(20).to_bytes(2, "little")
            case 3:
                tag = random.choice((256, 257, 258, 259, 262, 277, 278, 284, 317, 322, 323, 330))
                tag = random.choice((tag, 338, 339, 347, 320, 700, 33723, 34377, 34665, 34675))
                changed[at : at + 2] = tag.to_bytes(2, "little")
            case 4:
                end = first + count_bytes + entry_bytes * entries
                changed[end : end + 4] = random.choice((first, 8, 0, 1 << 31)).to_bytes(4, "little")
            case _:
                changed[at : at + 2] = (330).to_bytes(2, "little")
                changed[value_at : value_at + 4] = first.to_bytes(4, "little")
    return bytes(changed)


def made_up_tiff(random: Random) -> bytes:
    """Return a TIFF that is nothing but claims."""
    side = (1, 8, 100, 6000, 17000, 65536, 1 << 31)
    piece = (1, 1, 16, 256, 1 << 20)
    entries = [
        (256, 4, 1, random.choice(side)),
        (257, 4, 1, random.choice(side)),
        (258, 3, 1, random.choice((1, 8, 16, 32, 64, 12))),
        (259, 3, 1, random.choice((1, 5, 7, 8, 2, 3, 4, 32773, 34925, 50000, 50001, 34712, 34887))),
        (262, 3, 1, random.choice((0, 1, 2, 3, 5, 6, 8, 9, 32803))),
        (277, 3, 1, random.choice((1, 3, 4, 5, 65535))),
    ]
    listed = random.choice((1, 1, 30, 100_000))
    if random.random() < 0.5:
        entries += [(322, 4, 1, random.choice(piece)), (323, 4, 1, random.choice(piece))]
        entries += [(324, 4, listed, 200), (325, 4, listed, 200)]
    else:
        entries += [(273, 4, listed, 200), (278, 4, 1, random.choice(piece))]
        entries += [(279, 4, listed, 200)]
    room = bytes(400) if random.random() < 0.5 else b"\x08\0\0\0" * 200_000
    return blocks.directory_file("<", sorted(entries)) + room
