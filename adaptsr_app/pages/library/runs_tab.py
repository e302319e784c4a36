"""The trainings as a list, and the curves of those that are chosen."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.messages import tr
from adaptsr_app.models.quantities import day_text
from adaptsr_app.models.runs import Run
from adaptsr_app.pages.library.empty_state import EmptyState
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.files import reveal
from adaptsr_app.widgets.psnr_curves import Curve, PsnrCurves
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

_LIST_PX = 320
_ROW_PX = 48
_MOST_COMPARED = 2


class RunsTab(QWidget):
    """Choose one training to see it, two to compare them.

    Signals:
        map_requested: Show the rank map of this folder.
        install_requested: Copy the profile in this folder into the library.
        go_on_requested: Go on with an interrupted one; its settings.
    """

    map_requested = Signal(object)
    install_requested = Signal(object)
    go_on_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._runs: tuple[Run, ...] = ()
        self.list = QListWidget()
        self.list.setProperty("role", "boxed")
        self.list.setAccessibleName(tr("Trainings"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setFixedWidth(_LIST_PX)
        self.list.setSpacing(4)
        self.curves = PsnrCurves(theme)
        self._sentence = label("", wrap=True)
        self.show_map = push_button(tr("Rank map"), self._ask_for_map)
        self.install = push_button(tr("Add to my profiles"), self._ask_to_install, "primary")
        self.go_on = push_button(tr("Go on with it"), self._ask_to_go_on, "primary")
        self.folder = push_button(tr("Show in its folder"), self._reveal)
        for button, keys in (
            (self.show_map, "Ctrl+M"),
            (self.install, "Ctrl+Shift+I"),
            (self.go_on, "Ctrl+G"),
        ):
            with_keys(button, keys)
        with_keys(self.folder, "Ctrl+R", within=self)
        buttons = QHBoxLayout()
        for button in (self.install, self.go_on, self.show_map, self.folder):
            buttons.addWidget(button)
        buttons.addStretch()
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.curves, 1)
        right.addWidget(self._sentence)
        right.addLayout(buttons)
        self._body = QWidget()
        body = QHBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(24)
        body.addWidget(self.list)
        body.addLayout(right, 1)
        self._nothing = EmptyState(
            tr("No training yet"),
            tr(
                "Every training the wizard runs is kept here with its curve. One that was "
                "interrupted can be gone on with."
            ),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 0)
        layout.addWidget(self._body, 1)
        layout.addWidget(self._nothing, 1)
        self._nothing.hide()
        self.list.itemSelectionChanged.connect(self._show_chosen)
        self._show_chosen()

    @property
    def chosen(self) -> tuple[Run, ...]:
        """The trainings that are chosen, in the order of the list."""
        rows = sorted(self.list.row(item) for item in self.list.selectedItems())
        return tuple(self._runs[row] for row in rows)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show what was found; those that were chosen stay so."""
        kept = {run.folder for run in self.chosen}
        self._runs = tuple(runs)
        self.list.blockSignals(True)
        self.list.clear()
        for run in runs:
            item = QListWidgetItem(f"{run.name}\n{_state(run)} · {day_text(run.moment)}")
            item.setSizeHint(QSize(0, _ROW_PX))
            set_tip(item, str(run.folder))
            self.list.addItem(item)
            item.setSelected(run.folder in kept)
        if runs and not self.list.selectedItems():
            self.list.item(0).setSelected(True)
        self.list.blockSignals(False)
        self._body.setVisible(bool(runs))
        self._nothing.setVisible(not runs)
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = self.chosen
        self.curves.show_curves(
            [Curve(run.name, run.curve, run.backbone_db) for run in chosen if run.curve][
                :_MOST_COMPARED
            ]
        )
        run = chosen[0] if len(chosen) == 1 else None
        self._sentence.setText("" if run is None else _sentence(run))
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        is_finished = run is not None and run.state == "finished"
        self.show_map.setVisible(is_finished)
        self.install.setVisible(is_finished)
        self.go_on.setVisible(run is not None and run.state == "interrupted")
        self.go_on.setEnabled(run is not None and run.can_go_on)
        self.folder.setVisible(run is not None)

    def _ask_for_map(self) -> None:
        self.map_requested.emit(self.chosen[0].folder)

    def _ask_to_go_on(self) -> None:
        self.go_on_requested.emit(self.chosen[0].settings)

    def _ask_to_install(self) -> None:
        self.install_requested.emit(self.chosen[0].folder)

    def _reveal(self) -> None:
        reveal(self.chosen[0].folder)


def _state(run: Run) -> str:
    words = {
        "finished": tr("Finished"),
        "interrupted": tr("Interrupted"),
        "damaged": tr("Cannot be used"),
    }
    return words[run.state]


def _sentence(run: Run) -> str:
    if run.state != "interrupted":
        return run.sentence
    if run.can_go_on:
        return tr("This training was interrupted. It goes on from its last checkpoint.")
    return tr(
        "This training was interrupted, and nothing in its folder says what it was started with. "
        "Its checkpoint is kept there."
    )
