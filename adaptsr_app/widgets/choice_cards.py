"""A few choices side by side, each a card with a title and what it means."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from adaptsr_app.widgets.text import label

_GAP_PX = 12


@dataclass(frozen=True, slots=True)
class ChoiceCard:
    """One card.

    Attributes:
        key: Its name in code.
        title: What it is called.
        text: What it means.
    """

    key: str
    title: str
    text: str


class ChoiceCards(QWidget):
    """Cards of which at most one is chosen.

    Signals:
        chosen: The key of the card the user chose.
    """

    chosen = Signal(str)

    def __init__(self, name: str, choices: list[ChoiceCard]) -> None:
        """Show the cards, none chosen.

        Args:
            name: What is chosen here, for screen readers.
            choices: From left to right.
        """
        super().__init__()
        self.setAccessibleName(name)
        self.cards: dict[str, _Card] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP_PX)
        for choice in choices:
            card = _Card(choice)
            self.cards[choice.key] = card
            self._group.addButton(card.button)
            layout.addWidget(card, 1)
            card.button.toggled.connect(card.mark)
            card.button.clicked.connect(lambda _=False, key=choice.key: self.chosen.emit(key))

    def choose(self, key: str | None) -> None:
        """Show a card as chosen without saying so; nothing changes for a key without a card."""
        if key in self.cards:
            self.cards[key].button.setChecked(True)

    def choose_none(self) -> None:
        """Show no card as chosen."""
        self._group.setExclusive(False)
        for card in self.cards.values():
            card.button.setChecked(False)
        self._group.setExclusive(True)

    @property
    def choice(self) -> str | None:
        """The key of the chosen card."""
        chosen = [key for key, card in self.cards.items() if card.button.isChecked()]
        return chosen[0] if chosen else None

    def set_note(self, key: str, text: str) -> None:
        """Write a last line on a card, such as how long it takes."""
        card = self.cards[key]
        card.note.setText(text)
        card.note.setVisible(bool(text))
        card.button.setAccessibleDescription(f"{card.text.text()} {text}".strip())
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the longest text needs at this width: layouts would clip it instead."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count = len(self.cards)
        width_px = (self.width() - (count - 1) * _GAP_PX) // max(1, count)
        needed_px = max(card.height_for(width_px) for card in self.cards.values())
        if needed_px != self.height() or needed_px != self.minimumHeight():
            self.setFixedHeight(needed_px)


class _Card(QFrame):
    """A radio button with lines below it; a click anywhere chooses it."""

    def __init__(self, choice: ChoiceCard) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.button = QRadioButton(choice.title)
        self.button.setAccessibleDescription(choice.text)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.text = label(choice.text, "secondary", wrap=True)
        self.note = label("", wrap=True)
        self.note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.button)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.note)

    def height_for(self, width_px: int) -> int:
        """Return how high the card has to be to show everything."""
        layout = self.layout()
        needed_px = 0 if layout is None else layout.totalHeightForWidth(width_px - 2)
        return needed_px + 2  # the border

    def mark(self, is_chosen: bool) -> None:
        """Draw the card as chosen or not."""
        self.setProperty("chosen", is_chosen)
        self.style().unpolish(self)
        self.style().polish(self)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.button.click()
            self.button.setFocus()
