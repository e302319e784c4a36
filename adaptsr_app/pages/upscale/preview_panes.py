"""The pictures of the preview: panes that show a region pixel by pixel, and where it lies."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

_TALLEST_PX, _LOWEST_PX = 192, 112
_WIDEST_PX = 256
_NARROWEST_PX = 96
_LOCATOR_PX = 216
_KEY_STEP = 0.05


class Pane(QWidget):
    """A title above a picture, drawn at its own size and cut at the pane's edges."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._title = label(title, "small")
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._picture = _Picture(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self._picture, 1)

    @property
    def image(self) -> QImage | None:
        """What is shown."""
        return self._picture.image

    @property
    def words(self) -> str:
        """What is said where nothing is shown."""
        return self._picture.text

    def show_image(self, title: str, image: QImage | None, text: str = "") -> None:
        """Show a picture, or say why there is none."""
        self._title.setText(title)
        self._picture.image, self._picture.text = image, text
        self._picture.setAccessibleName(title)
        self._picture.setAccessibleDescription(text)
        self._picture.update()


class _Picture(QWidget):
    """A picture on neutral grey."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.image: QImage | None = None
        self.text = ""
        self._theme = theme
        self.setMinimumSize(_NARROWEST_PX, _LOWEST_PX)
        self.setMaximumSize(_WIDEST_PX, _TALLEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        """Return the size that shows the most."""
        return QSize(_WIDEST_PX, _TALLEST_PX)

    @override
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the middle of the picture, one of its pixels on one of the window's."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.tokens.colour("stage"))
        if self.image is not None:
            place = self.image.rect()
            place.moveCenter(self.rect().center())
            painter.drawImage(place.topLeft(), self.image)
        elif self.text:
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.setPen(Qt.GlobalColor.white)
            painter.drawText(self.rect().adjusted(12, 8, -12, -8), int(flags), self.text)


class Locator(QWidget):
    """The whole photo, small, with the region marked; it is moved by mouse or arrow keys.

    Signals:
        moved: The region's centre is wanted here, as shares of width and height.
    """

    moved = Signal(float, float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._photo: QImage | None = None
        self._region = QRectF()
        self.setFixedWidth(_LOCATOR_PX)
        self.setMinimumHeight(_LOWEST_PX)
        self.setMaximumHeight(_TALLEST_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Region to preview"))
        self.setAccessibleDescription(tr("Arrow keys move the region."))
        set_tip(self, tr("Click or drag to look elsewhere."))
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(_LOCATOR_PX, _TALLEST_PX)

    def show_photo(self, photo: QImage | None, region: tuple[float, float, float, float]) -> None:
        """Show a photo and mark a region, given as shares of the photo's sides."""
        self._photo, self._region = photo, QRectF(*region)
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move_to(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(event.position())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the region by a small step."""
        steps = {
            Qt.Key.Key_Left: (-_KEY_STEP, 0.0),
            Qt.Key.Key_Right: (_KEY_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, -_KEY_STEP),
            Qt.Key.Key_Down: (0.0, _KEY_STEP),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._photo is None:
            super().keyPressEvent(event)
        else:
            self._move_centre(self._region.center() + QPointF(*step))

    @override
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), tokens.colour("stage"))
        if self._photo is None:
            return
        place = self._place()
        painter.drawImage(place, self._photo)
        marked = QRectF(
            place.left() + self._region.left() * place.width(),
            place.top() + self._region.top() * place.height(),
            self._region.width() * place.width(),
            self._region.height() * place.height(),
        )
        painter.setPen(QPen(Qt.GlobalColor.black, 3))
        painter.drawRect(marked)
        painter.setPen(QPen(Qt.GlobalColor.white, 1))
        painter.drawRect(marked)
        if self.hasFocus():
            painter.setPen(tokens.colour("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _place(self) -> QRectF:
        if self._photo is None:
            return QRectF()
        size = self._photo.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        return place

    def _move_to(self, where: QPointF) -> None:
        place = self._place()
        if place.width() > 0:
            self._move_centre(
                QPointF(
                    (where.x() - place.left()) / place.width(),
                    (where.y() - place.top()) / place.height(),
                )
            )

    def _move_centre(self, centre: QPointF) -> None:
        half = QPointF(self._region.width() / 2, self._region.height() / 2)
        x = min(max(centre.x(), half.x()), 1 - half.x())
        y = min(max(centre.y(), half.y()), 1 - half.y())
        self._region.moveCenter(QPointF(x, y))
        self.update()
        self.moved.emit(x, y)
