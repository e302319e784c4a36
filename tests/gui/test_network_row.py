"""A row about a network."""

from PySide6.QtCore import QEvent, QObject

from adaptsr_app.pages.library.networks_tab import NetworkRow
from engine.backbones.catalogue import catalogue_entries


class _Shown(QObject):
    """Notes every window that comes up."""

    def __init__(self):
        super().__init__()
        self.windows = []

    def eventFilter(self, seen, event):  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Show and seen.isWidgetType() and seen.isWindow():
            self.windows.append(type(seen).__name__)
        return False


def test_making_a_row_brings_up_no_window(qapp, qtbot):
    shown = _Shown()
    for entry in catalogue_entries().values():
        qapp.installEventFilter(shown)
        row = NetworkRow(entry)
        qapp.removeEventFilter(shown)
        qtbot.addWidget(row)
        assert shown.windows == [], entry.name
