"""Paints the tiles of one picture that are in sight, coarser ones where they are not loaded yet."""

import math
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from adaptsr_app.widgets.compare_view.opening import Opened
from adaptsr_app.widgets.compare_view.pyramid import TILE_PX, Level
from adaptsr_app.widgets.compare_view.tile_cache import TileCache, TileKey
from adaptsr_app.widgets.compare_view.viewport import ScreenRect

_ROUNDING = 1e-9


def level_for(levels: tuple[Level, ...], width_on_screen: float) -> int:
    """Return the smallest level that still has a pixel for each of the screen's.

    Args:
        levels: Of a pyramid, the largest first.
        width_on_screen: Of the whole picture.
    """
    shrink = levels[0].width_px / width_on_screen
    if shrink < 2:
        return 0
    return min(int(math.log2(shrink) + _ROUNDING), len(levels) - 1)


def paint_picture(
    painter: QPainter,
    number: int,
    opened: Opened,
    target: ScreenRect,
    *,
    clip: QRect,
    cache: TileCache,
) -> list[TileKey]:
    """Paint what of a picture lies in `clip`.

    Args:
        painter: In the screen's own pixels.
        number: The picture's, for the cache.
        opened: The picture.
        target: Where the whole picture goes.
        clip: Nothing is painted outside.
        cache: Tiles that are here.

    Returns:
        The tiles that are in sight and not here; those in the middle first.
    """
    index = level_for(opened.pyramid.levels, target.width)
    level = opened.pyramid.levels[index]
    # The smallest size is never forgotten: it stands in for what is not loaded.
    cache.get(TileKey(number, len(opened.pyramid.levels) - 1, 0, 0))
    painter.save()
    painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
    # Above 100 % every pixel is to be seen as it is; below, no detail may alias.
    smooth = target.width < level.width_px * (1 - _ROUNDING)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    missing = []
    for row, column, place in _tiles_in_sight(level, target, clip):
        key = TileKey(number, index, row, column)
        tile = cache.get(key)
        if tile is None:
            missing.append(key)
            _paint_coarser(painter, key, opened, place, cache)
        elif place.size() == tile.size():
            painter.drawPixmap(place.topLeft(), tile)
        else:
            painter.drawPixmap(place, tile)
    painter.restore()
    middle = clip.center()
    missing.sort(key=lambda key: _distance(key, level, target, middle))
    return missing


def _tiles_in_sight(
    level: Level, target: ScreenRect, clip: QRect
) -> Iterator[tuple[int, int, QRect]]:
    """Yield row, column and place of each tile; neighbours share an edge, so there is no seam."""
    across, down = target.width / level.width_px, target.height / level.height_px
    for row in _range(clip.top() - target.y, clip.bottom() + 1 - target.y, down, level.rows):
        top, bottom = _edges(row, level.height_px, target.y, down)
        for column in _range(
            clip.left() - target.x, clip.right() + 1 - target.x, across, level.columns
        ):
            left, right = _edges(column, level.width_px, target.x, across)
            yield row, column, QRect(left, top, right - left, bottom - top)


def _range(start: float, stop: float, scale: float, count: int) -> range:
    first = int(max(0.0, start) / scale) // TILE_PX
    last = math.ceil(max(0.0, stop) / scale / TILE_PX)
    return range(first, min(last, count))


def _edges(index: int, length_px: int, offset: float, scale: float) -> tuple[int, int]:
    start, stop = index * TILE_PX, min((index + 1) * TILE_PX, length_px)
    return round(offset + start * scale), round(offset + stop * scale)


def _paint_coarser(
    painter: QPainter, key: TileKey, opened: Opened, place: QRect, cache: TileCache
) -> None:
    levels = opened.pyramid.levels
    level = levels[key.level]
    for index in range(key.level + 1, len(levels)):
        coarse = levels[index]
        across, down = coarse.width_px / level.width_px, coarse.height_px / level.height_px
        height, width = level.shape_of(key.row, key.column)
        left, top = key.column * TILE_PX * across, key.row * TILE_PX * down
        row, column = int(top) // TILE_PX, int(left) // TILE_PX
        tile = cache.get(TileKey(key.picture, index, row, column))
        if tile is not None:
            source = QRectF(
                left - column * TILE_PX, top - row * TILE_PX, width * across, height * down
            )
            _paint_smooth(painter, place, tile, source)
            return


def _paint_smooth(painter: QPainter, place: QRect, tile: QPixmap, source: QRectF) -> None:
    was = painter.testRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawPixmap(QRectF(place), tile, source)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, was)


def _distance(key: TileKey, level: Level, target: ScreenRect, middle: QPoint) -> float:
    x = target.x + (key.column + 0.5) * TILE_PX * target.width / level.width_px
    y = target.y + (key.row + 0.5) * TILE_PX * target.height / level.height_px
    return abs(x - middle.x()) + abs(y - middle.y())
