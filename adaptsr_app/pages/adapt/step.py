"""What the wizard expects of a step, and what all steps share."""

from collections.abc import Callable
from enum import Enum, auto
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background
from adaptsr_app.jobs.kept_adaptation import KeptAdaptation, read_adaptation
from adaptsr_app.jobs.run_folders import free_run_folder
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.jobs.worker import EngineJob
from adaptsr_app.messages import Message, message_for, tr
from adaptsr_app.models.adaptation import AdaptationModel, AdaptationState, StepKey
from adaptsr_app.models.rank_plan import RanksForNext
from engine.config.adapting import AdaptSettings
from engine.errors import EngineError
from engine.outcomes import Done, Failed

PHOTO_THREADS = 1
"""Thumbnails wait for one another, so that a training beside them keeps its pace."""


class WizardJob(Enum):
    """What a job of the wizard is for."""

    LINING_UP = auto()
    MEASURING = auto()
    SCORING = auto()
    TRAINING = auto()
    PICTURES = auto()
    EXPORT = auto()


class Session(QObject):
    """The wizard's state, its short work, and the one job it runs at a time.

    Signals:
        job_changed: Another job is at hand, or none, or it was paused or goes on.
        happened: An event of the job at hand.
        message: A `Message` to show; None to take it away.
    """

    job_changed = Signal()
    happened = Signal(object)
    message = Signal(object)

    def __init__(self, context: Context) -> None:
        """Take up the state that was left."""
        super().__init__()
        self.context = context
        self.adaptation = AdaptationModel(read_adaptation(context.home), self)
        self.kept = KeptAdaptation(context.home, self.adaptation)
        self.background = Background(self, threads=PHOTO_THREADS)
        self.job: RunningJob | None = None
        self.purpose: WizardJob | None = None
        context.navigation.ranks_requested.connect(self._take_ranks)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.kept.flush)

    @property
    def state(self) -> AdaptationState:
        """What the user has said so far."""
        return self.adaptation.state

    @property
    def next_settings(self) -> AdaptSettings:
        """What the next training is started with, in a folder of its own."""
        return self.state.settings(free_run_folder(self.context.home, self.state.name))

    def start(
        self,
        purpose: WizardJob,
        title: str,
        job: EngineJob,
        on_done: Callable[[object], None],
        on_other_end: Callable[[], None] | None = None,
    ) -> bool:
        """Run a job, unless one is running; a failure becomes a message.

        Args:
            purpose: What it is for.
            title: What the user calls it.
            job: Called as `job(emit, token)` on its own thread.
            on_done: Called with what it returned.
            on_other_end: Called where it was stopped or failed.

        Returns:
            False where another job is running.
        """
        if self.job is not None:
            return False
        self.message.emit(None)
        running = self.context.jobs.start("adapt", title, job)
        self.job, self.purpose = running, purpose
        running.happened.connect(self.happened)
        running.state_changed.connect(self.job_changed)
        running.ended.connect(lambda outcome: self._end(outcome, on_done, on_other_end))
        self.job_changed.emit()
        return True

    def cancel(self, purpose: WizardJob) -> None:
        """Stop the job at hand if it is this one."""
        if self.job is not None and self.purpose == purpose:
            self.job.cancel()

    def cancel_current(self) -> None:
        """Stop whatever job is at hand."""
        if self.job is not None:
            self.job.cancel()

    def does(self, purpose: WizardJob) -> bool:
        """True while this job runs."""
        return self.job is not None and self.purpose == purpose

    def say(self, message: Message | None) -> None:
        """Show a message above the steps, or take it away."""
        self.message.emit(message)

    def _take_ranks(self, ranks: RanksForNext) -> None:
        """Show in step 4 what was tried out on another map."""
        try:
            self.adaptation.take_ranks(ranks)
        except EngineError as error:
            self.say(message_for(error))
            return
        self.adaptation.update(step="differences")
        words = tr("Step 4 shows them, and the next training uses them.")
        self.say(Message(tr("These ranks are taken"), words))

    def _end(
        self,
        outcome: object,
        on_done: Callable[[object], None],
        on_other_end: Callable[[], None] | None,
    ) -> None:
        self.job = self.purpose = None
        match outcome:
            case Done(value):
                on_done(value)
            case Failed(error, report):
                self.say(message_for(error, report))
        if not isinstance(outcome, Done) and on_other_end is not None:
            on_other_end()
        self.job_changed.emit()


def fills_the_rest(widget: QWidget, smallest_px: int) -> None:
    """Let a widget have what height is left, at least so much, whatever it would prefer."""
    widget.setMinimumHeight(smallest_px)
    policy = widget.sizePolicy()
    policy.setVerticalPolicy(QSizePolicy.Policy.Ignored)
    widget.setSizePolicy(policy)


class Step(QWidget):
    """One step of the wizard.

    Attributes:
        key: Its name in the state.

    Signals:
        changed: `is_ready` may be another.
        next_requested: The user asked for the next step from within this one.
    """

    key: ClassVar[StepKey]
    changed = Signal()
    next_requested = Signal()

    def __init__(self, session: Session) -> None:
        """Build the step; nothing slow."""
        super().__init__()
        self.session = session
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(12)

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        raise NotImplementedError

    @property
    def heading(self) -> str:
        """What it is about."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """What the user does here."""
        raise NotImplementedError

    @property
    def is_ready(self) -> bool:
        """True where nothing is missing to go on."""
        raise NotImplementedError

    @property
    def missing(self) -> str:
        """What is missing to go on, "" for nothing that needs saying."""
        return ""

    def shown(self) -> None:
        """Called whenever the step comes to the front."""

    def left(self) -> None:
        """Called whenever another step comes to the front."""
