"""What is known of the layer that was clicked, and a way to fix its rank."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QSpinBox, QVBoxLayout

from adaptsr_app.messages import to_translate, tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.rank_heatmap.quantities import short_number
from adaptsr_app.widgets.spectrum_bars import SpectrumBars
from adaptsr_app.widgets.text import label
from engine.events import RankedSite

if TYPE_CHECKING:
    from engine.adapters.spectra import UpdateSpectrum

_KINDS = {
    "conv": to_translate("Convolution"),
    "grouped conv": to_translate("Convolution in groups"),
    "depthwise conv": to_translate("Convolution, each channel by itself"),
    "QKV": to_translate("Attention: query, key and value"),
    "Q": to_translate("Attention: query"),
    "K": to_translate("Attention: key"),
    "V": to_translate("Attention: value"),
    "O": to_translate("Attention: output"),
    "MLP1": to_translate("Feed-forward, first half"),
    "MLP2": to_translate("Feed-forward, second half"),
    "linear": to_translate("Linear layer"),
}


class CellDetails(QFrame):
    """One layer in numbers.

    Signals:
        pin_requested: A site's name, and the rank to fix, or None to let it go.
    """

    pin_requested = Signal(str, object)

    def __init__(self, theme: Theme, *, after_training: bool = True) -> None:
        """Start without a layer.

        Args:
            theme: For what is painted.
            after_training: Whether what training changed can be known at all.
        """
        super().__init__()
        self._after_training = after_training
        self.setProperty("role", "card")
        self._site: RankedSite | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        self._name = label("", "heading", wrap=True)
        self._kind = label("", "small", wrap=True)
        layout.addWidget(self._name)
        layout.addWidget(self._kind)
        rows = QGridLayout()
        rows.setHorizontalSpacing(12)
        rows.setVerticalSpacing(4)
        rows.setColumnStretch(1, 1)
        self._values = {}
        names = {
            "score": tr("Importance score"),
            "rank": tr("Rank"),
            "parameters": tr("Numbers trained"),
            "share": tr("Share of the budget"),
        }
        if after_training:
            names |= {"norm": tr("‖ΔW‖ after training"), "effective": tr("Effective rank")}
        for row, (key, name) in enumerate(names.items()):
            self._values[key] = label("")
            self._values[key].setAccessibleName(name)
            rows.addWidget(label(name, "secondary"), row, 0)
            rows.addWidget(self._values[key], row, 1)
        layout.addLayout(rows)
        self._bars_title = label(tr("Singular values of ΔW"), "secondary")
        layout.addWidget(self._bars_title)
        self.bars = SpectrumBars(theme)
        layout.addWidget(self.bars)
        fix = QHBoxLayout()
        self.pinned = QCheckBox(tr("Fix the rank at"))
        self.rank = QSpinBox()
        self.rank.setAccessibleName(tr("Fixed rank"))
        self.rank.setKeyboardTracking(False)
        fix.addWidget(self.pinned)
        fix.addWidget(self.rank)
        fix.addStretch()
        layout.addLayout(fix)
        self.pinned.toggled.connect(self._ask_for_pin)
        self.rank.valueChanged.connect(self._ask_for_pin)

    def show_site(
        self,
        site: RankedSite | None,
        *,
        budget_parameters: int,
        pin: int | None = None,
        spectrum: "UpdateSpectrum | None" = None,
        is_measured: bool = False,
    ) -> None:
        """Show a layer, or how to choose one.

        Args:
            site: The layer; None for none.
            budget_parameters: What its share is counted of.
            pin: The rank it is fixed at; None where it follows its score.
            spectrum: What training changed in it, if that is known.
            is_measured: Whether it is known of any layer.
        """
        self._site = site
        for after in (self._bars_title, self.bars):
            after.setVisible(site is not None and self._after_training)
        for part in (self.pinned, self.rank):
            part.setVisible(site is not None)
        if site is None:
            self._name.setText(tr("No layer chosen"))
            self._kind.setText(tr("Click a cell, or move with the arrow keys."))
            for value in self._values.values():
                value.setText("–")
            return
        parameters = site.rank * site.rank_cost
        self._name.setText(site.site)
        self._kind.setText(tr(_KINDS.get(site.kind, site.kind)))
        words = {
            "score": short_number(site.score),
            "rank": tr("{rank} of at most {most}").format(rank=site.rank, most=site.max_rank),
            "parameters": f"{parameters:,}",
            "share": f"{100 * parameters / max(1, budget_parameters):.1f} %",
            "norm": "–" if spectrum is None else short_number(spectrum.norm),
            "effective": "–" if spectrum is None else f"{spectrum.effective_rank:.1f}",
        }
        for key, value in self._values.items():
            value.setText(words[key])
        if spectrum is not None:
            self.bars.show_values(spectrum.singular_values)
        else:
            why = tr("Training left it as it was") if is_measured else tr("Not measured yet")
            self.bars.show_values((), why)
        self._show_pin(site, pin)

    def _show_pin(self, site: RankedSite, pin: int | None) -> None:
        for widget in (self.pinned, self.rank):
            widget.blockSignals(True)
        self.pinned.setChecked(pin is not None)
        self.rank.setRange(0, site.max_rank)
        self.rank.setValue(site.rank if pin is None else pin)
        self.rank.setEnabled(pin is not None)
        for widget in (self.pinned, self.rank):
            widget.blockSignals(False)

    def _ask_for_pin(self, _value: object) -> None:
        if self._site is not None:
            rank = self.rank.value() if self.pinned.isChecked() else None
            self.pin_requested.emit(self._site.site, rank)
