"""What a part of the library says while it is empty."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from adaptsr_app.widgets.text import label

_WIDTH_PX = 440


class EmptyState(QWidget):
    """A title, a sentence, and perhaps a button."""

    def __init__(self, title: str, text: str, button: QPushButton | None = None) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.setSpacing(12)
        self._words = label(title, "heading", wrap=True), label(text, "secondary", wrap=True)
        for words in self._words:
            words.setFixedWidth(_WIDTH_PX)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(words)
        if button is not None:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
