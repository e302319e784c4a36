"""One rank map, or two of the same colours side by side, and the numbers under the pointer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.rank_plan import RankPlan
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.rank_heatmap import QUANTITIES, QuantityName, RankHeatmap
from adaptsr_app.widgets.text import label
from engine.events import RankedSite

if TYPE_CHECKING:
    from engine.adapters.spectra import UpdateSpectrum


class Maps(QWidget):
    """The main map at the left; beside it another one, if wanted.

    Signals:
        selected: The main map's `RankedSite` that was chosen in either map, or None.
    """

    selected = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.main, self.other = RankHeatmap(theme), RankHeatmap(theme)
        self.other.setAccessibleName(tr("Rank map beside it"))
        self._titles = label("", "heading"), label("", "heading")
        self._readout = ElidedLabel("", "secondary", Qt.TextElideMode.ElideRight)
        self._readout.setAccessibleName(tr("Layer under the pointer"))
        pair = QHBoxLayout()
        pair.setSpacing(24)
        self._columns = []
        for title, heatmap in zip(self._titles, (self.main, self.other), strict=True):
            column = QWidget()
            inside = QVBoxLayout(column)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(8)
            inside.addWidget(title)
            inside.addWidget(heatmap, 1)
            pair.addWidget(column, 1)
            self._columns.append(column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(pair, 1)
        layout.addWidget(self._readout)
        for heatmap, twin in ((self.main, self.other), (self.other, self.main)):
            heatmap.hovered.connect(lambda site, shown=heatmap: self._read_out(shown, site))
            heatmap.selected.connect(lambda site, twin=twin: self._follow(twin, site))

    @property
    def selected_site(self) -> RankedSite | None:
        """The site that is chosen in the main map."""
        return self.main.selected_site

    @property
    def main_title(self) -> str:
        """What the main map is, for a picture of it."""
        return self._titles[0].text()

    def show_maps(
        self,
        plan: RankPlan,
        value: QuantityName,
        beside_title: str,
        beside: Sequence[RankedSite],
        beside_spectra: "Mapping[str, UpdateSpectrum]",
    ) -> None:
        """Show the plan's map, and another one beside it.

        Args:
            plan: The main map.
            value: What the cells show.
            beside_title: What the other map is.
            beside: Its sites; empty for none.
            beside_spectra: What training changed in it, by site.
        """
        self._give_change(plan, beside)
        for heatmap, spectra in ((self.main, plan.spectra), (self.other, beside_spectra)):
            heatmap.set_measured("delta_norm", {name: one.norm for name, one in spectra.items()})
            heatmap.set_measured(
                "effective_rank", {name: one.effective_rank for name, one in spectra.items()}
            )
        self.main.set_map(plan.sites)
        self.main.set_value(value)
        self.other.set_map(beside)
        self.other.set_value("rank" if value == "rank_change" else value)
        self.main.set_pinned(plan.settings.pins)
        self._columns[1].setVisible(bool(beside))
        if value != "rank_change" and self.main.has_values and self.other.has_values:
            common = self.main.scale.joined(self.other.scale)
            self.main.set_common_scale(common)
            self.other.set_common_scale(common)
        name = plan.profile.name if plan.profile is not None else ""
        state = "" if plan.is_as_trained else ", " + tr("changed")
        self._titles[0].setText(f"{name}{state} · {tr(QUANTITIES[value].title)}")
        self._titles[1].setText(beside_title)
        if self.main.selected_site is not None:
            self.other.select(self.main.selected_site.site)
        self._read_out(self.main, self.main.selected_site)

    def _give_change(self, plan: RankPlan, beside: Sequence[RankedSite]) -> None:
        trained = () if plan.profile is None else plan.profile.rank_rows
        reference = {site.site: site.rank for site in beside or trained}
        change = {
            site.site: float(site.rank - reference[site.site])
            for site in plan.sites
            if site.site in reference
        }
        self.main.set_measured("rank_change", change)

    def _read_out(self, heatmap: RankHeatmap, site: RankedSite | None) -> None:
        shown = site or heatmap.selected_site
        hint = tr("Move over a cell for its numbers; click it for more.")
        self._readout.set_text(hint if shown is None else heatmap.describe(shown))

    def _follow(self, twin: RankHeatmap, site: RankedSite | None) -> None:
        twin.select(None if site is None else site.site)
        self._read_out(self.main, None)
        self.selected.emit(self.main.selected_site)
