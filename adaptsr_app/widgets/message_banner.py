"""A strip that says what happened and what to do, with the technical side in a fold."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout
from typing_extensions import override

from adaptsr_app.messages import Message, tr
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import PushRole, push_button, tool_button
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

Tone = Literal["danger", "warning", "good", "info"]

_ICON_PX = 20


class MessageBanner(QFrame):
    """Shows one `Message` at a time; hidden while there is none.

    Signals:
        dismissed: The user closed it.
    """

    dismissed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.message: Message | None = None
        self._theme = theme
        self._tone: Tone = "danger"
        self._actions: list[QPushButton] = []
        self._icon = QLabel()
        self._title = label("", "heading", wrap=True)
        self._text = label("", wrap=True)
        self._details = label("", "small", wrap=True)
        self._details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._details.setAccessibleName(tr("Details"))
        self._fold = push_button(tr("Details"), self._toggle_details, "link")
        self._report = push_button(tr("Show the report"), self._open_report, "link")
        self._close = tool_button(tr("Close this message"), self._dismiss)
        self._lay_out()
        theme.changed.connect(self._draw)
        self._draw()
        self.hide()

    def show_message(self, message: Message, tone: Tone = "danger") -> None:
        """Show a message in place of the one before, without its buttons.

        Args:
            message: What happened.
            tone: Chooses the icon.
        """
        self.message, self._tone = message, tone
        self._clear_actions()
        self._title.setText(message.title)
        self._text.setText(" ".join(part for part in (message.text, message.remedy) if part))
        self._text.setVisible(bool(self._text.text()))
        self._details.setText(message.details)
        self._fold.setVisible(bool(message.details))
        self._report.setVisible(message.report is not None)
        self._set_unfolded(False)
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(self._text.text())
        self._draw()
        self.show()

    def add_action(
        self, text: str, on_click: Callable[[], object], role: PushRole = "plain"
    ) -> QPushButton:
        """Offer something to do about the message at hand; gone with it.

        Args:
            text: What the button says.
            on_click: Called when it is clicked.
            role: How it looks.
        """
        button = push_button(text, on_click, role)
        self._actions.append(button)
        self._row.insertWidget(self._row.count() - 1, button, 0, Qt.AlignmentFlag.AlignTop)
        return button

    def clear(self) -> None:
        """Hide the banner; there is nothing to say any more."""
        self.message = None
        self._clear_actions()
        self.hide()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._dismiss()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 12, 8, 12)
        self._row.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(4)
        links = QHBoxLayout()
        links.setSpacing(16)
        links.addWidget(self._fold)
        links.addWidget(self._report)
        links.addStretch()
        for widget in (self._title, self._text, self._details):
            words.addWidget(widget)
        words.insertLayout(2, links)
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(words, 1)
        self._row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

    def _draw(self) -> None:
        tokens = self._theme.tokens
        colour = "accent" if self._tone == "info" else self._tone
        self._icon.setPixmap(icon(self._tone, tokens, colour).pixmap(QSize(_ICON_PX, _ICON_PX)))
        self._close.setIcon(icon("remove", tokens, "text_secondary"))
        self._close.setText("")
        set_tip(self._close, self._close.accessibleName())

    def _toggle_details(self) -> None:
        self._set_unfolded(self._details.isHidden())

    def _set_unfolded(self, unfolded: bool) -> None:
        self._details.setVisible(unfolded)
        self._fold.setText(tr("Hide details") if unfolded else tr("Details"))

    def _open_report(self) -> None:
        if self.message is not None and self.message.report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.message.report)))

    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()

    def _clear_actions(self) -> None:
        for button in self._actions:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._actions.clear()
