"""Step 4: which layers of the network matter for this camera, and how the budget is spent."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget

from adaptsr_app.jobs.adapt_jobs import plan_job
from adaptsr_app.messages import Message, tr, tr_count
from adaptsr_app.models.adaptation import Ranking
from adaptsr_app.pages.adapt.step import Session, Step, WizardJob, fills_the_rest
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.cell_details import CellDetails
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.job_line import JobLine
from adaptsr_app.widgets.rank_heatmap import RankHeatmap
from adaptsr_app.widgets.text import label
from engine.config.adapter import budget_parameters
from engine.errors import EngineError
from engine.events import RankMapReady

_HIGHEST_PERCENT = 30
_PARTS_OF_ALL = 10**6
_AGREEING = 0.8
_SMALLEST_MAP_PX = 220
_SIDE_PX = 308


class DifferencesStep(Step):
    """The rank map, and a slider for how much of the network may change."""

    key = "differences"

    def __init__(self, session: Session) -> None:
        """Show the map if its scores are known."""
        super().__init__(session)
        self._map: RankMapReady | None = None
        self._shown: RankMapReady | None = None
        self._problem: EngineError | None = None
        self._adapter = session.state.adapter
        self.heatmap = RankHeatmap(session.context.theme)
        self.details = CellDetails(session.context.theme, after_training=False)
        self.free = push_button(tr("Let all fixed ranks go"), self._free)
        self.words = label("", wrap=True)
        self.budget = QSlider(Qt.Orientation.Horizontal)
        self.budget.setRange(1, _HIGHEST_PERCENT)
        self.budget.setPageStep(4)
        self.budget.setAccessibleName(tr("Share of the network that may change, in percent"))
        self.budget.valueChanged.connect(self._set_budget)
        self.share = label("")
        self.share.setMinimumWidth(360)
        self.progress = JobLine(lambda: session.cancel(WizardJob.SCORING))
        self.look = push_button(tr("Look at the layers"), self._score, "primary")
        with_keys(self.look, "Ctrl+L")
        self._lay_out()
        self.heatmap.selected.connect(lambda _site: self._show_details())
        self.details.pin_requested.connect(session.adaptation.pin)
        session.adaptation.changed.connect(self._follow_state)
        session.happened.connect(self._follow)
        session.job_changed.connect(self._show)
        self._allocate()

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Differences")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Where your camera differs")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        return tr(
            "Each cell is a layer of the network. The stronger its colour, the more of the "
            "training goes there: those layers matter most for photos of your camera."
        )

    @property
    def is_ready(self) -> bool:
        """True where the layers were looked at and the budget changes something."""
        if self._map is None or not self.session.state.has_ranking:
            return False
        return self._map.trainable_parameters > 0

    @property
    def missing(self) -> str:
        """What is missing to go on."""
        if self.is_ready:
            return ""
        if self.session.state.has_ranking:
            return tr("With this share and these fixed ranks nothing can be trained.")
        return tr("The layers were not looked at yet.")

    def shown(self) -> None:
        """Look at the layers unless that was done for these photos and this network."""
        self._allocate()
        if not self.session.state.has_ranking:
            self._score()

    def left(self) -> None:
        """Scores are of no use for anything else."""
        self.session.cancel(WizardJob.SCORING)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(label(tr("May change"), "heading"))
        row.addWidget(self.budget, 1)
        row.addWidget(self.share)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.look, 0, Qt.AlignmentFlag.AlignLeft)
        self._side = QScrollArea()
        self._side.setFixedWidth(_SIDE_PX)
        self._side.setWidgetResizable(True)
        self._side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        cards = QVBoxLayout(inside)
        cards.setContentsMargins(0, 0, 8, 0)
        cards.setSpacing(12)
        cards.addWidget(self.details)
        cards.addWidget(self.free, 0, Qt.AlignmentFlag.AlignLeft)
        cards.addStretch()
        self._side.setWidget(inside)
        for part in (self.heatmap, self._side):
            fills_the_rest(part, _SMALLEST_MAP_PX)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self.heatmap, 1)
        middle.addWidget(self._side)
        self.body.addLayout(middle, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.words)

    def _score(self) -> None:
        state = self.session.state
        key = state.data_key
        settings = self.session.next_settings
        free = settings.adapter.model_copy(update={"pins": {}})  # they change no score
        settings = settings.model_copy(update={"adapter": free})

        def keep(found: object) -> None:
            if isinstance(found, RankMapReady):
                ranking = Ranking(
                    key=key,
                    sites=found.sites,
                    backbone_parameters=found.backbone_parameters,
                    score_stability=found.score_stability,
                )
                self.session.adaptation.update(ranking=ranking)
            self._allocate()

        self.session.start(WizardJob.SCORING, tr("Looking at the layers"), plan_job(settings), keep)

    def _set_budget(self, percent: int) -> None:
        adapter = self.session.state.adapter
        if percent != round(_percent(adapter.budget)):
            changed = adapter.model_copy(update={"budget": f"{percent}%"})
            self.session.adaptation.update(adapter=changed)
        self._allocate()

    def _allocate(self) -> None:
        """Spend the budget on the scores at hand; takes a few milliseconds."""
        state = self.session.state
        self._adapter = state.adapter
        try:
            self._map = self._shown = state.ranked()
            if self._problem is not None:
                self.session.say(None)
            self._problem = None
        except EngineError as error:
            self._map = None
            self._problem = error
            if self._shown is None:  # there must be cells to let fixed ranks go by
                self._shown = state.ranked(pinned=False)
            self.session.say(Message(tr("These ranks cannot be had"), error.what, error.remedy))
        self._show()

    def _free(self) -> None:
        adapter = self.session.state.adapter.model_copy(update={"pins": {}})
        self.session.adaptation.update(adapter=adapter)

    def _follow_state(self) -> None:
        """Follow what was changed elsewhere too, such as on the page of rank maps."""
        if self.session.state.adapter != self._adapter:
            self._allocate()

    def _follow(self, event: object) -> None:
        if self.session.does(WizardJob.SCORING):
            self.progress.fold(event)

    def _show(self) -> None:
        state, found, shown = self.session.state, self._map, self._shown
        scoring, has_scores = self.session.does(WizardJob.SCORING), state.has_ranking
        self.progress.show_job(self.session.job if scoring else None)
        self.look.setVisible(not scoring and not has_scores)
        self.look.setEnabled(self.session.job is None)
        self.heatmap.set_map(() if shown is None else shown.sites)
        self.heatmap.set_pinned(state.adapter.pins)
        self.heatmap.setEnabled(shown is not None)
        self._side.setVisible(shown is not None)
        self.free.setVisible(bool(state.adapter.pins))
        self._show_details()
        percent = _percent(state.adapter.budget)
        self.budget.setEnabled(has_scores)
        if round(percent) != self.budget.value():
            self.budget.setValue(round(percent))
        self.share.setText(_share_text(percent, found))
        self.words.setText("" if found is None else _as_text(found, len(state.adapter.pins)))
        self.changed.emit()

    def _show_details(self) -> None:
        site, shown = self.heatmap.selected_site, self._shown
        self.details.show_site(
            site,
            budget_parameters=0 if shown is None else shown.budget_parameters,
            pin=None if site is None else self.session.state.adapter.pins.get(site.site),
        )


def _percent(budget: str) -> float:
    return 100 * budget_parameters(budget, _PARTS_OF_ALL) / _PARTS_OF_ALL


def _share_text(percent: float, found: RankMapReady | None) -> str:
    if found is None:
        return tr("{percent:.0f} % of the network").format(percent=percent)
    return tr("{percent:.0f} % of the network: {used:,} of {all:,} numbers").format(
        percent=percent, used=found.trainable_parameters, all=found.backbone_parameters
    )


def _as_text(found: RankMapReady, pins: int) -> str:
    adapted = [site for site in found.sites if site.rank > 0]
    spent: dict[str, int] = {}
    for site in adapted:
        spent[site.block] = spent.get(site.block, 0) + site.rank * site.rank_cost
    if not spent:
        return tr("With so little, nothing can change. Move the slider to the right.")
    blocks = sorted(spent, key=lambda block: -spent[block])[:2]
    share = sum(spent[block] for block in blocks) / max(1, found.trainable_parameters)
    words = tr(
        "{adapted} of {all} layers will change a little, the others stay as they are. {blocks} "
        "get {share:.0%} of it."
    ).format(adapted=len(adapted), all=len(found.sites), blocks=" + ".join(blocks), share=share)
    if pins:
        words += " " + tr_count("1 rank is fixed by hand.", "%n ranks are fixed by hand.", pins)
    if found.score_stability is not None and found.score_stability > _AGREEING:
        words += " " + tr(
            "Different photos name nearly the same layers (agreement {stability:.2f} of 1)."
        ).format(stability=found.score_stability)
    return words
