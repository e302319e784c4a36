"""The row of choices over the map: profile, value, score, strategy, budget, the other map."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.messages import to_translate, tr
from adaptsr_app.models.rank_plan import SCORES, STRATEGIES, RankPlan
from adaptsr_app.pages.rank_map.export import FORMATS
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.commands import OwnerAction
from adaptsr_app.widgets.rank_heatmap import QUANTITIES, QuantityName
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

STRATEGY_NAMES = {
    "proportional": to_translate("Proportional"),
    "greedy": to_translate("Greedy, as in the paper"),
    "uniform": to_translate("The same everywhere"),
}
SCORE_NAMES = {
    "gradient": to_translate("Gradient norm"),
    "fisher": to_translate("Fisher diagonal"),
    "activation": to_translate("Activation norm"),
    "random": to_translate("Random, for comparison"),
}
_NARROWEST_PX, _WIDEST_PX = 84, 156
_PROFILE_PX, _VALUE_PX = 132, 176
_EXPORT_KEYS = {
    "png": "Ctrl+E",
    "svg": "Ctrl+Shift+E",
    "csv": "Ctrl+Alt+E",
    "json": "Ctrl+J",
}
_AFTER_TRAINING = ("delta_norm", "effective_rank")


class Tools(QWidget):
    """Chooses; knows nothing of how it is done.

    Signals:
        profile_chosen: A profile's folder.
        value_chosen: What the cells show.
        score_chosen: An importance score.
        strategy_chosen: An allocation strategy.
        budget_chosen: As `AdapterSettings.budget` takes it.
        beside_chosen: `beside` is another one.
        export_requested: A file's ending.
    """

    profile_chosen = Signal(str)
    value_chosen = Signal(str)
    score_chosen = Signal(str)
    strategy_chosen = Signal(str)
    budget_chosen = Signal(str)
    beside_chosen = Signal(str)
    export_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._profiles: dict[str, str] = {}
        self.profile_box = QComboBox()
        self.value_box = _box({name: tr(found.title) for name, found in QUANTITIES.items()})
        self.score_box = _box({name: tr(SCORE_NAMES[name]) for name in SCORES})
        self.strategy_box = _box({name: tr(STRATEGY_NAMES[name]) for name in STRATEGIES})
        self.beside_box = QComboBox()
        for box in (self.profile_box, self.beside_box):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.budget = QDoubleSpinBox()
        self.budget.setRange(0.1, 100.0)
        self.budget.setSingleStep(0.5)
        self.budget.setDecimals(1)
        self.budget.setSuffix(" %")
        self.budget.setKeyboardTracking(False)
        set_tip(self.budget, tr("Numbers that may be trained, of those the network has"))
        self.export = QPushButton(tr("Export"))
        menu = QMenu(self.export)
        for ending in FORMATS:
            action = OwnerAction(self, _export_name(ending))
            action.setShortcut(_EXPORT_KEYS[ending])
            menu.addAction(action)
            action.triggered.connect(lambda _=False, e=ending: self.export_requested.emit(e))
        self.export.setMenu(menu)
        self._lay_out()
        self._connect()
        self._fill_beside()
        theme.changed.connect(self._draw)
        self._draw()

    @property
    def value(self) -> QuantityName:
        """What the cells are to show."""
        requested = self.value_box.currentData()
        return next(name for name in QUANTITIES if name == requested)

    @property
    def beside(self) -> str:
        """The other map: "", "trained", "strategy:NAME" or "profile:FOLDER"."""
        return str(self.beside_box.currentData() or "")

    @property
    def beside_title(self) -> str:
        """What the other map is called."""
        return self.beside_box.currentText()

    def set_profiles(self, names: Mapping[str, str]) -> None:
        """Offer other profiles: names by folder."""
        if dict(names) != self._profiles:
            self._profiles = dict(names)
            self.profile_box.blockSignals(True)
            self.profile_box.clear()
            for folder, name in names.items():
                self.profile_box.addItem(name, folder)
            self.profile_box.blockSignals(False)
            self._fill_beside()

    def choose_profile(self, folder: str) -> None:
        """Show which profile is chosen without saying so."""
        _show(self.profile_box, folder)

    def show_plan(self, plan: RankPlan) -> None:
        """Show what the plan's settings are."""
        _show(self.strategy_box, plan.settings.strategy)
        _show(self.score_box, plan.settings.score)
        total = 1 if plan.profile is None else plan.profile.rank_map.backbone_parameters
        self.budget.blockSignals(True)
        self.budget.setValue(100 * plan.budget_parameters / max(1, total))
        self.budget.blockSignals(False)
        for name in _AFTER_TRAINING:
            _set_choosable(self.value_box, name, choosable=bool(plan.spectra))
        for part in self._plan_parts:
            part.setEnabled(plan.has_ranks)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        named = {
            tr("Profile"): self.profile_box,
            tr("Show"): self.value_box,
            tr("Score"): self.score_box,
            tr("Ranks by"): self.strategy_box,
            tr("Budget"): self.budget,
            tr("Beside it"): self.beside_box,
        }
        for column, (name, box) in enumerate(named.items()):
            box.setAccessibleName(name)
            box.setMinimumWidth(_NARROWEST_PX)
            box.setMaximumWidth(_WIDEST_PX)
            grid.addWidget(label(name, "small"), 0, column)
            grid.addWidget(box, 1, column)
        self.profile_box.setMinimumWidth(_PROFILE_PX)
        self.value_box.setMaximumWidth(_VALUE_PX)
        grid.addWidget(self.export, 1, len(named))
        row = QHBoxLayout()
        row.addLayout(grid)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        self._plan_parts = (
            self.value_box,
            self.score_box,
            self.strategy_box,
            self.budget,
            self.beside_box,
            self.export,
        )

    def _connect(self) -> None:
        for box, signal in (
            (self.profile_box, self.profile_chosen),
            (self.value_box, self.value_chosen),
            (self.score_box, self.score_chosen),
            (self.strategy_box, self.strategy_chosen),
            (self.beside_box, self.beside_chosen),
        ):
            box.currentIndexChanged.connect(
                lambda _index, box=box, signal=signal: signal.emit(str(box.currentData() or ""))
            )
        self.budget.valueChanged.connect(lambda percent: self.budget_chosen.emit(f"{percent:.1f}%"))

    def _fill_beside(self) -> None:
        chosen = self.beside
        self.beside_box.blockSignals(True)
        self.beside_box.clear()
        self.beside_box.addItem(tr("Nothing"), "")
        self.beside_box.addItem(tr("As trained"), "trained")
        for name in STRATEGIES:
            self.beside_box.addItem(tr(STRATEGY_NAMES[name]), f"strategy:{name}")
        for folder, name in self._profiles.items():
            self.beside_box.addItem(name, f"profile:{folder}")
        self.beside_box.blockSignals(False)
        _show(self.beside_box, chosen)

    def _draw(self) -> None:
        self.export.setIcon(icon("export", self._theme.tokens))


def _box(names: dict[str, str]) -> QComboBox:
    box = QComboBox()
    for name, title in names.items():
        box.addItem(title, name)
    return box


def _show(box: QComboBox, data: str) -> None:
    box.blockSignals(True)
    box.setCurrentIndex(max(0, box.findData(data)))
    box.blockSignals(False)


def _set_choosable(box: QComboBox, data: str, *, choosable: bool) -> None:
    model = box.model()
    if isinstance(model, QStandardItemModel):
        model.item(box.findData(data)).setEnabled(choosable)


def _export_name(ending: str) -> str:
    names = {
        "png": tr("Picture (PNG) …"),
        "svg": tr("Drawing (SVG) …"),
        "csv": tr("Table (CSV) …"),
        "json": tr("Rank map (JSON) …"),
    }
    return names[ending]
