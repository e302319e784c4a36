"""Step 2: what to learn from, where it lies, and whether it is enough."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout

from adaptsr_app.jobs.adapt_jobs import register_job
from adaptsr_app.jobs.folder_reading import read_pairs, read_photos
from adaptsr_app.messages import tr
from adaptsr_app.models.adaptation import Source
from adaptsr_app.models.folder_contents import (
    FEWEST_PAIRS,
    FEWEST_PHONE_PHOTOS,
    FolderContents,
    recognised_text,
    skipped_text,
)
from adaptsr_app.pages.adapt.folders import Folders
from adaptsr_app.pages.adapt.found_photos import FoundPhotos
from adaptsr_app.pages.adapt.report_card import ReportCard
from adaptsr_app.pages.adapt.sources import (
    found_text,
    source_choices,
    wanted_text,
    worth_a_look,
)
from adaptsr_app.pages.adapt.step import Session, Step, WizardJob, fills_the_rest
from adaptsr_app.widgets.choice_cards import ChoiceCards
from adaptsr_app.widgets.job_line import JobLine
from adaptsr_app.widgets.text import label, set_role
from engine.config.registering import RegisterSettings
from engine.events import PairRegistered

if TYPE_CHECKING:
    from engine.dataset_report.dataset import DatasetReport

_SMALLEST_GRID_PX = 140


class PhotosStep(Step):
    """Three choices, their folders, and what was found in them."""

    key = "photos"

    def __init__(self, session: Session) -> None:
        """Show what was chosen."""
        super().__init__(session)
        self._asked = 0
        self._looking = False
        self._contents: FolderContents | None = None
        self._phone_contents: FolderContents | None = None
        self.sources = ChoiceCards(tr("What to learn from"), source_choices())
        self.sources.chosen.connect(self._choose_source)
        self.folders = Folders()
        self.progress = JobLine(session.cancel_current)
        self.summary = label("", "heading", wrap=True)
        self.skipped = label("", "small", wrap=True)
        self.grid = FoundPhotos(session)
        self.report_card = ReportCard(session)
        self._connect()
        self._lay_out()

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Photos")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Photos to learn from")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        return tr("What the network learns from decides what it will be good at.")

    @property
    def is_ready(self) -> bool:
        """True where there is enough to learn from and to check on."""
        state = self.session.state
        return state.usable >= FEWEST_PAIRS and not self.session.does(WizardJob.LINING_UP)

    @property
    def missing(self) -> str:
        """What is missing to go on."""
        return "" if self.is_ready else tr("There is not enough to learn from yet.")

    def shown(self) -> None:
        """Show the state, and look into its folders again: photos come and go."""
        state = self.session.state
        self.sources.choose(state.source)
        if state.phone_folder is None and state.phone_photos:
            self.session.adaptation.update(phone_folder=state.phone_photos[0].parent)
        self.folders.set_state(self.session.state)
        self._look()

    def left(self) -> None:
        """What comes next has better use for the processor."""
        self.report_card.check.stop()

    def _connect(self) -> None:
        self.folders.chosen.connect(self._choose)
        self.folders.line_up_requested.connect(self._line_up)
        self.report_card.check.changed.connect(self._take_reports)
        self.session.happened.connect(self._follow)
        self.session.job_changed.connect(self._show)

    def _lay_out(self) -> None:
        self.body.addWidget(self.sources)
        self.body.addWidget(self.folders)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.summary)
        fills_the_rest(self.grid, _SMALLEST_GRID_PX)
        fills_the_rest(self.report_card, _SMALLEST_GRID_PX)
        parts = QHBoxLayout()
        parts.setSpacing(16)
        parts.addWidget(self.grid, 1)
        parts.addWidget(self.report_card)
        self.body.addLayout(parts, 1)
        self.body.addWidget(self.skipped)

    def _choose_source(self, source: Source) -> None:
        self.report_card.clear()
        self.session.adaptation.update(source=source, usable=0)
        self._look()

    def _choose(self, name: str, value: object) -> None:
        self.report_card.clear()
        also: dict[str, object] = {"backbone": ""} if name == "scale" else {"usable": 0}
        if name in {"phone_folder", "better_folder"} and self.session.state.source == "pairs":
            also["pairs"] = None
        self.session.adaptation.update(**{name: value}, **also)
        self._look()

    def _look(self) -> None:
        """Look into the folders, off this thread; a later look makes an earlier one void."""
        self._asked += 1
        self._contents = self._phone_contents = None
        state, asked = self.session.state, self._asked
        folder, scale, phone = state.training_folder, state.scale, state.phone_folder
        self._looking = state.source is not None and folder is not None
        if not self._looking:
            self.report_card.clear()
        self._show()
        if not self._looking or folder is None:
            return

        def work() -> tuple[FolderContents, FolderContents | None]:
            if state.source == "camera":
                return read_photos(folder), None if phone is None else read_photos(phone)
            return read_pairs(folder, scale), None

        def take(found: tuple[FolderContents, FolderContents | None]) -> None:
            if asked == self._asked:
                self._looking = False
                self._contents, self._phone_contents = found
                self._keep_usable()
                self.grid.fill(self._contents)
                self._weigh()
                self._take_reports()

        self.session.background.submit(work, take)

    def _keep_usable(self) -> None:
        contents, phone = self._contents, self._phone_contents
        knows_phone = phone is not None and phone.usable >= FEWEST_PHONE_PHOTOS
        is_enough = knows_phone or self.session.state.source != "camera"
        usable = contents.usable if contents is not None and is_enough else 0
        self.session.adaptation.update(usable=usable)

    def _weigh(self) -> None:
        """Have every photo that was found looked at, and say what they are worth."""
        contents = self._contents
        if contents is None or not contents.usable:
            self.report_card.clear()
            return
        requested = worth_a_look(self.session.state, contents, self._phone_contents)
        self.report_card.show_photos(requested, recognised_text(contents))

    def _take_reports(self) -> None:
        """Mark the photos that something is wrong with."""
        report = self._report
        for photo in () if report is None else report.photos:
            if photo.finding != "good":
                self.grid.tell(photo.name, photo.sentence, warning=True)
        self._show()

    @property
    def _report(self) -> "DatasetReport | None":
        """What every look at the photos that are learnt from found."""
        folder = self.session.state.training_folder
        return next((one for one in self.report_card.reports if one.folder == folder), None)

    def _line_up(self) -> None:
        state = self.session.state
        if state.phone_folder is None or state.better_folder is None:
            return
        out = self.session.context.home / "pairs" / f"{state.name or 'camera'} x{state.scale}"
        settings = RegisterSettings(
            lr=state.phone_folder, hr=state.better_folder, out=out, scale=state.scale
        )
        self.grid.empty()
        self.report_card.clear()
        self.session.start(
            WizardJob.LINING_UP,
            tr("Lining up photos"),
            register_job(settings),
            lambda _report: self._lined_up(out),
        )

    def _lined_up(self, out: object) -> None:
        self.session.adaptation.update(pairs=out)
        self._look()

    def _follow(self, event: object) -> None:
        if not self.session.does(WizardJob.LINING_UP):
            return
        self.progress.fold(event)
        if isinstance(event, PairRegistered):
            self.grid.add(
                event.name, event.name, tip=event.sentence, warning=event.verdict == "rejected"
            )

    def _show(self) -> None:
        state = self.session.state
        working = self.session.does(WizardJob.LINING_UP)
        self.folders.show_rows(state, is_working=working, may_work=self.session.job is None)
        self.sources.setEnabled(not working)
        self.progress.show_job(self.session.job if working else None)
        self._show_words(working)
        self.changed.emit()

    def _show_words(self, working: bool) -> None:
        contents = self._contents
        if contents is None and not working:
            self.grid.empty()
        self.skipped.setText("" if contents is None else skipped_text(contents))
        self.skipped.setVisible(bool(self.skipped.text()))
        text, is_enough = self._words(working)
        self.summary.setText(text)
        self.summary.setVisible(bool(text))
        set_role(self.summary, "heading" if is_enough else "warning")
        waiting = tr("The photos that were found appear here")
        self.grid.set_words(tr("Looking …") if self._looking else waiting)

    def _words(self, working: bool) -> tuple[str, bool]:
        """Return what is to be said about what was found, and whether it is enough."""
        source, contents = self.session.state.source, self._contents
        if working or self._looking or source is None:
            return "", True
        if contents is None:
            return wanted_text(source), True
        text, is_enough = found_text(source, contents, self._phone_contents)
        report = self._report
        if report is not None and is_enough and source != "camera":
            return report.verdict, report.good >= FEWEST_PAIRS
        return text, is_enough
