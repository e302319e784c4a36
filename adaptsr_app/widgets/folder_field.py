"""A folder to choose: its path, a button, and a place to drop it on."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.drop_zone import paths_of
from adaptsr_app.widgets.tips import set_tip


class FolderField(QWidget):
    """Shows a folder and lets the user choose another.

    Signals:
        chosen: The folder, as a path.
    """

    chosen = Signal(object)

    def __init__(self, name: str, words: str) -> None:
        """Start without a folder.

        Args:
            name: What the folder is for, for screen readers and the dialog's title.
            words: Shown while there is none.
        """
        super().__init__()
        self._name = name
        self._folder: Path | None = None
        self._line = QLineEdit()
        self._line.setReadOnly(True)
        self._line.setAccessibleName(name)
        self._line.setPlaceholderText(words)
        self._line.setAcceptDrops(False)
        self.button = push_button(tr("Choose …"), self._ask)
        self.button.setAccessibleName(tr("Choose: {name}").format(name=name))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._line, 1)
        layout.addWidget(self.button)
        self.setAcceptDrops(True)

    @property
    def folder(self) -> Path | None:
        """The folder that is shown."""
        return self._folder

    def set_folder(self, folder: Path | None) -> None:
        """Show a folder without saying so."""
        self._folder = folder
        self._line.setText("" if folder is None else str(folder))
        set_tip(self._line, self._line.text())
        self._line.setCursorPosition(0)

    def choose(self, folder: Path) -> None:
        """Take a folder as the user's choice; for a file, the folder it is in."""
        requested = folder if folder.is_dir() else folder.parent
        self.set_folder(requested)
        self.chosen.emit(requested)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = paths_of(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.choose(paths[0])

    def _ask(self) -> None:
        start = "" if self._folder is None else str(self._folder)
        name = QFileDialog.getExistingDirectory(self, self._name, start)
        if name:
            self.choose(Path(name))
