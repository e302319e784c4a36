"""What the rank map page says while there is no map to show."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.rank_plan import RankPlan
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.text import label

_WIDTH_PX = 460


class Empty(QWidget):
    """A sentence and what to do."""

    def __init__(self) -> None:
        """Say nothing yet."""
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.setSpacing(12)
        self._title = label("", "heading", wrap=True)
        self._text = label("", "secondary", wrap=True)
        for words in (self._title, self._text):
            words.setFixedWidth(_WIDTH_PX)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.adapt = push_button(tr("Adapt to a phone"), role="primary")
        with_keys(self.adapt, "Ctrl+N")
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addWidget(self.adapt, 0, Qt.AlignmentFlag.AlignCenter)

    def show_reason(self, plan: RankPlan, *, is_read: bool) -> None:
        """Say why there is no map.

        Args:
            plan: What would be shown.
            is_read: The library was read; before that, it is only being looked for.
        """
        self.adapt.setVisible(is_read and plan.profile is None)
        if plan.profile is not None:
            self._title.setText(tr("This profile has no rank map"))
            self._text.setText(
                tr(
                    "{name} was made by training every number of the network, so no layer was "
                    "chosen over another. Choose another profile above."
                ).format(name=plan.profile.name)
            )
        elif is_read:
            self._title.setText(tr("No profile yet"))
            self._text.setText(
                tr(
                    "Once AdaptSR has adapted a network to your phone, this page shows which of "
                    "its layers changed, how much, and why those."
                )
            )
        else:
            self._title.setText("")
            self._text.setText(tr("Reading your profiles …"))
