"""Step 5: the training as it goes on: its curve, its pace, and the ways to pause and end it."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from adaptsr_app.jobs.adapt_jobs import adapt_job
from adaptsr_app.jobs.run_folders import checkpoint_in, discard_run
from adaptsr_app.messages import Message, message_for, tr
from adaptsr_app.models.job_progress import duration
from adaptsr_app.models.training import Training
from adaptsr_app.pages.adapt.step import Session, Step, WizardJob, fills_the_rest
from adaptsr_app.pages.adapt.training_facts import TrainingFacts, stage_text
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.curve_plot import CurvePlot
from adaptsr_app.widgets.live_crop import LiveCropView
from adaptsr_app.widgets.text import label
from engine.config.adapting import AdaptSettings
from engine.errors import EngineError
from engine.events import CropReady, PairsReady, RankMapReady, Stage, TrainingStep
from engine.training.crop_choice import CropChoice, CropPlace

_DRAWN_EVERY_MS = 200
_MOST_NOTICES = 2
_SIDE_WIDTH_PX = 380
_SMALLEST_CURVE_PX = 220
_SMALLEST_CROP_PX = 250


class TrainingPage(Step):
    """A curve at the left, numbers at the right, buttons below."""

    key = "training"

    def __init__(self, session: Session) -> None:
        """Show what there is."""
        super().__init__(session)
        self.training = Training()
        self.plot = CurvePlot(session.context.theme)
        self.crop = LiveCropView(session.context.theme)
        self.crop.place_requested.connect(self._look_at)
        self._choice = CropChoice()
        self.bar = QProgressBar()
        self.bar.setMaximum(1000)
        self.bar.setAccessibleName(tr("Progress of the training"))
        self.words = label("", "heading", wrap=True)
        self.notices = label("", "secondary", wrap=True)
        self.facts = TrainingFacts()
        self.start = push_button(tr("Start training"), self._begin, "primary")
        self.go_on = push_button(tr("Go on"), self.resume, "primary")
        self.pause = push_button(tr("Pause"), self._pause)
        self.end_now = push_button(tr("Finish now"), self._end_early)
        self.stop = push_button(tr("Stop for now"), lambda: session.cancel(WizardJob.TRAINING))
        self.discard = push_button(tr("Discard"), self._discard)
        for button, keys in (
            (self.start, "Ctrl+T"),
            (self.go_on, "Ctrl+G"),
            (self.pause, "Ctrl+P"),
            (self.end_now, "Ctrl+K"),
            (self.stop, "Ctrl+."),
            (self.discard, "Ctrl+Shift+Del"),
        ):
            with_keys(button, keys)
        self._drawing = QTimer(self)
        self._drawing.setInterval(_DRAWN_EVERY_MS)
        self._drawing.timeout.connect(self._draw)
        self._lay_out()
        session.happened.connect(self._follow)
        session.job_changed.connect(self._show)

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Training")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Training")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        return tr(
            "You can use the other pages meanwhile. If the program is closed, the training goes "
            "on from where it was."
        )

    @property
    def is_ready(self) -> bool:
        """True once there is a result."""
        return self.session.state.result is not None

    @property
    def missing(self) -> str:
        """What is missing to go on."""
        return ""

    @property
    def interrupted(self) -> AdaptSettings | None:
        """A training that was begun and can go on."""
        state = self.session.state
        if (
            state.started is None
            or state.result is not None
            or self.session.does(WizardJob.TRAINING)
        ):
            return None
        return state.started if checkpoint_in(state.started.out).is_file() else None

    def shown(self) -> None:
        """Show the state."""
        self._show()

    def resume(self) -> None:
        """Go on with what was interrupted."""
        settings = self.interrupted
        if settings is not None:
            self._run(settings.model_copy(update={"resume": True}))

    def _lay_out(self) -> None:
        side = QWidget()
        side.setFixedWidth(_SIDE_WIDTH_PX)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.facts)
        column.addWidget(self.crop, 1)
        fills_the_rest(self.plot, _SMALLEST_CURVE_PX)
        fills_the_rest(self.crop, _SMALLEST_CROP_PX)
        self._curve = QWidget()
        middle = QHBoxLayout(self._curve)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(24)
        middle.addWidget(self.plot, 1)
        middle.addWidget(side)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.start, self.go_on, self.pause, self.end_now, self.stop, self.discard):
            buttons.addWidget(button)
        buttons.addStretch()
        progress = QVBoxLayout()
        progress.setSpacing(6)
        progress.addWidget(self.words)
        progress.addWidget(self.bar)
        progress.addWidget(self.notices)
        self.body.addLayout(progress)
        self.body.addWidget(self._curve, 1)
        self.body.addLayout(buttons)
        self.body.addStretch()

    def _begin(self) -> None:
        settings = self.session.next_settings
        try:
            scored = self.session.state.ranked()
        except EngineError as error:
            self.session.say(message_for(error))
            return
        before = self.session.state.started
        if before is not None and self.session.state.result is None:
            discard_run(self.session.context.home, before.out)  # it failed before it saved anything
        self.session.adaptation.update(started=settings, result=None, installed=False)
        self._run(settings, scored)

    def _run(self, settings: AdaptSettings, scored: RankMapReady | None = None) -> None:
        self.training = Training()
        self.plot.show_training(self.training)
        self.crop.clear()
        self._choice = CropChoice()
        job = adapt_job(settings, scored, self._choice)
        title = tr("Adapting to {name}").format(name=settings.name)
        self.session.start(WizardJob.TRAINING, title, job, lambda _adapted: self._done(settings))

    def _done(self, settings: AdaptSettings) -> None:
        self._draw()
        self.session.adaptation.update(result=settings.out)
        self._show()
        self.next_requested.emit()

    def _pause(self) -> None:
        job = self.session.job
        if job is None:
            return
        if job.state == "paused":
            job.resume()
        else:
            job.pause()

    def _end_early(self) -> None:
        job = self.session.job
        if job is not None:
            job.token.end_early()
            job.resume()
            self.end_now.setEnabled(False)
            self.pause.setEnabled(False)

    def _discard(self) -> None:
        """Forget an interrupted training; its folder holds nothing but the checkpoint."""
        settings = self.interrupted
        if settings is not None:
            discard_run(self.session.context.home, settings.out)
            self.session.adaptation.forget_training()
            self.training = Training()
            self._draw()
        self._show()

    def _follow(self, event: object) -> None:
        if not self.session.does(WizardJob.TRAINING):
            return
        self.training.fold(event)
        if isinstance(event, PairsReady):
            self.crop.set_photos(event.val)
        if isinstance(event, CropReady):
            self.crop.show_crop(event)
        if not isinstance(event, TrainingStep):
            self._show_words()

    def _look_at(self, place: CropPlace) -> None:
        """Show another piece of a photo, after the step at hand."""
        self._choice.want(place)

    def _draw(self) -> None:
        training = self.training
        if self.isVisible() or not self.session.does(WizardJob.TRAINING):
            self.plot.show_training(training)
        self.facts.show_training(training)
        self._show_words()

    def _show(self) -> None:
        job = self.session.job if self.session.does(WizardJob.TRAINING) else None
        interrupted = self.interrupted
        is_over = self.session.state.result is not None
        has_curve = job is not None or self.training.total > 0
        for widget in (self._curve, self.bar):
            widget.setVisible(has_curve)
        if job is not None:
            self._drawing.start()
        else:
            self._drawing.stop()
        state = "" if job is None else job.state
        self.start.setVisible(job is None and interrupted is None)
        self.start.setText(tr("Train again") if is_over else tr("Start training"))
        self.start.setEnabled(self.session.job is None)
        self.go_on.setVisible(interrupted is not None)
        self.discard.setVisible(interrupted is not None)
        for button in (self.pause, self.end_now, self.stop):
            button.setVisible(job is not None)
        can_end = state in {"running", "paused"}
        ending = job is not None and job.token.is_ending_early
        self.pause.setText(tr("Continue") if state == "paused" else tr("Pause"))
        self.pause.setEnabled(can_end and not ending)
        self.end_now.setEnabled(can_end and not ending)
        self.stop.setEnabled(can_end)
        self.crop.set_choosable(state == "running" and not ending)
        self._draw()
        self.changed.emit()

    def _show_words(self) -> None:
        training, job = self.training, self.session.job
        self.notices.setText("\n".join(training.notices[-_MOST_NOTICES:]))
        self.notices.setVisible(bool(training.notices))
        if not self.session.does(WizardJob.TRAINING) or job is None:
            self.bar.setValue(1000 if self.session.state.result is not None else 0)
            self.words.setText(self._idle_text())
            return
        self.bar.setValue(round(1000 * training.share))
        if job.state in {"paused", "stopping"}:
            is_paused = job.state == "paused"
            paused, stopping = (
                tr("Paused. What was learnt is saved."),
                tr("Saving, then stopping …"),
            )
            self.words.setText(paused if is_paused else stopping)
            return
        words = stage_text(training.stage)
        if training.stage == Stage.TRAIN and job.token.is_ending_early:
            words = tr("Coming to rest")
        if training.stage == Stage.TRAIN and training.eta_s is not None:
            words += tr(" · {time} left").format(time=duration(training.eta_s))
        self.words.setText(words)

    def _idle_text(self) -> str:
        state = self.session.state
        if state.result is not None:
            return tr("Finished.")
        if self.interrupted is not None:
            return tr("This training was interrupted. It goes on from its last saved step.")
        measured = state.measured
        if measured is None or measured.key != state.pace_key:
            return tr("{steps:,} steps.").format(steps=state.training.steps)
        return tr("{steps:,} steps, about {time}.").format(
            steps=state.training.steps, time=duration(measured.seconds_for(state.training))
        )


def interrupted_message(settings: AdaptSettings) -> Message:
    """Return what is said at the start about a training that was interrupted."""
    return Message(
        tr("The training for “{name}” was interrupted").format(name=settings.name),
        tr("Nothing that was learnt is lost."),
        tr("Go on with it now, or later from step 5."),
    )
