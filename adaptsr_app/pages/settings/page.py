"""The settings page: look, notifications, results, storage, and the computer itself."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from adaptsr_app.context import Context
from adaptsr_app.messages import message_for, tr
from adaptsr_app.pages.page import Page
from adaptsr_app.pages.settings.machine import Machine
from adaptsr_app.pages.settings.results import Results
from adaptsr_app.pages.settings.section import Section
from adaptsr_app.pages.settings.storage import StorageSection
from adaptsr_app.theme.theme import Appearance
from adaptsr_app.widgets.commands import Entry, Submenu, entries_of, visible_entries
from adaptsr_app.widgets.message_banner import MessageBanner
from adaptsr_app.widgets.text import label

_APPEARANCES: tuple[Appearance, ...] = ("system", "light", "dark")
_WIDTH_PX = 720


class SettingsPage(Page):
    """What applies everywhere; every change holds at once."""

    key = "settings"
    icon = "settings"

    def __init__(self, context: Context) -> None:
        """Show the preferences; the computer is looked at when the page is first shown."""
        super().__init__(context)
        self.banner = MessageBanner(context.theme)
        self.appearance = QComboBox()
        self.notify = QCheckBox(tr("Tell me when a long job ends"))
        self.results = Results(context)
        self.storage = StorageSection(context)
        self.machine = Machine(context)
        self.storage.failed.connect(lambda error: self.banner.show_message(message_for(error)))
        self._lay_out()

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Settings")

    def commands(self) -> Sequence[Entry]:
        """Return what the sections' buttons do."""
        return [
            *entries_of(self.results),
            None,
            *entries_of(self.storage),
            Submenu(tr("Message"), visible_entries(self.banner)),
        ]

    def shown(self) -> None:
        """Show what may have changed elsewhere."""
        self.results.show_preferences()
        self.storage.look()
        self.machine.look()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setMaximumWidth(_WIDTH_PX)
        sections = QVBoxLayout(inside)
        sections.setContentsMargins(0, 0, 12, 0)
        sections.setSpacing(16)
        for section in (self._look(), self.results, self.storage, self.machine):
            sections.addWidget(section)
        sections.addStretch()
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 20, 16)
        layout.setSpacing(16)
        layout.addWidget(label(self.title, "title"))
        layout.addWidget(self.banner)
        layout.addWidget(scroll, 1)

    def _look(self) -> Section:
        section = Section(tr("Window"))
        preferences = self.context.preferences
        self.appearance.addItems([tr("Like the system"), tr("Light"), tr("Dark")])
        self.appearance.setCurrentIndex(_APPEARANCES.index(preferences.appearance))
        self.appearance.currentIndexChanged.connect(self._set_appearance)
        self.notify.setChecked(preferences.notify)
        self.notify.toggled.connect(self._set_notify)
        section.add(tr("Appearance"), self.appearance)
        section.add("", self.notify)
        return section

    def _set_appearance(self, index: int) -> None:
        self.context.preferences.appearance = _APPEARANCES[index]
        self.context.theme.set_appearance(_APPEARANCES[index])
        self.context.save()

    def _set_notify(self, requested: bool) -> None:
        self.context.preferences.notify = requested
        self.context.save()
