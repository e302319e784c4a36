"""A large area that takes dropped files and folders and says what to do."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout
from typing_extensions import override

from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.text import label

_ICON_PX = 64
_RADIUS_PX = 12


class DropZone(QFrame):
    """A dashed frame with an icon, a sentence, and buttons for those who do not drag.

    Signals:
        dropped: Files and folders that were dropped here: a list of paths.
    """

    dropped = Signal(list)

    def __init__(self, theme: Theme, icon_name: str, title: str, text: str) -> None:
        """Show what to do.

        Args:
            theme: The look.
            icon_name: What is dropped here, a name of `adaptsr_app.theme.icons`.
            title: The sentence in large letters.
            text: What happens then, and which files will do.
        """
        super().__init__()
        self.setAcceptDrops(True)
        self._theme, self._icon_name = theme, icon_name
        self._is_over = False
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label(title, "title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = label(text, "secondary", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._buttons.addStretch()
        self._buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 32, 32, 32)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(self._picture)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(12)
        layout.addLayout(self._buttons)
        layout.addStretch(3)
        self.set_words(title, text)
        theme.changed.connect(self._draw)
        self._draw()

    def set_words(self, title: str, text: str) -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def add_button(self, button: QPushButton) -> None:
        """Put a button below the words."""
        self._buttons.insertWidget(self._buttons.count() - 1, button)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths_of(event.mimeData()):
            event.acceptProposedAction()
            self._set_over(True)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._set_over(False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        paths = paths_of(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(tokens.colour("accent" if self._is_over else "border_strong"), 1.5)
        pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        painter.setBrush(tokens.colour("accent_soft" if self._is_over else "surface"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), _RADIUS_PX, _RADIUS_PX)

    def _draw(self) -> None:
        picture = icon(self._icon_name, self._theme.tokens, "text_secondary")
        self._picture.setPixmap(picture.pixmap(QSize(_ICON_PX, _ICON_PX)))
        self.update()

    def _set_over(self, is_over: bool) -> None:
        self._is_over = is_over
        self.update()


def paths_of(data: QMimeData) -> list[Path]:
    """Return the files and folders on this computer that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
