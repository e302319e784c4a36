"""Counts anew what EXIF counts in the pixels of the photo: subjects, sensor and print density."""

import struct

from engine.imaging.exif import LONG, RATIONAL, SHORT, Directory, ExifTree, rational
from engine.imaging.placement import Placement, RelativeBox, Turn

PIXEL_X, PIXEL_Y = 0xA002, 0xA003
_SUBJECT_AREA, _SUBJECT_LOCATION = 0x9214, 0xA214
_FOCAL_PLANE_X, _FOCAL_PLANE_Y, _FOCAL_PLANE_UNIT = 0xA20E, 0xA20F, 0xA210
_X_DENSITY, _Y_DENSITY = 0x011A, 0x011B
_IMAGE_WIDTH, _IMAGE_LENGTH = 0x0100, 0x0101
_RELATED_WIDTH, _RELATED_LENGTH = 0x1001, 0x1002
_LARGEST_SHORT = 0xFFFF

SUBJECT = "where its subject is"
SENSOR_DENSITY = "the resolution on its sensor"


def count_anew(tree: ExifTree, placement: Placement) -> list[str]:
    """Make every field that counts pixels true for the result.

    Args:
        tree: Changed in place.
        placement: How the photo becomes the result.

    Returns:
        What had to be taken out instead.
    """
    turn = placement.turn(_counted_px(tree))
    lost = []
    lost += [] if _move_subject(tree, turn, placement.result_px) else [SUBJECT]
    lost += [] if _scale_sensor(tree, turn, placement.result_px) else [SENSOR_DENSITY]
    turned = placement.turn()
    if turned is not None and turned.swaps:
        _swap(tree.image, _X_DENSITY, _Y_DENSITY)
    width, height = placement.result_px
    for directory, tags in (
        (tree.image, (_IMAGE_WIDTH, _IMAGE_LENGTH)),
        (tree.interop, (_RELATED_WIDTH, _RELATED_LENGTH)),
    ):
        for tag, size_px in zip(tags, (width, height), strict=True):
            if tag in directory:
                directory[tag] = tree.pack(LONG, size_px)
    tree.exif[PIXEL_X] = tree.pack(LONG, width)
    tree.exif[PIXEL_Y] = tree.pack(LONG, height)
    return lost


def _counted_px(tree: ExifTree) -> tuple[float, float] | None:
    across, down = tree.number(tree.exif, PIXEL_X), tree.number(tree.exif, PIXEL_Y)
    return (across, down) if across and down else None


def _move_subject(tree: ExifTree, turn: Turn | None, result_px: tuple[int, int]) -> bool:
    kept = True
    for tag, counts in ((_SUBJECT_AREA, {2, 3, 4}), (_SUBJECT_LOCATION, {2})):
        entry = tree.exif.pop(tag, None)
        if entry is None:
            continue
        if entry.type != SHORT or entry.count not in counts or turn is None:
            kept = False
            continue
        numbers = struct.unpack(f"{tree.order}{entry.count}H", entry.value)
        moved = moved_subject(numbers, turn, result_px)
        if moved is None or max(moved) > _LARGEST_SHORT:
            kept = False
        else:
            tree.exif[tag] = tree.pack(SHORT, *moved)
    return kept


def moved_subject(
    numbers: tuple[int, ...], turn: Turn, result_px: tuple[int, int]
) -> tuple[int, ...] | None:
    """Return a subject's point, circle or rectangle where it is in the result.

    Args:
        numbers: Centre, then nothing, a diameter, or width and height, in pixels.
        turn: From the picture that `numbers` count in.
        result_px: Width and height of the result.

    Returns:
        As many numbers; None where the centre lies outside that picture.
    """
    across, down = turn.counted_px
    x, y, *size = numbers
    if not (0 <= x <= across and 0 <= y <= down):
        return None
    width, height = size if len(size) == 2 else (0, 0)
    box = turn.box(RelativeBox.around(x / across, y / down, width / across, height / down))
    moved = [box.centre[0] * result_px[0], box.centre[1] * result_px[1]]
    if len(size) == 1:
        moved.append(size[0] * (result_px[0] * result_px[1] / (across * down)) ** 0.5)
    elif size:
        moved += [box.width * result_px[0], box.height * result_px[1]]
    return tuple(round(number) for number in moved)


def _scale_sensor(tree: ExifTree, turn: Turn | None, result_px: tuple[int, int]) -> bool:
    stored = [tree.number(tree.exif, tag) for tag in (_FOCAL_PLANE_X, _FOCAL_PLANE_Y)]
    if stored == [None, None]:
        return True
    across, down = stored
    if turn is None or not across or not down or min(across, down) < 0:
        for tag in (_FOCAL_PLANE_X, _FOCAL_PLANE_Y, _FOCAL_PLANE_UNIT):
            tree.exif.pop(tag, None)
        return False
    scaled = scaled_density(across, down, turn, result_px)
    for tag, value in zip((_FOCAL_PLANE_X, _FOCAL_PLANE_Y), scaled, strict=True):
        tree.exif[tag] = rational(tree, value)
    return True


def scaled_density(
    across: float, down: float, turn: Turn, result_px: tuple[int, int]
) -> tuple[float, float]:
    """Return the pixels for each unit of length on the sensor, which the result has more of."""
    counted = turn.counted_px
    if turn.swaps:
        across, down, counted = down, across, counted[::-1]
    return across * result_px[0] / counted[0], down * result_px[1] / counted[1]


def _swap(directory: Directory, one: int, other: int) -> None:
    if directory.keys() >= {one, other} and directory[one].type == RATIONAL:
        directory[one], directory[other] = directory[other], directory[one]
