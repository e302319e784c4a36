"""The two photos of a pair on top of each other, blinking: where they do not fit, it jumps."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.folder_contents import Item
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.compare_view import CompareView, ShownPicture
from adaptsr_app.widgets.text import label

_SIZE_PX = (860, 640)


class PairDialog(QDialog):
    """LR and HR of one pair, or one photo."""

    def __init__(self, theme: Theme, item: Item, parent: QWidget) -> None:
        """Open the pair's files; decoding happens elsewhere."""
        super().__init__(parent)
        self.setWindowTitle(item.name)
        self.resize(*_SIZE_PX)
        self.view = CompareView(theme)
        titles = (tr("Phone (LR)"), tr("Sharp (HR)")) if len(item.files) > 1 else (tr("Photo"),)
        self.view.set_pictures(
            [ShownPicture(title, path) for title, path in zip(titles, item.files, strict=True)]
        )
        if len(item.files) > 1:
            self.view.set_mode("blink")
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.view, 1)
        if item.sentence:
            layout.addWidget(label(item.sentence, "secondary", wrap=True))
        layout.addWidget(close)
