"""Which kind of file results become."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.settings import Preferences
from adaptsr_app.widgets.number_box import whole_number
from adaptsr_app.widgets.tips import set_tip

_FORMATS: tuple[Literal["auto", "JPEG", "PNG", "TIFF", "WebP"], ...] = (
    "auto",
    "JPEG",
    "PNG",
    "TIFF",
    "WebP",
)
_WITHOUT_QUALITY = frozenset({"PNG", "TIFF"})


class FormatOptions(QWidget):
    """A format, and a quality where that loses something.

    Signals:
        changed: Format or quality are others now.
    """

    changed = Signal()

    def __init__(self, preferences: Preferences) -> None:
        """Show what is preferred."""
        super().__init__()
        self._preferences = preferences
        self.format = QComboBox()
        self.format.setAccessibleName(tr("Format of results"))
        self.format.addItems([tr("Like the photo"), *_FORMATS[1:]])
        self.format.setCurrentIndex(_FORMATS.index(preferences.image_format))
        self.quality = whole_number(tr("Quality of JPEG and WebP"), 1, 100)
        set_tip(self.quality, tr("Of JPEG and WebP: 100 is the best and the largest."))
        self.quality.setPrefix(tr("Quality "))
        self.quality.setValue(preferences.quality)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.format, 1)
        layout.addWidget(self.quality)
        self._show()
        self.format.currentIndexChanged.connect(self._keep)
        self.quality.valueChanged.connect(self._keep)

    def _keep(self) -> None:
        self._preferences.image_format = _FORMATS[self.format.currentIndex()]
        self._preferences.quality = self.quality.value()
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.quality.setEnabled(_FORMATS[self.format.currentIndex()] not in _WITHOUT_QUALITY)
