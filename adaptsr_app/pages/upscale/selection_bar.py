"""The line above the list: which photos it is about, what they are upscaled with, and actions."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from adaptsr_app.messages import tr, tr_count
from adaptsr_app.models.network_choices import NetworkChoices
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.pages.upscale.network_combo import NetworkCombo
from adaptsr_app.widgets.buttons import tool_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

_ICON_PX = 18


class SelectionBar(QWidget):
    """Speaks of the selected photos, of all where none is selected.

    Signals:
        chosen: The `NetworkChoice` for them.
    """

    chosen = Signal(object)

    def __init__(self, actions: Sequence[QAction]) -> None:
        """Show buttons for the actions."""
        super().__init__()
        self.network = NetworkCombo()
        self.network.chosen.connect(self.chosen)
        self._which = label("", "heading")
        widest = self._which.fontMetrics().horizontalAdvance(
            tr_count("1 selected", "%n selected", 888)
        )
        self._which.setMinimumWidth(widest + 8)  # so that the box beside it stays where it is
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._which)
        layout.addWidget(self.network)
        layout.addSpacing(8)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAccessibleName(action.text())
            button.setIconSize(QSize(_ICON_PX, _ICON_PX))
            layout.addWidget(button)
        self.preview = tool_button(tr("Preview"))
        self.preview.setText("")
        set_tip(self.preview, tr("Show a preview of the selected photo"))
        with_keys(self.preview, "Ctrl+Shift+P")
        self.preview.setCheckable(True)
        self.preview.setIconSize(QSize(_ICON_PX, _ICON_PX))
        layout.addStretch()
        layout.addWidget(self.preview)

    def offer(self, choices: NetworkChoices) -> None:
        """Offer what there is to upscale with."""
        self.network.offer(choices)

    def show_items(self, selected: Sequence[UpscaleItem], every: Sequence[UpscaleItem]) -> None:
        """Speak of these photos."""
        about = selected or every
        count = len(about)
        self._which.setText(
            tr_count("1 selected", "%n selected", count)
            if selected
            else tr_count("1 photo", "%n photos", count)
        )
        self.network.show_choices({item.choice for item in about})
        self.network.setEnabled(any(not item.in_run for item in about))
