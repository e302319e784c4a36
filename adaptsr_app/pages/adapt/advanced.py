"""The fold of step 3 for those who want to say everything themselves."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QSpinBox,
    QWidget,
)

from adaptsr_app.messages import tr
from adaptsr_app.models.adaptation import AdaptationState
from engine.config.adapter import budget_parameters

_HUNDRED_PERCENT = 10**6
_AUTOMATIC_RATE = 0.0


class AdvancedSettings(QWidget):
    """Every setting of the method and the training that is worth changing.

    Signals:
        changed: A name and its new value: a field of `AdapterSettings`, `TrainingSettings`, or
            "device".
    """

    changed = Signal(str, object)

    def __init__(self) -> None:
        """Build the fields; `show_state` fills them."""
        super().__init__()
        self._showing = False
        self._setters: dict[str, Callable[[Any], None]] = {}
        left, right = self._columns()
        budget = QDoubleSpinBox()
        budget.setRange(0.1, 100)
        budget.setDecimals(1)
        budget.setSuffix(tr(" % of the network"))
        self._add(left, "budget", tr("Budget"), budget)
        self._number(left, "r_min", tr("Lowest rank"), 0, 64)
        self._number(left, "r_max", tr("Highest rank"), 1, 64)
        self._choice(
            left,
            "strategy",
            tr("Strategy"),
            {
                "proportional": tr("Proportional"),
                "greedy": tr("Greedy (the paper's)"),
                "uniform": tr("Uniform"),
            },
        )
        self._choice(
            left,
            "score",
            tr("Score"),
            {
                "gradient": tr("Gradient (the paper's)"),
                "fisher": tr("Fisher"),
                "activation": tr("Activation"),
                "random": tr("Random"),
            },
        )
        self._number(right, "steps", tr("Steps"), 1, 1_000_000)
        self._number(right, "batch", tr("Batch"), 1, 256)
        self._number(right, "patch", tr("Patch, LR pixels"), 8, 512)
        rate = QDoubleSpinBox()
        rate.setRange(_AUTOMATIC_RATE, 1)
        rate.setDecimals(5)
        rate.setSingleStep(0.001)
        rate.setSpecialValueText(tr("The method's own"))
        self._add(right, "learning_rate", tr("Learning rate"), rate)
        self._choice(
            right,
            "precision",
            tr("Precision"),
            {"auto": tr("Automatic"), "fp32": tr("float32"), "bf16": tr("bfloat16")},
        )
        self._choice(
            right,
            "device",
            tr("Device"),
            {
                "auto": tr("Automatic"),
                "cpu": tr("Processor"),
                "cuda": tr("NVIDIA graphics card"),
                "mps": tr("Apple graphics"),
            },
        )

    def show_state(self, state: AdaptationState) -> None:
        """Show what is set, without saying so."""
        adapter, training = state.adapter, state.training
        values = {
            "budget": budget_parameters(adapter.budget, _HUNDRED_PERCENT) / _HUNDRED_PERCENT * 100,
            "r_min": adapter.r_min,
            "r_max": adapter.r_max,
            "strategy": adapter.strategy,
            "score": adapter.score,
            "steps": training.steps,
            "batch": training.batch,
            "patch": training.patch,
            "learning_rate": training.learning_rate or _AUTOMATIC_RATE,
            "precision": training.precision,
            "device": state.device,
        }
        self._showing = True
        for name, value in values.items():
            self._setters[name](value)
        self._showing = False

    def _columns(self) -> tuple[QFormLayout, QFormLayout]:
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 0, 0)
        row.setSpacing(48)
        forms = QFormLayout(), QFormLayout()
        for form in forms:
            form.setHorizontalSpacing(16)
            form.setVerticalSpacing(8)
            row.addLayout(form)
        row.addStretch()
        return forms

    def _number(self, form: QFormLayout, name: str, title: str, low: int, high: int) -> None:
        box = QSpinBox()
        box.setRange(low, high)
        self._add(form, name, title, box)

    def _add(
        self, form: QFormLayout, name: str, title: str, box: QSpinBox | QDoubleSpinBox
    ) -> None:
        box.setAccessibleName(title)
        box.setKeyboardTracking(False)
        box.setMinimumWidth(180)
        box.valueChanged.connect(lambda value: self._say(name, value))
        form.addRow(title, box)
        self._setters[name] = box.setValue

    def _choice(self, form: QFormLayout, name: str, title: str, choices: dict[str, str]) -> None:
        box = QComboBox()
        box.setAccessibleName(title)
        box.setMinimumWidth(180)
        for key, words in choices.items():
            box.addItem(words, key)
        box.activated.connect(lambda index: self._say(name, box.itemData(index)))
        form.addRow(title, box)
        self._setters[name] = lambda key: box.setCurrentIndex(max(0, box.findData(key)))

    def _say(self, name: str, value: object) -> None:
        if self._showing:
            return
        if name == "budget":
            value = f"{value:g}%"
        if name == "learning_rate":
            value = value or None
        self.changed.emit(name, value)
