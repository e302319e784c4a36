"""How much of what a profile learned is used."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.settings import Preferences
from adaptsr_app.widgets.text import label

_FULL, _MOST, _STEP = 100, 150, 5


class StrengthOptions(QWidget):
    """A slider from the plain network to more than was learned.

    Signals:
        changed: The strength is another one now.
    """

    changed = Signal()

    def __init__(self, preferences: Preferences) -> None:
        """Show what is preferred."""
        super().__init__()
        self._preferences = preferences
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Strength in percent"))
        self.slider.setRange(0, _MOST // _STEP)
        self.slider.setPageStep(_STEP)
        self.slider.setValue(round(preferences.strength / _STEP))
        self._number = label("")
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._number.setFixedWidth(self._number.fontMetrics().horizontalAdvance("000 %") + 8)
        self._meaning = label("", "small", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self._number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._meaning)
        self._show()
        self.slider.valueChanged.connect(self._keep)

    def _keep(self) -> None:
        self._preferences.strength = self.slider.value() * _STEP
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        percent = self.slider.value() * _STEP
        self._number.setText(f"{percent} %")
        if percent == 0:
            meaning = tr("The plain network, without what it learned about your camera.")
        elif percent < _FULL:
            meaning = tr("Less of what it learned about your camera.")
        elif percent == _FULL:
            meaning = tr("All of what it learned about your camera.")
        else:
            meaning = tr("More than it learned: sharper, and bolder than measured.")
        self._meaning.setText(meaning)
