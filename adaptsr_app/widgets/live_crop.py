"""A piece of a photo the training never sees, as it was, as it is now, and as it should be."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.compare_view import CompareView, Picture
from engine.events import CropReady


class LiveCrop(QWidget):
    """The viewer on what training makes of one crop; zoom and place stay as the user put them."""

    def __init__(self, theme: Theme) -> None:
        """Start without a crop."""
        super().__init__()
        self.view = CompareView(theme, tr("How it looks appears here in a moment"))
        self._fixed: dict[str, Picture] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)

    def clear(self) -> None:
        """Show nothing."""
        self._fixed = {}
        self.view.clear()

    def show_crop(self, crop: CropReady) -> None:
        """Show how a crop stands now."""
        is_first = not self._fixed
        if is_first:
            self._fixed = {
                "before": Picture(tr("Before"), crop.backbone),
                "lr": Picture(tr("Phone (LR)"), crop.lr),
                "hr": Picture(tr("Sharp (HR)"), crop.hr),
            }
        now = Picture(tr("Now"), crop.now)
        fixed = self._fixed
        self.view.set_pictures(
            [fixed["before"], now, fixed["lr"], fixed["hr"]], keep_view=not is_first
        )
