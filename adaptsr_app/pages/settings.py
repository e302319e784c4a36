"""The settings page: look, notifications, and where things are kept."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QPushButton, QVBoxLayout

from adaptsr_app.context import Context
from adaptsr_app.messages import tr
from adaptsr_app.pages.page import Page
from adaptsr_app.theme.theme import Appearance
from adaptsr_app.widgets.text import label
from engine.jobs.bug_reports import log_dir

_APPEARANCES: tuple[Appearance, ...] = ("system", "light", "dark")


class SettingsPage(Page):
    """What applies everywhere; every change holds at once."""

    key = "settings"
    icon = "settings"

    def __init__(self, context: Context) -> None:
        """Show the preferences."""
        super().__init__(context)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 24)
        layout.setSpacing(16)
        layout.addWidget(label(self.title, "title"))
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        layout.addLayout(form)
        layout.addStretch()

        self.appearance = QComboBox()
        self.appearance.setAccessibleName(tr("Appearance"))
        self.appearance.addItems([tr("Like the system"), tr("Light"), tr("Dark")])
        self.appearance.setCurrentIndex(_APPEARANCES.index(context.preferences.appearance))
        self.appearance.currentIndexChanged.connect(self._set_appearance)
        form.addRow(tr("Appearance"), self.appearance)

        self.notify = QCheckBox(tr("Tell me when a long job ends"))
        self.notify.setChecked(context.preferences.notify)
        self.notify.toggled.connect(self._set_notify)
        form.addRow("", self.notify)

        logs = QPushButton(tr("Show logs"))
        logs.clicked.connect(self._show_logs)
        form.addRow(tr("If something goes wrong"), logs)

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Settings")

    def _set_appearance(self, index: int) -> None:
        self.context.preferences.appearance = _APPEARANCES[index]
        self.context.theme.set_appearance(_APPEARANCES[index])
        self.context.save()

    def _set_notify(self, wanted: bool) -> None:
        self.context.preferences.notify = wanted
        self.context.save()

    def _show_logs(self) -> None:
        log_dir().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_dir())))
