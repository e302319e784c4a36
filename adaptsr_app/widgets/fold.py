"""Something that is out of sight until it is wanted."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme


class Fold(QWidget):
    """A line that opens what is below it."""

    def __init__(self, theme: Theme, title: str, content: QWidget) -> None:
        """Start closed.

        Args:
            theme: For the arrow.
            title: Of the line.
            content: What is shown when it is open.
        """
        super().__init__()
        self._theme = theme
        self._content = content
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setAccessibleName(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.toggled.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.button)
        layout.addWidget(content)
        theme.changed.connect(self._draw)
        self._show(False)

    @property
    def is_open(self) -> bool:
        """True while the content is shown."""
        return self.button.isChecked()

    def _show(self, is_open: bool) -> None:
        self._content.setVisible(is_open)
        self._draw()

    def _draw(self) -> None:
        name = "down" if self.is_open else "next"
        self.button.setIcon(icon(name, self._theme.tokens, "text_secondary"))
