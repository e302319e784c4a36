"""A small picture of a whole photo with a frame around the piece that is looked at."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.tips import set_tip

_SIZE_PX = (116, 88)
_KEY_STEP = 0.25
_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}

Area = tuple[float, float, float, float]
"""Left, top, width and height, as shares of the photo."""


class CropMap(QWidget):
    """Click or drag to look elsewhere; the arrow keys do it too.

    Signals:
        moved: The middle of the piece that is wanted: shares of the photo's width and height.
    """

    moved = Signal(float, float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture = QImage()
        self._area: Area = (0.0, 0.0, 1.0, 1.0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Where in the photo to look"))
        set_tip(self, tr("Click or drag to look elsewhere in the photo"))
        theme.changed.connect(self.update)

    @property
    def area(self) -> Area:
        """What the frame is around."""
        return self._area

    def show_photo(self, picture: npt.NDArray[np.uint8], area: Area) -> None:
        """Show a photo and the piece of it that is looked at.

        Args:
            picture: RGB, shape (h, w, 3), small.
            area: The piece.
        """
        height, width = picture.shape[:2]
        image = QImage(
            np.ascontiguousarray(picture).tobytes(),
            width,
            height,
            3 * width,
            QImage.Format.Format_RGB888,
        )
        self._picture = image.copy()  # the bytes are not kept
        self._frame(area)

    def clear(self) -> None:
        """Show nothing."""
        self._picture = QImage()
        self._frame((0.0, 0.0, 1.0, 1.0))

    @override
    def sizeHint(self) -> QSize:
        """The same for every photo, so that nothing jumps."""
        return QSize(*_SIZE_PX)

    def point_of(self, across: float, down: float) -> QPointF:
        """Return where a place of the photo lies in the widget."""
        photo = self._photo_rect()
        return QPointF(photo.left() + across * photo.width(), photo.top() + down * photo.height())

    @override
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the photo, darker outside the frame."""
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), tokens.colour("sunken"))
        if self._picture.isNull():
            return
        photo, frame = self._photo_rect(), self._frame_rect()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        painter.drawImage(photo, self._picture)
        painter.setClipRect(photo)
        shade = QColor(0, 0, 0, 110)
        for outside in (
            QRectF(photo.topLeft(), QPointF(photo.right(), frame.top())),
            QRectF(QPointF(photo.left(), frame.bottom()), photo.bottomRight()),
            QRectF(QPointF(photo.left(), frame.top()), frame.bottomLeft()),
            QRectF(frame.topRight(), QPointF(photo.right(), frame.bottom())),
        ):
            painter.fillRect(outside, shade)
        painter.setClipping(False)
        accent = tokens.colour("accent") if self.hasFocus() else QColor(255, 255, 255)
        painter.setPen(QPen(accent, 2 if self.hasFocus() else 1.5))
        painter.drawRect(frame.adjusted(0.75, 0.75, -0.75, -0.75))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._look_at(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look_at(event.position())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the frame by a quarter of itself."""
        way = _KEYS.get(Qt.Key(event.key()))
        if way is None or self._picture.isNull():
            super().keyPressEvent(event)
            return
        left, top, width, height = self._area
        middle = left + width / 2, top + height / 2
        self._move_to(
            middle[0] + way[0] * _KEY_STEP * width, middle[1] + way[1] * _KEY_STEP * height
        )

    def _look_at(self, point: QPointF) -> None:
        photo = self._photo_rect()
        if not self._picture.isNull():
            self._move_to(
                (point.x() - photo.left()) / photo.width(),
                (point.y() - photo.top()) / photo.height(),
            )

    def _move_to(self, across: float, down: float) -> None:
        """Put the frame there at once; the pictures follow after a step of the training."""
        _, _, width, height = self._area
        across = min(max(across, width / 2), 1 - width / 2)
        down = min(max(down, height / 2), 1 - height / 2)
        area = across - width / 2, down - height / 2, width, height
        if area != self._area:
            self._frame(area)
            self.moved.emit(across, down)

    def _frame(self, area: Area) -> None:
        self._area = area
        left, top, width, height = (round(100 * share) for share in area)
        words = tr(
            "{left} % from the left, {top} % from the top, {width} × {height} % of the photo"
        )
        self.setAccessibleDescription(words.format(left=left, top=top, width=width, height=height))
        self.update()

    def _photo_rect(self) -> QRectF:
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        return QRectF(left, top, max(1, size.width()), max(1, size.height()))

    def _frame_rect(self) -> QRectF:
        left, top, width, height = self._area
        return QRectF(self.point_of(left, top), self.point_of(left + width, top + height))
