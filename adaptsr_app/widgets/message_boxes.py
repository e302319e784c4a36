"""Message boxes: always plain text, whoever wrote it. Nobody else makes one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from adaptsr_app.plain_text import plain


def message_box(
    parent: QWidget,
    title: str,
    text: str,
    more: str = "",
    icon: QMessageBox.Icon = QMessageBox.Icon.NoIcon,
) -> QMessageBox:
    """Return a box that is not shown yet.

    Args:
        parent: It lies above that.
        title: Of its window.
        text: What it says first.
        more: What it says below.
        icon: Beside the words.
    """
    box = QMessageBox(parent)
    box.setIcon(icon)
    box.setWindowTitle(plain(title))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(plain(text))
    box.setInformativeText(plain(more))
    return box


def warn(parent: QWidget, title: str, text: str) -> None:
    """Say that something went wrong, and wait until that was read."""
    message_box(parent, title, text, icon=QMessageBox.Icon.Warning).exec()
