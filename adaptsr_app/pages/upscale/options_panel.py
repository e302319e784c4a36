"""How results are to be: size, strength, format, folder, name and what they tell; remembered."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from adaptsr_app.context import Context
from adaptsr_app.messages import sentence_of, tr
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import example_name, output_folder
from adaptsr_app.pages.upscale.format_options import FormatOptions
from adaptsr_app.pages.upscale.size_options import SizeOptions
from adaptsr_app.pages.upscale.strength_options import StrengthOptions
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.files import ask_for_folder, reveal
from adaptsr_app.widgets.text import label, set_role
from adaptsr_app.widgets.tips import set_tip
from engine.errors import EngineError

WIDTH_PX = 304


class OptionsPanel(QScrollArea):
    """Writes every change into the preferences at once.

    Signals:
        changed: An option is another one now.
    """

    changed = Signal()

    def __init__(self, context: Context) -> None:
        """Show the preferences."""
        super().__init__()
        self._context = context
        self._item: UpscaleItem | None = None
        self.result_size = SizeOptions(context.preferences)
        self.strength = StrengthOptions(context.preferences)
        self.format = FormatOptions(context.preferences)
        self.folder = ElidedLabel()
        self.name = QLineEdit(context.preferences.name_template)
        self.name.setAccessibleName(tr("Names of results"))
        set_tip(
            self.name,
            tr(
                "{stem} is the photo's name. You may also use {profile}, {strength}, {scale}, "
                "{width} and {height}."
            ),
        )
        self.example = ElidedLabel(role="small")
        self.strip_gps = QCheckBox(tr("Leave out where it was taken"))
        set_tip(
            self.strip_gps,
            tr(
                "Position, city and country, and the camera maker's own notes, which may hold a "
                "position. What you wrote into titles and keywords stays."
            ),
        )
        self.strip_gps.setChecked(context.preferences.strip_gps)
        self.overwrite = QCheckBox(tr("Replace results made earlier"))
        self.overwrite.setChecked(context.preferences.overwrite)
        self._lay_out()
        for part in (self.result_size, self.strength, self.format):
            part.changed.connect(self._keep)
        self.name.textChanged.connect(self._set_name)
        self.strip_gps.toggled.connect(self._set_strip_gps)
        self.overwrite.toggled.connect(self._set_overwrite)
        self._show_folder()

    def show_preferences(self) -> None:
        """Show folder and names as they are now; the settings page may have changed them."""
        self._show_folder()
        if self.name.text() != self._context.preferences.name_template:
            self.name.setText(self._context.preferences.name_template)

    def show_example(self, item: UpscaleItem | None) -> None:
        """Show what the result of this photo, or of an invented one, will be called."""
        self._item = item
        if self.isVisible():
            self._name_example()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Name the example only now: what it takes is not loaded before the first paint."""
        super().showEvent(event)
        self._name_example()

    def _lay_out(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFixedWidth(WIDTH_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body = QWidget()
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(8)
        choose = push_button(tr("Choose …"), self._choose_folder)
        choose.setAccessibleName(tr("Choose the folder of results"))
        show = push_button(tr("Show"), lambda: reveal(output_folder(self._context.preferences)))
        show.setAccessibleName(tr("Show the folder of results"))
        with_keys(choose, "Ctrl+Shift+F")
        with_keys(show, "Ctrl+Shift+E")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(choose)
        buttons.addWidget(show)
        buttons.addStretch()
        parts: tuple[tuple[str, tuple[QWidget | QHBoxLayout, ...]], ...] = (
            (tr("Size"), (self.result_size,)),
            (tr("Strength"), (self.strength,)),
            (tr("Format"), (self.format,)),
            (tr("Folder"), (self.folder, buttons)),
            (tr("Name"), (self.name, self.example, self.overwrite)),
            (tr("Metadata"), (self.strip_gps,)),
        )
        for index, (title, widgets) in enumerate(parts):
            if index:
                layout.addSpacing(8)
            layout.addWidget(label(title, "heading"))
            for widget in widgets:
                if isinstance(widget, QHBoxLayout):
                    layout.addLayout(widget)
                else:
                    layout.addWidget(widget)
        layout.addStretch()
        self.setWidget(self.body)

    def _name_example(self) -> None:
        try:
            name = example_name(self._item, self._context.preferences)
        except EngineError as error:
            self.example.set_text(sentence_of(error))
            set_role(self.example, "danger")
        else:
            self.example.set_text(name)
            set_role(self.example, "small")

    def _choose_folder(self) -> None:
        preferences = self._context.preferences
        folder = ask_for_folder(self, tr("Folder of the results"), output_folder(preferences))
        if folder is not None:
            preferences.output_folder = folder
            self._show_folder()
            self._keep()

    def _show_folder(self) -> None:
        self.folder.set_text(str(output_folder(self._context.preferences)))

    def _set_name(self, template: str) -> None:
        self._context.preferences.name_template = template
        self._keep()

    def _set_strip_gps(self, requested: bool) -> None:
        self._context.preferences.strip_gps = requested
        self._keep()

    def _set_overwrite(self, requested: bool) -> None:
        self._context.preferences.overwrite = requested
        self._keep()

    def _keep(self) -> None:
        self._context.save()
        self.show_example(self._item)
        self.changed.emit()
