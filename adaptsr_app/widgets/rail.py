"""The rail at the left: one button a page, and what is being worked on at its foot."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QSizePolicy,
    QSpacerItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import tool_button
from adaptsr_app.widgets.commands import action_of, with_keys
from adaptsr_app.widgets.tips import set_tip

_WIDTH_PX, _TEXT_PX = 92, 12
"""The longest title fits, at text of that size; it grows with the text."""
_ICON_PX = 24


class Rail(QFrame):
    """Buttons of which one is chosen.

    Signals:
        chosen: The key of the page that was asked for.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        """Make an empty rail."""
        super().__init__()
        self.setObjectName("rail")
        self._theme = theme
        self._buttons: dict[str, QToolButton] = {}
        self._icons: dict[str, str] = {}
        self._group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 12, 8, 12)
        self._layout.setSpacing(4)
        self._stretch = QSpacerItem(0, 0, vData=QSizePolicy.Policy.Expanding)
        self._layout.addItem(self._stretch)
        theme.changed.connect(self._draw)
        self._draw()

    def add(self, key: str, title: str, icon_name: str, *, at_foot: bool = False) -> None:
        """Add a page's button; Ctrl and its number chooses it too.

        Args:
            key: The page.
            title: What it is called.
            icon_name: Its icon.
            at_foot: Below the stretch, as for settings.
        """
        button = tool_button(title, lambda: self.chosen.emit(key))
        button.setCheckable(True)
        button.setProperty("role", "rail")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self._buttons[key], self._icons[key] = button, icon_name
        self._group.addButton(button)
        place = self._layout.count() if at_foot else len(self._buttons) - 1
        self._layout.insertWidget(place, button)
        set_tip(button, title)
        more = (QKeySequence.StandardKey.Preferences,) if at_foot else ()
        with_keys(button, f"Ctrl+{len(self._buttons)}", *more)
        self._draw()

    def action(self, key: str) -> QAction:
        """Return what a page's button does, for a menu."""
        return action_of(self._buttons[key])

    def add_foot(self, widget: QWidget) -> None:
        """Add a widget above the buttons at the foot."""
        self._layout.insertWidget(self._layout.indexOf(self._stretch) + 1, widget)

    def choose(self, key: str) -> None:
        """Mark a page as the one that is shown."""
        self._buttons[key].setChecked(True)

    def _draw(self) -> None:
        width_px = _WIDTH_PX * self._theme.tokens.sizes["text_small"] // _TEXT_PX
        self.setFixedWidth(width_px)
        for key, button in self._buttons.items():
            button.setFixedWidth(width_px - 16)
            button.setIcon(icon(self._icons[key], self._theme.tokens, "text"))
