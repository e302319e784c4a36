"""How large results are to be: what the network gives, a factor, a side, megapixels or a share."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.settings import Preferences
from adaptsr_app.widgets.number_box import decimal_number, whole_number

Mode = Literal["auto", "x2", "x3", "x4", "longest", "megapixels", "percent"]

_MODES: tuple[Mode, ...] = ("auto", "x2", "x3", "x4", "longest", "megapixels", "percent")


class SizeOptions(QWidget):
    """A choice, and a number where the choice needs one.

    Signals:
        changed: The size is another one now.
    """

    changed = Signal()

    def __init__(self, preferences: Preferences) -> None:
        """Show what is preferred."""
        super().__init__()
        self._preferences = preferences
        self.mode = QComboBox()
        self.mode.setAccessibleName(tr("Size of results"))
        self.mode.addItems(
            [
                tr("What the profile gives"),
                tr("Two times larger"),
                tr("Three times larger"),
                tr("Four times larger"),
                tr("Longest side"),
                tr("Megapixels"),
                tr("Percent of the photo"),
            ]
        )
        self.longest = whole_number(tr("Longest side"), 16, 65_500, step=100)
        self.longest.setSuffix(tr(" px"))
        self.megapixels = decimal_number(tr("Megapixels"), 0.1, 1000, decimals=1)
        self.megapixels.setSuffix(tr(" megapixels"))
        self.percent = whole_number(tr("Percent of the photo"), 10, 800, step=10)
        self.percent.setSuffix(" %")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.mode, self.longest, self.megapixels, self.percent):
            layout.addWidget(widget)
        self.mode.setCurrentIndex(_MODES.index(preferences.size_mode))
        self.longest.setValue(preferences.longest_px)
        self.megapixels.setValue(preferences.megapixels)
        self.percent.setValue(preferences.percent)
        self._show_number()
        self.mode.currentIndexChanged.connect(self._keep)
        self.longest.valueChanged.connect(self._keep)
        self.megapixels.valueChanged.connect(self._keep)
        self.percent.valueChanged.connect(self._keep)

    def _keep(self) -> None:
        self._preferences.size_mode = _MODES[self.mode.currentIndex()]
        self._preferences.longest_px = self.longest.value()
        self._preferences.megapixels = self.megapixels.value()
        self._preferences.percent = self.percent.value()
        self._show_number()
        self.changed.emit()

    def _show_number(self) -> None:
        mode = _MODES[self.mode.currentIndex()]
        self.longest.setVisible(mode == "longest")
        self.megapixels.setVisible(mode == "megapixels")
        self.percent.setVisible(mode == "percent")
