"""What lies over the pictures: captions, the handle, the loupe's rim, and words for no picture."""

import contextlib
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPen,
)

from adaptsr_app.theme.theme import text_scale_of
from adaptsr_app.theme.tokens import Scheme

LOUPE_FACTOR = 4.0

_LOUPE_RADIUS = 96
_KNOB_RADIUS = 13
_TEXT_PX = 13
_SMALL_PX = 12
_MARGIN = 8
_BEHIND_TEXT = QColor(20, 20, 20, 190)
_ON_PHOTO = QColor(245, 245, 245)
_SHADOW = QColor(0, 0, 0, 110)


def draw_captions(painter: QPainter, area: QRect, captions: Sequence[str], ratio: float) -> None:
    """Write the first caption at the top left of a pane, and a second one at its top right.

    Args:
        painter: In the screen's own pixels.
        area: The pane.
        captions: One or two.
        ratio: The screen's pixels per logical one.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = _font(painter, _SMALL_PX * ratio)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    margin = _MARGIN * ratio
    room = area.width() / max(1, len(captions)) - 4 * margin
    for index, caption in enumerate(captions):
        text = metrics.elidedText(caption, Qt.TextElideMode.ElideMiddle, max(0.0, room))
        width = metrics.horizontalAdvance(text) + 2 * margin
        left = area.left() + margin if index == 0 else area.right() + 1 - margin - width
        box = QRectF(left, area.top() + margin, width, metrics.height() + margin)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BEHIND_TEXT)
        painter.drawRoundedRect(box, 4 * ratio, 4 * ratio)
        painter.setPen(_ON_PHOTO)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def draw_handle(painter: QPainter, area: QRect, x: float, ratio: float) -> None:
    """Draw the line between two halves, and the knob to drag it by.

    Args:
        painter: In the screen's own pixels.
        area: The pane.
        x: Where the line is.
        ratio: The screen's pixels per logical one.
    """
    painter.save()
    painter.setClipRect(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((_SHADOW, 4), (_ON_PHOTO, 2)):
        painter.setPen(QPen(colour, width * ratio))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() + 1))
    middle = QPointF(x, area.center().y())
    painter.setPen(QPen(_SHADOW, ratio))
    painter.setBrush(_ON_PHOTO)
    painter.drawEllipse(middle, _KNOB_RADIUS * ratio, _KNOB_RADIUS * ratio)
    painter.setPen(QPen(QColor(40, 40, 40), 1.75 * ratio, c=Qt.PenCapStyle.RoundCap))
    for side in (-1, 1):
        tip = middle + QPointF(side * 8 * ratio, 0)
        for leg in (-1, 1):
            painter.drawLine(tip, tip + QPointF(-side * 4 * ratio, leg * 4 * ratio))
    painter.restore()


@contextlib.contextmanager
def loupe(painter: QPainter, area: QRect, at: tuple[float, float], ratio: float) -> Iterator[QRect]:
    """Let only the round of the loupe be painted, then draw its rim.

    Args:
        painter: In the screen's own pixels.
        area: The pane.
        at: The loupe's middle.
        ratio: The screen's pixels per logical one.

    Yields:
        The rectangle to paint what is magnified into.
    """
    radius = _LOUPE_RADIUS * ratio
    middle = QPointF(*at)
    round_path, pane_path = QPainterPath(), QPainterPath()
    round_path.addEllipse(middle, radius, radius)
    pane_path.addRect(QRectF(area))
    painter.save()
    painter.setClipPath(round_path.intersected(pane_path))
    inside = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
    painter.fillRect(inside, QColor(0, 0, 0))
    yield inside.toAlignedRect().intersected(area)
    painter.restore()
    painter.save()
    painter.setClipRect(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_SHADOW, 5), (_ON_PHOTO, 2)):
        painter.setPen(QPen(colour, width * ratio))
        painter.drawEllipse(middle, radius, radius)
    painter.restore()


def say(painter: QPainter, area: QRect, text: str, scheme: Scheme, ratio: float) -> None:
    """Write a sentence in the middle of a pane.

    Args:
        painter: In the screen's own pixels.
        area: The pane.
        text: What is said.
        scheme: Light or dark, for text that can be read on the stage.
        ratio: The screen's pixels per logical one.
    """
    painter.save()
    painter.setClipRect(area)
    painter.setFont(_font(painter, _TEXT_PX * ratio))
    painter.setPen(QColor(16, 16, 16) if scheme == "light" else QColor(225, 225, 225))
    margin = round(24 * ratio)
    painter.drawText(
        area.adjusted(margin, margin, -margin, -margin),
        int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap),
        text,
    )
    painter.restore()


def _font(painter: QPainter, size_px: float) -> QFont:
    font = QFont(painter.font())
    scale = text_scale_of(QGuiApplication.font())
    font.setPixelSize(max(1, round(size_px * scale)))
    return font
