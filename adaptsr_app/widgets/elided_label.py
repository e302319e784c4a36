"""A line of text that gives way: what does not fit is left out in the middle."""

from PySide6.QtCore import QSize, Qt
from superqt import QElidingLabel
from typing_extensions import override

from adaptsr_app.widgets.text import Role
from adaptsr_app.widgets.tips import set_tip


class ElidedLabel(QElidingLabel):
    """Shows as much of one line as there is room for; the tool tip has all of it."""

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> None:
        """Show a text.

        Args:
            text: What it says.
            role: How it looks; see `resources/style/window.qss`.
            mode: Where to leave out.
        """
        super().__init__()
        self.setElideMode(mode)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show another text."""
        self.setText(text)
        set_tip(self, text)

    @override
    def minimumSizeHint(self) -> QSize:
        """Allow to be made as narrow as a few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 6, super().minimumSizeHint().height())
