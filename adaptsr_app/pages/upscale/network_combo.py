"""A box to choose what photos are upscaled with."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from adaptsr_app.messages import tr
from adaptsr_app.models.network_choices import AUTOMATIC, NetworkChoice, NetworkChoices


class NetworkCombo(QComboBox):
    """Automatic, then the profiles, then the networks alone.

    Signals:
        chosen: The user chose this `NetworkChoice`.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        """Offer what is always there."""
        super().__init__()
        self.setAccessibleName(tr("Upscale with"))
        self.setPlaceholderText(tr("Several"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContentsOnFirstShow)
        self.setMinimumWidth(220)
        self._choices: list[NetworkChoice | None] = []
        self.offer(NetworkChoices())
        self.activated.connect(self._choose)

    def offer(self, choices: NetworkChoices) -> None:
        """Offer what there is; what is chosen stays so."""
        before = self._current()
        self.clear()
        self._choices = []
        for part in ((AUTOMATIC,), choices.profiles, choices.backbones):
            if part and self._choices:
                self.insertSeparator(self.count())
                self._choices.append(None)
            for choice in part:
                self.addItem(title_of(choice))
                self._choices.append(choice)
        self.show_choices({before} if before else set())

    def show_choices(self, choices: set[NetworkChoice]) -> None:
        """Show what the photos at hand have; nothing where they differ."""
        one = next(iter(choices)) if len(choices) == 1 else None
        known = one is not None and one in self._choices
        self.setCurrentIndex(self._choices.index(one) if known else -1)

    def _current(self) -> NetworkChoice | None:
        index = self.currentIndex()
        return self._choices[index] if 0 <= index < len(self._choices) else None

    def _choose(self, index: int) -> None:
        choice = self._choices[index]
        if choice is not None:
            self.chosen.emit(choice)


def title_of(choice: NetworkChoice) -> str:
    """Return what the user calls a choice."""
    match choice.kind:
        case "automatic":
            return tr("Automatic: by the camera")
        case "profile":
            return tr("{name} (×{scale})").format(name=choice.name, scale=choice.scale)
        case "backbone":
            return tr("Plain network {name} (×{scale})").format(
                name=choice.name, scale=choice.scale
            )
