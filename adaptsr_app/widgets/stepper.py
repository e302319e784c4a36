"""The steps of a longer task in one row: where the user is, what is done, what can be gone to."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import tool_button

_ICON_PX = 16


class Stepper(QWidget):
    """A row of numbered steps, of which one is at hand.

    Signals:
        chosen: The index of the step that was asked for.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, titles: list[str]) -> None:
        """Show the steps, the first at hand.

        Args:
            theme: For the icons.
            titles: What the steps are called.
        """
        super().__init__()
        self._theme = theme
        self._titles = titles
        self._done: frozenset[int] = frozenset()
        self.buttons: list[QToolButton] = []
        self._arrows: list[QLabel] = []
        self._group = QButtonGroup(self)
        self.setAccessibleName(tr("Steps"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for index, title in enumerate(titles):
            if index:
                arrow = QLabel()
                self._arrows.append(arrow)
                layout.addWidget(arrow)
            button = tool_button(title, partial(self.chosen.emit, index))
            button.setCheckable(True)
            button.setIconSize(QSize(_ICON_PX, _ICON_PX))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._group.addButton(button)
            self.buttons.append(button)
            layout.addWidget(button)
        layout.addStretch()
        theme.changed.connect(self._draw)
        self.set_state(0, done=frozenset(), reachable=1)

    def set_state(self, current: int, *, done: frozenset[int], reachable: int) -> None:
        """Show how far the user is.

        Args:
            current: The step at hand.
            done: Steps that need nothing more.
            reachable: How many steps, from the first, can be gone to.
        """
        self._done = done
        for index, button in enumerate(self.buttons):
            button.setEnabled(index < reachable)
            button.setChecked(index == current)
        self._draw()

    def _draw(self) -> None:
        tokens = self._theme.tokens
        for arrow in self._arrows:
            arrow.setPixmap(icon("next", tokens, "text_disabled").pixmap(QSize(12, 12)))
        for index, (button, title) in enumerate(zip(self.buttons, self._titles, strict=True)):
            is_done = index in self._done
            button.setIcon(icon("good", tokens, "good"))
            button.setToolButtonStyle(
                Qt.ToolButtonStyle.ToolButtonTextBesideIcon
                if is_done
                else Qt.ToolButtonStyle.ToolButtonTextOnly
            )
            button.setText(f"{' ' if is_done else ''}{index + 1}  {title}")
            words = tr("Step {number}: {title}, done") if is_done else tr("Step {number}: {title}")
            button.setAccessibleName(words.format(number=index + 1, title=title))
