"""A menu to choose what the selected photos are upscaled with."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from adaptsr_app.messages import tr
from adaptsr_app.models.network_choices import AUTOMATIC, NetworkChoice, NetworkChoices
from adaptsr_app.pages.upscale.network_combo import title_of


class NetworkMenu(QMenu):
    """Automatic, then the profiles, then the networks alone; what holds now is marked.

    Signals:
        chosen: The user chose this `NetworkChoice`.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        """Offer what is always there."""
        super().__init__(tr("Upscale with"))
        self._entries: dict[NetworkChoice, QAction] = {}
        self.offer(NetworkChoices())

    def offer(self, choices: NetworkChoices) -> None:
        """Offer what there is."""
        self.clear()
        self._entries = {}
        for part in ((AUTOMATIC,), choices.profiles, choices.backbones):
            if part and self._entries:
                self.addSeparator()
            for choice in part:
                action = self.addAction(title_of(choice).replace("&", "&&"))
                action.setCheckable(True)
                action.triggered.connect(partial(self._choose, choice))
                self._entries[choice] = action

    def show_choices(self, choices: set[NetworkChoice]) -> None:
        """Mark what the photos at hand have."""
        for choice, action in self._entries.items():
            action.setChecked(choice in choices)

    def _choose(self, choice: NetworkChoice) -> None:
        self.chosen.emit(choice)
