"""Makes menu entries and shortcuts of buttons, so that all three are one thing.

The entry says what the button says and is possible exactly while it can be pressed; `with_keys`
gives it keys. `Page.commands` is asked whenever the page's menu opens; a page that says nothing
offers all its buttons. `tests/gui/test_menus.py` finds a button without an entry and a key with two
meanings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QPushButton, QToolButton, QWidget
from typing_extensions import override

from adaptsr_app.widgets.tips import set_tip

_STATE_EVENTS = frozenset({QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.EnabledChange})
_OWN_PARTS = ("QTabBar", "QLineEdit")
"""Widgets of Qt's that hold buttons of their own, which are no commands."""

B = TypeVar("B", bound=QAbstractButton)


@dataclass(frozen=True, slots=True)
class Submenu:
    """Entries that belong together.

    Attributes:
        title: What they are called.
        entries: In order; without any there is no submenu.
    """

    title: str
    entries: "Sequence[Entry]"


Entry = QAction | QMenu | Submenu | None
"""What a menu holds; None for a line between."""


class CommandButton(QPushButton):
    """A button for what is done elsewhere too, such as by the window's menu.

    Attributes:
        command: What it does.
    """

    def __init__(self, command: QAction) -> None:
        """Say what the action says."""
        super().__init__(command.text())
        self.command = command
        self.clicked.connect(command.trigger)


class ButtonAction(QAction):
    """A button as a menu entry: possible exactly while the button can be pressed.

    Attributes:
        button: What it stands for.
    """

    def __init__(self, button: QAbstractButton) -> None:
        """Follow a button, which owns this."""
        super().__init__(button)
        self.button = button
        self._reach: QWidget = button
        self.setMenuRole(QAction.MenuRole.NoRole)  # "Settings" and "About" are guessed otherwise
        self.triggered.connect(self._press)
        button.installEventFilter(self)
        if button.isCheckable():
            button.toggled.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Say what the button says, and be possible where it is."""
        button = self.button
        self.setText((button.accessibleName() or button.text()).strip().replace("&", "&&"))
        self.setEnabled(self._reach.isVisible() and button.isEnabled())
        self.setCheckable(button.isCheckable())
        self.setChecked(button.isChecked())

    def reach_from(self, widget: QWidget) -> None:
        """Be possible wherever this widget can be seen, such as the page with the button's tab."""
        self._reach = widget
        widget.installEventFilter(self)
        widget.addAction(self)
        self.follow()

    @override
    def eventFilter(self, _button: QObject, event: QEvent) -> bool:
        """Follow what can be seen and pressed."""
        if event.type() in _STATE_EVENTS:
            self.follow()
        return False

    def _press(self) -> None:
        if self._reach.isVisible():
            self.button.click()


class OwnerAction(QAction):
    """What has no button of its own: possible, by menu and keys, while its owner can be used."""

    def __init__(self, owner: QWidget, text: str) -> None:
        """Belong to a widget."""
        super().__init__(text, owner)
        self._owner = owner
        self.setMenuRole(QAction.MenuRole.NoRole)
        owner.installEventFilter(self)
        owner.addAction(self)
        self._follow()

    @override
    def eventFilter(self, _owner: QObject, event: QEvent) -> bool:
        if event.type() in _STATE_EVENTS:
            self._follow()
        return False

    def _follow(self) -> None:
        self.setEnabled(self._owner.isVisible() and self._owner.isEnabled())


def action_of(button: QAbstractButton) -> QAction:
    """Return what a button does as an action, always the same one."""
    if isinstance(button, CommandButton):
        return button.command
    if isinstance(button, QToolButton) and button.defaultAction() is not None:
        return button.defaultAction()
    known = next((child for child in button.children() if isinstance(child, ButtonAction)), None)
    return known or ButtonAction(button)


def with_keys(button: B, *keys: str | QKeySequence.StandardKey, within: QWidget | None = None) -> B:
    """Let a button be pressed by keys too, while it can be seen.

    Args:
        button: Shows the first of the keys in its tool tip.
        keys: Each presses it; standard ones are those of the system at hand.
        within: The keys count only while this widget, or one in it, has the focus; everywhere in
            the window if None.

    Returns:
        The button.
    """
    action = action_of(button)
    sequences = [found for requested in keys for found in sequences_of(requested)]
    action.setShortcuts(sequences)
    if within is None:
        button.addAction(action)
    else:
        # Return belongs to the field or button that has the focus, wherever that is.
        is_for_all = not set(sequences) & set(sequences_of("Return"))
        context = Qt.ShortcutContext
        action.setShortcutContext(
            context.WidgetWithChildrenShortcut if is_for_all else context.WidgetShortcut
        )
        within.addAction(action)
    shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    has_words = bool(button.toolTip())
    set_tip(button, f"{button.toolTip()} ({shown})" if has_words else shown)
    return button


def reach_from(button: QAbstractButton, widget: QWidget) -> None:
    """Let a button's menu entry and keys do their work wherever this widget can be seen.

    Args:
        button: On a tab that may be behind another.
        widget: Holds it.
    """
    action = action_of(button)
    if isinstance(action, ButtonAction):
        action.reach_from(widget)


def sequences_of(keys: str | QKeySequence.StandardKey) -> list[QKeySequence]:
    """Return the key sequences of a text such as "Ctrl+U", or the system's own for a purpose."""
    if isinstance(keys, str):
        return [QKeySequence(keys)]
    return QKeySequence.keyBindings(keys)


def command_buttons(widget: QWidget) -> list[QAbstractButton]:
    """Return the push and tool buttons in a widget that do something, in order of their making."""
    return [
        button
        for button in widget.findChildren(QAbstractButton)
        if isinstance(button, QPushButton | QToolButton) and not _is_part(button)
    ]


def entries_of(widget: QWidget, *but: QWidget) -> list[Entry]:
    """Return an entry for each button in a widget, shown at present or not.

    Args:
        widget: Holds buttons.
        but: Buttons, or widgets whose buttons are left out.
    """
    return [
        entry_of(button)
        for button in command_buttons(widget)
        if not any(button is one or one.isAncestorOf(button) for one in but)
    ]


def visible_entries(widget: QWidget) -> list[Entry]:
    """Return an entry for each button in a widget that is shown."""
    return [entry_of(button) for button in command_buttons(widget) if button.isVisible()]


def entry_of(button: QAbstractButton) -> Entry:
    """Return a button as a menu entry: its own menu, or what it does."""
    if isinstance(button, QPushButton | QToolButton) and button.menu() is not None:
        menu = button.menu()
        menu.setTitle(action_of(button).text())
        menu.menuAction().setEnabled(button.isVisible() and button.isEnabled())
        return menu
    return action_of(button)


def fill_menu(menu: QMenu, entries: Sequence[Entry]) -> None:
    """Give a menu these entries in place of those it had."""
    for child in menu.findChildren(QMenu, "filled", Qt.FindChildOption.FindDirectChildrenOnly):
        child.deleteLater()
    menu.clear()
    for entry in entries:
        if entry is None:
            menu.addSeparator()
        elif isinstance(entry, QMenu):
            menu.addMenu(entry)
        elif isinstance(entry, Submenu):
            if entry.entries:
                below = menu.addMenu(entry.title)
                below.setObjectName("filled")
                fill_menu(below, entry.entries)
        else:
            if isinstance(entry, ButtonAction):
                entry.follow()
            menu.addAction(entry)


def _is_part(button: QAbstractButton) -> bool:
    owner = button.parentWidget()
    return owner is not None and any(owner.inherits(name) for name in _OWN_PARTS)
