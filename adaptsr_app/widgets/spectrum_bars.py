"""Bars for the singular values of one update: how many directions it really uses."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.tips import set_tip

_HEIGHT_PX = 96
_WIDEST_BAR_PX = 28.0
_LABELS_PX = 16.0


class SpectrumBars(QWidget):
    """One bar for each value, the largest first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: tuple[float, ...] = ()
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Singular values of the change"))
        theme.changed.connect(self.update)

    def show_values(self, values: Sequence[float], words: str = "") -> None:
        """Show values, or words where there are none.

        Args:
            values: At least 0, the largest first.
            words: Why there are none.
        """
        self._values, self._words = tuple(values), words
        said = ", ".join(f"{value:.3g}" for value in values) or words
        self.setAccessibleDescription(said)
        set_tip(self, said)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """As wide as there is room, and low."""
        return QSize(200, _HEIGHT_PX)

    @override
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars on a line, with the largest value written above it."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(tokens.sizes["text_small"] - 1)
        painter.setFont(font)
        painter.setPen(tokens.colour("text_secondary"))
        largest = max(self._values, default=0.0)
        if largest <= 0:
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()), int(flags), self._words)
            return
        floor = self.height() - _LABELS_PX
        painter.drawText(QPointF(0, _LABELS_PX - 4), f"{largest:.3g}")
        width = min(_WIDEST_BAR_PX, self.width() / len(self._values))
        for index, value in enumerate(self._values):
            height = value / largest * (floor - _LABELS_PX)
            bar = QRectF(index * width, floor - height, width - min(3.0, width / 3), height)
            painter.fillRect(bar, tokens.colour("accent"))
            if width > 12:
                below = QRectF(index * width, floor + 2, bar.width(), _LABELS_PX - 2)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(index + 1))
        painter.setPen(tokens.colour("border_strong"))
        painter.drawLine(QPointF(0, floor), QPointF(self.width(), floor))
