"""Where results go and what they are called."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from adaptsr_app.context import Context
from adaptsr_app.messages import sentence_of, tr
from adaptsr_app.models.upscale_options import example_name, output_folder
from adaptsr_app.pages.settings.section import Section
from adaptsr_app.settings import Preferences
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.files import ask_for_folder
from adaptsr_app.widgets.text import set_role
from adaptsr_app.widgets.tips import set_tip
from engine.errors import ConfigError


class Results(Section):
    """Folder and names; a pattern that names no photo is told and not kept.

    Signals:
        changed: Folder or pattern are others now.
    """

    changed = Signal()

    def __init__(self, context: Context) -> None:
        """Show the preferences."""
        super().__init__(tr("Results"))
        self._context = context
        self.folder = ElidedLabel()
        self.choose = push_button(tr("Choose …"), self._choose_folder)
        self.choose.setAccessibleName(tr("Choose the folder of results"))
        self.usual = push_button(tr("Pictures folder"), self._use_usual_folder)
        self.usual.setAccessibleName(tr("Put results into the pictures folder"))
        with_keys(self.choose, "Ctrl+Shift+F")
        with_keys(self.usual, "Ctrl+Shift+U")
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.folder, 1)
        layout.addWidget(self.choose)
        layout.addWidget(self.usual)
        self.pattern = QLineEdit(context.preferences.name_template)
        set_tip(
            self.pattern,
            tr(
                "{stem} is the photo's name. You may also use {profile}, {strength}, {scale}, "
                "{width} and {height}."
            ),
        )
        self.example = ElidedLabel(role="small")
        self.add(tr("Folder"), row)
        self.add(tr("Names"), self.pattern)
        self.add("", self.example)
        self.pattern.textChanged.connect(self._set_pattern)
        self.show_preferences()

    def show_preferences(self) -> None:
        """Show what holds now; it may have been changed on another page."""
        preferences = self._context.preferences
        self.folder.set_text(str(output_folder(preferences)))
        self.usual.setVisible(preferences.output_folder is not None)
        if self.pattern.text() != preferences.name_template:
            self.pattern.setText(preferences.name_template)
        self._show_example(preferences)

    def _choose_folder(self) -> None:
        preferences = self._context.preferences
        folder = ask_for_folder(self, tr("Folder of the results"), output_folder(preferences))
        if folder is not None:
            preferences.output_folder = folder
            self._keep()

    def _use_usual_folder(self) -> None:
        self._context.preferences.output_folder = None
        self._keep()

    def _set_pattern(self, pattern: str) -> None:
        requested = self._context.preferences.model_copy(update={"name_template": pattern})
        if self._show_example(requested):
            self._context.preferences.name_template = pattern
            self._keep()

    def _show_example(self, preferences: Preferences) -> bool:
        try:
            name = example_name(None, preferences)
        except ConfigError as error:
            self.example.set_text(sentence_of(error))
            set_role(self.example, "danger")
            return False
        self.example.set_text(tr("For example {name}").format(name=name))
        set_role(self.example, "small")
        return True

    def _keep(self) -> None:
        self._context.save()
        self.show_preferences()
        self.changed.emit()
