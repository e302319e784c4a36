"""Buttons in the theme's roles, each with a name for screen readers."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QToolButton

from adaptsr_app.widgets.tips import set_tip

PushRole = Literal["plain", "primary", "danger", "link"]


def push_button(
    text: str, on_click: Callable[[], object] | None = None, role: PushRole = "plain"
) -> QPushButton:
    """Return a button with text.

    Args:
        text: What it says and is called.
        on_click: Called when it is clicked.
        role: How it looks; see `resources/style/window.qss`.
    """
    made = QPushButton(text)
    made.setProperty("role", role)
    if on_click is not None:
        made.clicked.connect(lambda _checked: on_click())
    return made


def tool_button(
    name: str, on_click: Callable[[], object] | None = None, icon: QIcon | None = None
) -> QToolButton:
    """Return a button with an icon, or with its name as text where it has none.

    Args:
        name: Its tool tip and its name for screen readers.
        on_click: Called when it is clicked.
        icon: Its picture.
    """
    made = QToolButton()
    made.setAccessibleName(name)
    if icon is None:
        made.setText(name)
    else:
        made.setIcon(icon)
        set_tip(made, name)
    if on_click is not None:
        made.clicked.connect(lambda _checked: on_click())
    return made
