"""The page called Adapt: steps from the phone's name to the installed profile."""

from collections.abc import Iterator, Sequence
from typing import Self

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout

from adaptsr_app.context import Context
from adaptsr_app.jobs.run_folders import wizard_state_of
from adaptsr_app.messages import Message, tr
from adaptsr_app.models.adaptation import STEPS
from adaptsr_app.pages.adapt.differences import DifferencesStep
from adaptsr_app.pages.adapt.effort import EffortStep
from adaptsr_app.pages.adapt.phone import PhoneStep
from adaptsr_app.pages.adapt.photos import PhotosStep
from adaptsr_app.pages.adapt.result import ResultStep
from adaptsr_app.pages.adapt.step import Session, Step, WizardJob
from adaptsr_app.pages.adapt.training import TrainingPage, interrupted_message
from adaptsr_app.pages.page import Page
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import (
    Entry,
    Submenu,
    entries_of,
    entry_of,
    visible_entries,
    with_keys,
)
from adaptsr_app.widgets.message_banner import MessageBanner
from adaptsr_app.widgets.stepper import Stepper
from adaptsr_app.widgets.text import label
from engine.config.adapting import AdaptSettings

_STEPS: tuple[type[Step], ...] = (
    PhoneStep,
    PhotosStep,
    EffortStep,
    DifferencesStep,
    TrainingPage,
    ResultStep,
)
_TRAINING = STEPS.index("training")


class AdaptPage(Page):
    """One step at a time, in any order that what is known allows."""

    key = "adapt"
    icon = "adapt"

    def __init__(
        self, context: Context, session: Session | None = None, steps: Sequence[Step] = ()
    ) -> None:
        """Take up where the user left.

        Args:
            context: What the pages share.
            session: What the steps share, and
            steps: all of them, where they were built before.
        """
        super().__init__(context)
        self.session = session or Session(context)
        self.session.setParent(self)
        self.steps = list(steps) or [kind(self.session) for kind in _STEPS]
        self.stepper = Stepper(context.theme, [step.title for step in self.steps])
        self.banner = MessageBanner(context.theme)
        self.heading = label("", "title")
        self.sentence = label("", "secondary", wrap=True)
        self.missing = label("", "secondary")
        self.back = push_button(tr("Back"), lambda: self.go_to(self.index - 1))
        self.next = push_button(tr("Next"), lambda: self.go_to(self.index + 1), "primary")
        with_keys(self.back, QKeySequence.StandardKey.Back)
        with_keys(self.next, QKeySequence.StandardKey.Forward)
        for number, button in enumerate(self.stepper.buttons, 1):
            with_keys(button, f"Alt+{number}")
        self._stack = QStackedWidget()
        self._lay_out()
        context.navigation.training_requested.connect(self.take_up)
        self.stepper.chosen.connect(self.go_to)
        self.session.message.connect(self._say)
        self.session.adaptation.changed.connect(self._follow_state)
        for step in self.steps:
            step.changed.connect(self._show_way)
            step.next_requested.connect(self._go_on_from)
        self.index = min(STEPS.index(self.session.state.step), self._reachable() - 1)
        self._show_step()
        training = self.training.interrupted
        if training is not None:
            self._offer_to_go_on(interrupted_message(training))

    @classmethod
    def in_parts(cls, context: Context) -> Iterator[Self | None]:
        """Build one step at a time."""
        session = Session(context)
        steps: list[Step] = []
        for kind in _STEPS:
            steps.append(kind(session))
            yield None
        page = cls(context, session, steps)
        yield None
        yield page

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Adapt")

    @property
    def training(self) -> TrainingPage:
        """The step that trains."""
        step = self.steps[_TRAINING]
        if not isinstance(step, TrainingPage):
            raise TypeError(type(step))
        return step

    def commands(self) -> Sequence[Entry]:
        """Return the steps, and what can be done in each."""
        return [
            *map(entry_of, (self.back, self.next)),
            None,
            *entries_of(self.stepper),
            None,
            *(Submenu(step.title, entries_of(step)) for step in self.steps),
            Submenu(tr("Message"), visible_entries(self.banner)),
        ]

    def take_up(self, settings: AdaptSettings) -> None:
        """Go on with an interrupted training, whichever it is; the wizard is about that one then.

        Args:
            settings: What it was started with.
        """
        self.context.navigation.page_requested.emit(self.key)
        session = self.session
        started = session.state.started
        if session.does(WizardJob.TRAINING) and started is not None and started.out == settings.out:
            self.go_to(_TRAINING)
        elif session.job is not None:
            self._say(
                Message(
                    tr("Something else is being worked on here"),
                    remedy=tr("Wait for it, or stop it, then go on with the other training."),
                )
            )
        else:
            session.adaptation.update(**wizard_state_of(settings))
            self._go_on()

    def shown(self) -> None:
        """Let the step at hand look again at what may have changed."""
        self.steps[self.index].shown()
        self._show_way()

    def go_to(self, index: int) -> None:
        """Show a step, if everything before it is known."""
        requested = max(0, min(index, self._reachable() - 1))
        if requested == self.index:
            self._show_way()
            return
        self.steps[self.index].left()
        self.banner.clear()
        self.index = requested
        self.session.adaptation.update(step=STEPS[requested])
        self._show_step()
        self.steps[requested].shown()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 20)
        layout.setSpacing(12)
        layout.addWidget(self.stepper)
        separator = QFrame()
        separator.setProperty("role", "separator")
        layout.addWidget(separator)
        layout.addWidget(self.banner)
        layout.addWidget(self.heading)
        layout.addWidget(self.sentence)
        for step in self.steps:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidget(step)
            self._stack.addWidget(area)
        layout.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.back)
        foot.addStretch()
        foot.addWidget(self.missing)
        foot.addWidget(self.next)
        layout.addLayout(foot)

    def _reachable(self) -> int:
        """How many steps can be gone to: up to the first that misses something."""
        state = self.session.state
        if self.training.interrupted is not None or self.session.does(WizardJob.TRAINING):
            return _TRAINING + 1
        if state.result is not None:
            return len(self.steps)
        for index, step in enumerate(self.steps):
            if not step.is_ready:
                return index + 1
        return len(self.steps)

    def _show_step(self) -> None:
        step = self.steps[self.index]
        self._stack.setCurrentIndex(self.index)
        self.heading.setText(step.heading)
        self.sentence.setText(step.sentence)
        self._show_way()

    def _show_way(self) -> None:
        reachable = self._reachable()
        done = frozenset(i for i, step in enumerate(self.steps) if i < reachable and step.is_ready)
        self.stepper.set_state(self.index, done=done, reachable=reachable)
        is_last = self.index == len(self.steps) - 1
        self.back.setVisible(self.index > 0)
        self.next.setVisible(
            not is_last and not (self.index == _TRAINING and reachable <= self.index + 1)
        )
        self.next.setEnabled(self.index + 1 < reachable)
        step = self.steps[self.index]
        self.missing.setText("" if self.index + 1 < reachable else step.missing)

    def _go_on_from(self) -> None:
        """Follow a step that ended while it was in front; never pull the user off another."""
        if self.sender() is self.steps[self.index]:
            self.go_to(self.index + 1)
        self._show_way()

    def _follow_state(self) -> None:
        """Show the step the state names, as after starting over."""
        requested = STEPS.index(self.session.state.step)
        if requested != self.index and requested < self._reachable():
            self.index = requested
            self._show_step()
            self.steps[requested].shown()

    def _say(self, message: Message | None) -> None:
        if message is None:
            self.banner.clear()
        else:
            self.banner.show_message(
                message,
                "good"
                if not message.remedy and not message.details and message.report is None
                else "danger",
            )

    def _offer_to_go_on(self, message: Message) -> None:
        self.banner.show_message(message, "info")
        self.banner.add_action(tr("Go on"), self._go_on, "primary")

    def _go_on(self) -> None:
        self.go_to(_TRAINING)
        self.banner.clear()
        self.training.resume()
