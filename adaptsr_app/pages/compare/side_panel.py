"""What is compared: the photo, the ways to enlarge it, the truth, and which part."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLayout,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.messages import tr
from adaptsr_app.models.comparison import (
    ComparisonModel,
    ContenderOption,
    bicubic,
    option_of,
    option_of_picture,
)
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import push_button, tool_button
from adaptsr_app.widgets.commands import Entry, Submenu, command_buttons, entry_of, with_keys
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.files import ask_for_photos
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

_WIDTH_PX = 296
_SCROLL_PX = 12
_ROW_PX = 30
"""Fixed: a row that is squeezed while the panel grows would paint its icon on nothing."""


class SidePanel(QWidget):
    """Lets the user choose; the model holds it.

    Signals:
        compare_requested: Go.
        part_requested: Show the photo again, to choose another part of it.
    """

    compare_requested = Signal()
    part_requested = Signal()

    def __init__(self, model: ComparisonModel, theme: Theme) -> None:
        """Show the model."""
        super().__init__()
        self._model, self._theme = model, theme
        self.setFixedWidth(_WIDTH_PX)
        self.photo_name = ElidedLabel(role="secondary")
        self.hr_name = ElidedLabel(role="secondary")
        self.rows = QVBoxLayout()
        self.rows.setSpacing(4)
        self.choose_photo = push_button(tr("Choose a photo …"), self._choose_photo)
        self.take_offered = push_button(tr("Enlarge it in other ways"), self._take_offered)
        self.add = push_button(tr("Add …"))
        self.add.setAccessibleName(tr("Add a way to enlarge it"))
        self._menu = QMenu(self)
        self.add.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.choose_hr = push_button(tr("Choose the true HR …"), self._choose_hr)
        self.forget_hr = tool_button(
            tr("Do without the true HR"), lambda: model.set_hr(None), icon("remove", theme.tokens)
        )
        self.forget_hr.setFixedHeight(_ROW_PX)
        self.part = QComboBox()
        self.part.setAccessibleName(tr("What is enlarged"))
        self.part.addItems([tr("The part in view"), tr("The whole photo")])
        for button, keys in (
            (self.choose_photo, "Ctrl+Shift+C"),
            (self.take_offered, "Ctrl+Shift+W"),
            (self.choose_hr, "Ctrl+Shift+T"),
            (self.forget_hr, "Ctrl+Shift+D"),
        ):
            with_keys(button, keys)
        self.part_size = label("", "small", wrap=True)
        self.other_part = push_button(
            tr("Choose another part"), self.part_requested.emit, role="link"
        )
        self.compare = push_button(tr("Compare"), self.compare_requested.emit, "primary")
        self.compare.setAccessibleName(tr("Enlarge and compare"))
        with_keys(self.other_part, "Ctrl+Shift+A")
        with_keys(self.compare, "Ctrl+Return")
        self.missing = label("", "small", wrap=True)
        self._lay_out()
        model.changed.connect(self._show)
        theme.changed.connect(self._show)
        self._show()

    @property
    def wants_part(self) -> bool:
        """True if only the part in view is to be enlarged."""
        return self.part.currentIndex() == 0

    def commands(self) -> list[Entry]:
        """Return what can be done, for a menu."""
        self._fill_menu()
        rows = [widget for index in range(self.rows.count()) if (widget := self._row_at(index))]
        removing = [entry_of(button) for row in rows for button in command_buttons(row)]
        return [
            entry_of(self.compare),
            None,
            *map(entry_of, (self.choose_photo, self.take_offered, self.add)),
            Submenu(tr("Remove"), removing),
            *map(entry_of, (self.choose_hr, self.forget_hr, self.other_part)),
        ]

    def add_pictures(self, paths: list[Path]) -> None:
        """Take dropped files: the first is the photo where there is none, others are contenders."""
        for path in paths:
            if self._model.photo is None:
                self._model.set_photo(path)
            else:
                self._model.add(option_of_picture(path))

    def _lay_out(self) -> None:
        choices = QWidget()
        layout = QVBoxLayout(choices)
        layout.setContentsMargins(0, 0, _SCROLL_PX, 0)
        layout.setSpacing(8)
        truth = QHBoxLayout()
        truth.addWidget(self.hr_name, 1)
        truth.addWidget(self.forget_hr)
        for heading, parts in (
            (tr("Photo"), (self.photo_name, self.take_offered, self.choose_photo)),
            (tr("Enlarged by"), (self.rows, self.add)),
            (tr("True HR"), (truth, self.choose_hr)),
            (tr("Part"), (self.part, self.part_size, self.other_part)),
        ):
            layout.addWidget(label(heading, "heading"))
            for part in parts:
                if isinstance(part, QLayout):
                    layout.addLayout(part)
                else:
                    layout.addWidget(part)
            layout.addSpacing(12)
        layout.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(choices)
        area.viewport().setAutoFillBackground(False)
        choices.setAutoFillBackground(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(area, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(0, 0, _SCROLL_PX, 0)
        foot.setSpacing(8)
        foot.addWidget(self.missing)
        foot.addWidget(self.compare)
        whole.addLayout(foot)

    def _show(self) -> None:
        model = self._model
        photo = model.photo or model.offered
        self.photo_name.set_text(photo.name if photo else tr("None yet"))
        self.choose_photo.setText(tr("Choose another photo …") if photo else tr("Choose a photo …"))
        self.take_offered.setVisible(model.offered is not None)
        self.hr_name.set_text(
            model.hr.name if model.hr else tr("None: nothing is measured, only shown.")
        )
        self.forget_hr.setVisible(model.hr is not None)
        self.choose_hr.setEnabled(model.photo is not None)
        self.choose_hr.setText(
            tr("Choose another true HR …") if model.hr else tr("Choose the true HR …")
        )
        self._show_rows()
        self.add.setEnabled(not model.is_full)
        set_tip(
            self.add,
            tr("There is room for four pictures; remove one first.") if model.is_full else "",
        )
        self.missing.setText(model.problem)
        self.missing.setVisible(bool(model.problem))

    def _show_rows(self) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for index, option in enumerate(self._model.options):
            self.rows.addWidget(self._row(index, option))

    def _row(self, index: int, option: ContenderOption) -> QWidget:
        row = QWidget()
        row.setFixedHeight(_ROW_PX)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(ElidedLabel(option.title), 1)
        layout.addWidget(label(_kind_text(option), "small"))
        remove = tool_button(
            tr("Remove {name}").format(name=option.title),
            lambda: self._model.remove(index),
            icon("remove", self._theme.tokens, "text_secondary"),
        )
        layout.addWidget(remove)
        return row

    def _row_at(self, index: int) -> QWidget | None:
        item = self.rows.itemAt(index)
        return None if item is None else item.widget()

    def _fill_menu(self) -> None:
        menu, model = self._menu, self._model
        menu.clear()
        parts = (
            [bicubic()],
            [option_of(choice) for choice in model.choices.profiles],
            [option_of(choice) for choice in model.choices.backbones],
        )
        for options in parts:
            for option in options:
                kind = _kind_text(option)
                action = menu.addAction(f"{option.title}  ·  {kind}" if kind else option.title)
                action.setEnabled(option not in model.options)
                action.triggered.connect(self._adder(option))
            if options:
                menu.addSeparator()
        other = menu.addAction(tr("A picture another tool made …"))
        other.setEnabled(model.photo is not None)
        other.triggered.connect(lambda _checked: self._choose_pictures())

    def _adder(self, option: ContenderOption) -> Callable[[], object]:
        return lambda *_: self._model.add(option)

    def _choose_photo(self) -> None:
        for path in ask_for_photos(self, tr("Photo to compare on"))[:1]:
            self._model.set_photo(path)

    def _take_offered(self) -> None:
        self._model.set_photo(self._model.offered)

    def _choose_hr(self) -> None:
        for path in ask_for_photos(self, tr("True HR: the same view at the result's size"))[:1]:
            self._model.set_hr(path)

    def _choose_pictures(self) -> None:
        for path in ask_for_photos(self, tr("Picture of the same photo by another tool")):
            self._model.add(option_of_picture(path))


def _kind_text(option: ContenderOption) -> str:
    match option.kind:
        case "bicubic":
            return ""
        case "profile":
            return tr("profile ×{scale}").format(scale=option.scale)
        case "backbone":
            return tr("network ×{scale}").format(scale=option.scale)
        case "picture":
            return tr("picture")
