"""The photos that were found, as pictures; what is wrong with one is said, and a pair can be opened."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QListWidgetItem

from adaptsr_app.jobs.photo_reading import read_thumbnail
from adaptsr_app.messages import tr
from adaptsr_app.models.folder_contents import FolderContents, Item
from adaptsr_app.pages.adapt.pair_dialog import PairDialog
from adaptsr_app.pages.adapt.step import Session
from adaptsr_app.widgets.photo_grid import PhotoGrid

_MOST_PICTURES = 60


class FoundPhotos(PhotoGrid):
    """Fills itself with what a folder holds; thumbnails come when they are read."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.context.theme, tr("What was found"))
        self._session = session
        self._shown = FolderContents()
        self.itemActivated.connect(self._open)

    def fill(self, contents: FolderContents) -> None:
        """Show what a folder holds."""
        self.empty()
        self._shown = contents
        for number, item in enumerate(contents.items):
            self.add(item.name, item.name, tip=item.sentence, warning=item.verdict == "bad")
            if number < _MOST_PICTURES:
                self._ask_picture(item, contents)

    def _ask_picture(self, item: Item, contents: FolderContents) -> None:
        path = item.files[-1]

        def take(picture: QImage | str) -> None:
            if contents is self._shown and isinstance(picture, QImage):
                self.set_picture(item.name, picture)

        self._session.background.submit(lambda: read_thumbnail(path), take)

    def _open(self, entry: QListWidgetItem) -> None:
        """Show a pair's two photos on top of each other."""
        item = next((item for item in self._shown.items if item.name == entry.text()), None)
        if item is not None:
            dialog = PairDialog(self._session.context.theme, item, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()
