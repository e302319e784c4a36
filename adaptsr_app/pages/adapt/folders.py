"""Where the photos lie, and how many times larger they shall become; only what is asked for shows."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.adaptation import AdaptationState
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.folder_field import FolderField

_SCALES = (2, 3, 4)


class Folders(QWidget):
    """A form with a row for each folder.

    Signals:
        chosen: The name of a field of the state, and its new value.
        line_up_requested: The photos of two cameras shall be lined up.
    """

    chosen = Signal(str, object)
    line_up_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.phone = FolderField(tr("Phone photos"), tr("Folder of your phone's photos"))
        self.better = FolderField(
            tr("The same scenes, sharper"), tr("Folder of the better camera's photos")
        )
        self.sharp = FolderField(
            tr("Sharp photos"), tr("Folder of sharp photos of anything, by any good camera")
        )
        self.pairs = FolderField(
            tr("Data set"), tr("Folder that holds a folder LR and a folder HR")
        )
        self.scale = QComboBox()
        self.scale.setAccessibleName(tr("Enlarge"))
        for scale in _SCALES:
            self.scale.addItem(tr("{scale} times").format(scale=scale), scale)
        self.scale.activated.connect(
            lambda index: self.chosen.emit("scale", self.scale.itemData(index))
        )
        self.line_up = push_button(tr("Line up the photos"), self._ask, "primary")
        with_keys(self.line_up, "Ctrl+Shift+L")
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        for field, name, title in (
            (self.phone, "phone_folder", tr("Phone photos")),
            (self.better, "better_folder", tr("The same scenes, sharper")),
            (self.sharp, "sharp_folder", tr("Sharp photos")),
            (self.pairs, "pairs", tr("Data set")),
        ):
            field.chosen.connect(partial(self.chosen.emit, name))
            self._form.addRow(title, field)
        row = QHBoxLayout()
        row.addWidget(self.scale)
        row.addStretch()
        row.addWidget(self.line_up)
        self._last = QWidget()
        row.setContentsMargins(0, 0, 0, 0)
        self._last.setLayout(row)
        self._form.addRow(tr("Enlarge"), self._last)

    def set_state(self, state: AdaptationState) -> None:
        """Show where the photos lie."""
        self.phone.set_folder(state.phone_folder)
        self.better.set_folder(state.better_folder)
        self.sharp.set_folder(state.sharp_folder)
        self.pairs.set_folder(state.pairs)
        self.scale.setCurrentIndex(self.scale.findData(state.scale))

    def show_rows(self, state: AdaptationState, *, is_working: bool, may_work: bool) -> None:
        """Show the rows that what is learnt from asks for.

        Args:
            state: What is learnt from.
            is_working: Whether photos are being lined up.
            may_work: Whether that could be started.
        """
        for field, sources in (
            (self.phone, {"pairs", "camera"}),
            (self.better, {"pairs"}),
            (self.sharp, {"camera"}),
            (self.pairs, {"data set"}),
        ):
            self._form.setRowVisible(field, state.source in sources)
            field.setEnabled(not is_working)
        self._form.setRowVisible(self._last, state.source is not None)
        self.scale.setEnabled(not is_working)
        folders = state.phone_folder is not None and state.better_folder is not None
        self.line_up.setVisible(state.source == "pairs" and not is_working)
        self.line_up.setEnabled(folders and may_work)

    def _ask(self) -> None:
        self.line_up_requested.emit()
