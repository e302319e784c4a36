"""Labels in the theme's roles."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

Role = Literal["body", "title", "heading", "secondary", "small", "good", "warning", "danger"]


def label(text: str = "", role: Role = "body", *, wrap: bool = False) -> QLabel:
    """Return a label that shows plain text, never markup from a file's name.

    Args:
        text: What it says.
        role: How it looks; see `resources/style/window.qss`.
        wrap: Break long text into lines.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def set_role(widget: QLabel, role: Role) -> None:
    """Give a label another look."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
