"""Lists the shortcuts that menus hold, and shows them in a dialog."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.messages import tr
from adaptsr_app.widgets.text import label

_SIZE_PX = (560, 620)
_NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True, slots=True)
class ShortcutGroup:
    """The shortcuts of one menu.

    Attributes:
        title: What the menu is called.
        shortcuts: What each does, and its keys as the system writes them.
    """

    title: str
    shortcuts: tuple[tuple[str, str], ...]


def shortcuts_in(menu: QMenu, but: Iterable[QAction] = ()) -> ShortcutGroup:
    """Return what a menu and those below it hold, each text and key once.

    Args:
        menu: Filled as when it is opened.
        but: Left out.
    """
    left_out = set(but)
    rows: dict[tuple[str, str], None] = {}
    for action in actions_in(menu):
        keys = action.shortcut().toString(_NATIVE)  # the first; keyboards have odd ones besides
        if keys and action not in left_out:
            rows[_plain(action.text()), keys] = None
    return ShortcutGroup(_plain(menu.title()), tuple(rows))


def moving_about() -> ShortcutGroup:
    """Return the keys that move something, which are no commands and in no menu."""
    arrows, across = tr("Arrow keys"), tr("Shift and left or right arrow")
    return ShortcutGroup(
        tr("Moving about"),
        (
            (tr("Move the pictures that are compared"), arrows),
            (tr("Move the handle between before and after"), across),
            (tr("Go from layer to layer in the rank map"), arrows),
            (tr("Move the region of the preview"), arrows),
        ),
    )


def actions_in(menu: QMenu) -> list[QAction]:
    """Return the actions of a menu and of those below it, but for those that open a menu."""
    found: list[QAction] = []
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            found += actions_in(below)
        elif not action.isSeparator():
            found.append(action)
    return found


class ShortcutsDialog(QDialog):
    """A table of keys, one part for each menu."""

    def __init__(self, parent: QWidget, groups: Sequence[ShortcutGroup]) -> None:
        """Show them."""
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*_SIZE_PX)
        inside = QWidget()
        rows = QGridLayout(inside)
        rows.setContentsMargins(0, 0, 16, 0)
        rows.setHorizontalSpacing(24)
        rows.setVerticalSpacing(6)
        rows.setColumnStretch(0, 1)
        for group in groups:
            heading = label(group.title, "heading")
            heading.setContentsMargins(0, 12 if rows.count() else 0, 0, 4)
            rows.addWidget(heading, rows.rowCount(), 0, 1, 2)
            for text, keys in group.shortcuts:
                at = rows.rowCount()
                rows.addWidget(label(text), at, 0)
                rows.addWidget(label(keys, "secondary"), at, 1)
        rows.setRowStretch(rows.rowCount(), 1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 12, 16)
        layout.setSpacing(12)
        layout.addWidget(scroll, 1)
        layout.addWidget(close)


def _plain(text: str) -> str:
    """Return a menu's text without the mark of its letter and the dots of a question."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix(" …")
