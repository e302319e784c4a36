"""What is kept on the disk, and buttons that throw it away."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background, attempt
from adaptsr_app.messages import tr
from adaptsr_app.pages.settings.section import Section
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.files import open_file
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip
from engine.bug_reports import log_dir
from engine.errors import EngineError
from engine.formatting import format_size
from engine.jobs.storage import StorageUse, clear_cache, clear_trash, storage_in_use


class StorageSection(Section):
    """Sizes, read beside the window.

    Signals:
        failed: An `EngineError`.
    """

    failed = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__(tr("On this computer"))
        self._context = context
        self._looking = Background(self)
        self.cache, self.trash = label("…"), label("…")
        self.clear = push_button(tr("Clear"), lambda: self._throw_away(clear_cache))
        self.clear.setAccessibleName(tr("Clear decoded photos"))
        self.empty = push_button(tr("Throw away for good"), lambda: self._throw_away(clear_trash))
        self.empty.setAccessibleName(tr("Throw deleted profiles away for good"))
        self.logs = push_button(tr("Show"), self._show_logs)
        self.logs.setAccessibleName(tr("Show logs"))
        with_keys(self.clear, "Ctrl+Shift+K")
        with_keys(self.logs, "Ctrl+L")
        self.add(tr("Decoded photos"), _row(self.cache, self.clear))
        self.add(tr("Deleted profiles"), _row(self.trash, self.empty))
        self.add(tr("Logs and bug reports"), _row(label(str(log_dir()), "small"), self.logs))
        for button in (self.clear, self.empty):
            button.setEnabled(False)
        context.jobs.started.connect(lambda _job: self._show_when_allowed())
        context.jobs.ended.connect(lambda _job, _outcome: self._show_when_allowed())
        self._storage = StorageUse(0, 0)

    def look(self) -> None:
        """Read the sizes anew."""
        self._looking.submit(storage_in_use, self._show)

    def _throw_away(self, action: Callable[[], StorageUse]) -> None:
        self.clear.setEnabled(False)
        self.empty.setEnabled(False)
        self._looking.submit(lambda: attempt(action), self._take)

    def _take(self, result: StorageUse | EngineError) -> None:
        if isinstance(result, EngineError):
            self.failed.emit(result)
            self.look()
        else:
            self._show(result)

    def _show(self, storage: StorageUse) -> None:
        self._storage = storage
        self.cache.setText(format_size(storage.cache_bytes))
        self.trash.setText(format_size(storage.trash_bytes))
        self._show_when_allowed()

    def _show_when_allowed(self) -> None:
        """Offer to clear the cache only while no job may be reading it."""
        is_busy = bool(self._context.jobs.jobs)
        self.clear.setEnabled(self._storage.cache_bytes > 0 and not is_busy)
        set_tip(self.clear, tr("Possible once nothing runs any more") if is_busy else "")
        self.empty.setEnabled(self._storage.trash_bytes > 0)

    def _show_logs(self) -> None:
        log_dir().mkdir(parents=True, exist_ok=True)
        open_file(log_dir())


def _row(words: QLabel, button: QPushButton) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(12)
    layout.addWidget(words, 1)
    layout.addWidget(button)
    return row
