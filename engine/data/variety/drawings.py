"""Draws what no camera takes: text, lines, bars, dither, ramps, in the purest colours there are."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from engine.data.degradation.randomness import Stream

Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

_LETTERS = "AaBbCcDdEeFfGgHhKkMmNnOoRrSsTtWwXxZz0123456789%&?!.-+=@#"
_SMOOTHING = 4  # shapes are drawn so much larger and averaged, as programs that draw do


def draw_picture(stream: Stream, side_px: int, scale: int, photo: Picture) -> Picture:
    """Return a drawing.

    Args:
        stream: Everything random.
        side_px: Width and height, HR pixels.
        scale: Patterns are laid on multiples of it as often as not: on single LR pixels.
        photo: RGB of that size, uint8; now and then it is drawn upon.

    Returns:
        RGB, uint8, shape (side_px, side_px, 3).
    """
    background = (_flat, _ramp, _pattern, _mosaic)[stream.index([4.0, 3.0, 3.0, 1.0])]
    picture = photo if stream.chance(0.2) else background(stream, side_px, scale)
    for _ in range(stream.index([1.0, 2.0, 2.0, 1.0])):
        foreground = (_text, _lines, _shape, _block)[stream.index([4.0, 2.0, 2.0, 1.0])]
        picture = foreground(stream, picture, scale)
    return picture


def _colour(stream: Stream) -> Colour:
    """Draw a colour; three of four lie in a corner of the RGB cube in each channel."""
    pure = stream.chance(0.75)
    red, green, blue = (
        255 * stream.index([1.0, 1.0]) if pure else int(256 * stream.unit()) for _ in range(3)
    )
    return red, green, blue


def _flat(stream: Stream, side_px: int, _scale: int) -> Picture:
    return np.full((side_px, side_px, 3), _colour(stream), np.uint8)


def _ramp(stream: Stream, side_px: int, _scale: int) -> Picture:
    """Return a smooth change between two colours, in a line or around a point."""
    y, x = np.mgrid[:side_px, :side_px] / side_px
    if stream.chance(0.5):
        angle = stream.uniform(0, 2 * np.pi)
        along = np.cos(angle) * x + np.sin(angle) * y
    else:
        along = np.hypot(x - stream.unit(), y - stream.unit())
    span = along.max() - along.min()
    # Part of a ramp as often as all of it: slow ones show what fast ones hide.
    low, high = sorted((stream.unit(), stream.unit())) if stream.chance(0.5) else (0.0, 1.0)
    share = (low + (high - low) * (along - along.min()) / span)[..., None]
    first, second = np.array(_colour(stream)), np.array(_colour(stream))
    mixed: Picture = (first * (1 - share) + second * share).round().astype(np.uint8)
    return mixed


def _pattern(stream: Stream, side_px: int, scale: int) -> Picture:
    """Return stripes, a checkerboard or a dithered ramp of two colours."""
    on_lr_pixels = stream.chance(0.6)
    cell = (scale if on_lr_pixels else 1) * (1 + stream.index([6.0, 2.0, 1.0, 1.0, 1.0, 1.0]))
    y, x = (axis // cell for axis in np.mgrid[:side_px, :side_px])
    kind = stream.index([1.0, 1.0, 2.0, 1.0, 1.0])
    if kind == 4:
        share = (_ramp(stream, side_px, scale)[..., 0] / 255.0)[:: max(1, cell), :: max(1, cell)]
        grid = _BAYER[np.ix_(np.arange(share.shape[0]) % 4, np.arange(share.shape[1]) % 4)]
        chosen = (share > grid).repeat(cell, 0).repeat(cell, 1)[:side_px, :side_px]
    else:
        period = 2 + stream.index([3.0, 1.0, 1.0])
        chosen = ((x, y, x + y, x ^ y)[kind] % period) == 0
    colours = np.array([_colour(stream), _colour(stream)], np.uint8)
    return colours[chosen.astype(np.intp)]


def _mosaic(stream: Stream, side_px: int, scale: int) -> Picture:
    """Return cells of as many colours as fit."""
    cell = scale * (1 + stream.index([2.0, 1.0, 1.0, 1.0]) ** 2)
    count = -(-side_px // cell)
    colours = np.array([[_colour(stream) for _ in range(count)] for _ in range(count)], np.uint8)
    return colours.repeat(cell, 0).repeat(cell, 1)[:side_px, :side_px]


def _text(stream: Stream, picture: Picture, scale: int) -> Picture:
    image = Image.fromarray(picture)
    side_px = image.width
    size = scale * stream.uniform(5, 24)
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(image)
    colour, outline = _colour(stream), int(stream.chance(0.15))
    top = stream.uniform(-0.1, 0.5) * side_px
    for _ in range(1 + stream.index([1.0, 1.0, 1.0])):
        count = 3 + int(18 * stream.unit())
        letters = "".join(_LETTERS[int(stream.unit() * len(_LETTERS))] for _ in range(count))
        left = stream.uniform(-0.2, 0.4) * side_px
        draw.text((left, top), letters, colour, font, stroke_width=outline)
        top += 1.2 * size
    return np.asarray(image)


def _lines(stream: Stream, picture: Picture, scale: int) -> Picture:
    """Draw lines: upright or level ones hard, of whole pixels; slanted ones smooth."""
    side_px = len(picture)
    hard = stream.chance(0.5)
    factor = 1 if hard else _SMOOTHING
    width = (scale if stream.chance(0.6) else 1) * (1 + stream.index([3.0, 1.0, 1.0]))
    image = _enlarged(picture, factor)
    draw = ImageDraw.Draw(image)
    colour = _colour(stream)
    for _ in range(1 + int(6 * stream.unit())):
        if hard:
            at = int(stream.unit() * side_px / scale) * scale
            box = (at, 0, at + width - 1, side_px) if stream.chance(0.5) else (
                0, at, side_px, at + width - 1,
            )  # fmt: skip
            draw.rectangle(box, colour)
        else:
            ends = [stream.uniform(-0.2, 1.2) * side_px * factor for _ in range(4)]
            draw.line(ends, colour, width * factor)
    return np.asarray(image.reduce(factor) if factor > 1 else image)


def _shape(stream: Stream, picture: Picture, scale: int) -> Picture:
    image = _enlarged(picture, _SMOOTHING)
    draw = ImageDraw.Draw(image)
    corners = [stream.unit() * image.width for _ in range(6)]
    width = scale * _SMOOTHING * (1 + stream.index([2.0, 1.0, 1.0]))
    filled = _colour(stream) if stream.chance(0.7) else None
    if stream.chance(0.5):
        left, right = sorted(corners[:2])
        top, bottom = sorted(corners[2:4])
        draw.ellipse((left, top, right, bottom), filled, _colour(stream), width)
    else:
        draw.polygon(corners, filled, _colour(stream), width)
    return np.asarray(image.reduce(_SMOOTHING))


def _block(stream: Stream, picture: Picture, scale: int) -> Picture:
    """Put another pattern beside what is there, so that kinds meet."""
    side_px = len(picture)
    other = (_flat, _ramp, _pattern)[stream.index([1.0, 1.0, 1.0])](stream, side_px, scale)
    at = int(stream.unit() * side_px / scale) * scale
    joined = picture.copy()
    if stream.chance(0.5):
        joined[:, at:] = other[:, at:]
    else:
        joined[at:] = other[at:]
    return joined


def _enlarged(picture: Picture, factor: int) -> Image.Image:
    image = Image.fromarray(picture)
    size = image.width * factor, image.height * factor
    return image.resize(size, Image.Resampling.NEAREST) if factor > 1 else image


_BAYER = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float64) + 0.5
) / 16
