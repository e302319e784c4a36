"""A piece of a photo the training never sees, as it was, as it is now, and as it should be."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.compare_view import CompareView, ShownPicture
from adaptsr_app.widgets.crop_map import CropMap
from adaptsr_app.widgets.text import label
from engine.events import CropReady
from engine.training.crop_choice import CropPlace

_SAME_PLACE = 0.03
"""As a share of the photo: pieces begin at whole pixels."""


class LiveCropView(QWidget):
    """The viewer on what training makes of one piece, and a way to look at another.

    Zoom and place within the piece stay as the user put them.

    Signals:
        place_requested: A `CropPlace` to look at.
    """

    place_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.view = CompareView(theme, tr("How it looks appears here in a moment"))
        self.map = CropMap(theme)
        self.photo = QComboBox()
        self.photo.setAccessibleName(tr("Photo that is looked at"))
        self.photo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._hint = label("", "small")  # wrapped, it would ask for height that is not there
        self._fixed: dict[str, ShownPicture] = {}
        self._of: tuple[object, ...] = ()
        self._middle = 0.5, 0.5
        self._asked: CropPlace | None = None
        self._chooser = QWidget()
        self._lay_out()
        self.map.moved.connect(self._move)
        self.photo.activated.connect(self._choose)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._fixed, self._of, self._middle = {}, (), (0.5, 0.5)
        self._asked = None
        self.photo.clear()
        self.map.clear()
        self.view.clear()
        self._chooser.hide()

    def set_photos(self, names: Sequence[str]) -> None:
        """Offer these photos: those that are kept out of the training, in its order."""
        self.photo.clear()
        self.photo.addItems(names)
        self.photo.setEnabled(len(names) > 1)

    def set_choosable(self, choosable: bool) -> None:
        """Say whether another piece can be asked for now."""
        self.map.setEnabled(choosable)
        self.photo.setEnabled(choosable and self.photo.count() > 1)
        self._hint.setText(
            tr("Click at the left to look elsewhere.")
            if choosable
            else tr("Can be moved while it trains.")
        )

    def show_crop(self, crop: CropReady) -> None:
        """Show how a crop stands now."""
        is_first = not self._fixed
        of = crop.name, crop.area
        if of != self._of:
            self._of = of
            self._fixed = {
                "before": ShownPicture(tr("Before"), crop.backbone),
                "lr": ShownPicture(tr("Phone (LR)"), crop.lr),
                "hr": ShownPicture(tr("Sharp (HR)"), crop.hr),
            }
        now = ShownPicture(tr("Now"), crop.now)
        fixed = self._fixed
        self.view.set_pictures(
            [fixed["before"], now, fixed["lr"], fixed["hr"]], keep_view=not is_first
        )
        if crop.overview is not None and self._is_what_was_asked(crop):
            self._asked = None
            self.map.show_photo(crop.overview, crop.area)
            self.photo.setCurrentIndex(self.photo.findText(crop.name))
            self._chooser.show()

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.photo)
        column.addWidget(self._hint)
        column.addStretch()
        row = QHBoxLayout(self._chooser)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.map, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._chooser)

    def _move(self, across: float, down: float) -> None:
        self._middle = across, down
        self._ask()

    def _choose(self, _index: int) -> None:
        self._middle = 0.5, 0.5
        self._ask()

    def _ask(self) -> None:
        self._asked = CropPlace(max(0, self.photo.currentIndex()), *self._middle)
        self.place_requested.emit(self._asked)

    def _is_what_was_asked(self, crop: CropReady) -> bool:
        """Return False for a piece that was on its way when another was asked for."""
        asked = self._asked
        if asked is None:
            return True
        left, top, width, height = crop.area
        off = max(abs(left + width / 2 - asked.across), abs(top + height / 2 - asked.down))
        return self.photo.findText(crop.name) == asked.photo and off < _SAME_PLACE
