"""Step 3: which network to adapt and how long to train it, with what that takes here."""

from pydantic import ValidationError
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from adaptsr_app.jobs.adapt_jobs import measure_job
from adaptsr_app.messages import Message, tr
from adaptsr_app.models.adaptation import EFFORT_STEPS, Effort, Measured, training_for
from adaptsr_app.models.job_progress import duration
from adaptsr_app.pages.adapt.advanced import AdvancedSettings
from adaptsr_app.pages.adapt.step import Session, Step, WizardJob
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.choice_cards import ChoiceCard, ChoiceCards
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.fold import Fold
from adaptsr_app.widgets.job_line import JobLine
from adaptsr_app.widgets.text import label
from engine.backbones.catalogue import CatalogueEntry, catalogue_entries
from engine.config.adapter import AdapterSettings
from engine.config.base import as_config_error
from engine.config.training import TrainingSettings
from engine.errors import EngineError
from engine.formatting import format_size


class EffortStep(Step):
    """The network, three lengths, and a fold with everything else."""

    key = "effort"

    def __init__(self, session: Session) -> None:
        """Show what is set."""
        super().__init__(session)
        self._entries: dict[str, CatalogueEntry] = {}
        self.backbone = QComboBox()
        self.backbone.setAccessibleName(tr("Network"))
        self.backbone.setMinimumWidth(320)
        self.backbone.activated.connect(self._choose_backbone)
        self.facts = label("", "secondary", wrap=True)
        self.efforts = ChoiceCards(tr("Effort"), _choices())
        self.efforts.chosen.connect(self._choose_effort)
        self.needs = label("", "secondary", wrap=True)
        self.progress = JobLine(lambda: session.cancel(WizardJob.MEASURING))
        self.measure = push_button(tr("Measure on this computer"), self._measure)
        with_keys(self.measure, "Ctrl+M")
        self.advanced = AdvancedSettings()
        self.advanced.changed.connect(self._set)
        self.fold = Fold(session.context.theme, tr("Advanced"), self.advanced)
        self._lay_out()
        session.happened.connect(self._follow)
        session.job_changed.connect(self._show)

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Effort")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Model and effort")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        return tr(
            "The network is already good at photos in general. A longer training fits it to "
            "your camera more closely; most is gained in the first minutes."
        )

    @property
    def is_ready(self) -> bool:
        """True where there is a network of the scale that is wanted."""
        return bool(self.session.state.backbone) and not self.session.does(WizardJob.MEASURING)

    @property
    def missing(self) -> str:
        """What is missing to go on."""
        if self.session.does(WizardJob.MEASURING):
            return tr("Measuring …")
        return "" if self.is_ready else tr("There is no network to adapt.")

    def shown(self) -> None:
        """List the networks anew; measure where nothing is known yet."""
        self._list_backbones()
        self._show()
        if self.session.state.backbone and self._measured() is None:
            self._measure()

    def left(self) -> None:
        """Measuring would slow down what comes next."""
        self.session.cancel(WizardJob.MEASURING)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label(tr("Network"), "heading"))
        row.addWidget(self.backbone)
        row.addWidget(self.facts, 1)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.needs, 1)
        below.addWidget(self.measure)
        self.body.addLayout(row)
        self.body.addWidget(self.efforts)
        self.body.addWidget(self.progress)
        self.body.addLayout(below)
        self.body.addWidget(self.fold)
        self.body.addStretch()

    def _list_backbones(self) -> None:
        state = self.session.state
        try:
            entries = catalogue_entries()
        except EngineError as error:
            self.session.say(Message(tr("The networks cannot be listed"), error.what, error.remedy))
            return
        usable = [e for e in entries.values() if e.path is not None and e.scale == state.scale]
        self._entries = {entry.name: entry for entry in usable}
        self.backbone.clear()
        for entry in usable:
            self.backbone.addItem(entry.name, entry.name)
        if not usable:
            self.session.adaptation.update(backbone="")
            self.session.say(
                Message(
                    tr("No network enlarges {scale} times").format(scale=state.scale),
                    tr("The networks on this computer are for other scales."),
                    tr("Get one in the library, or choose another scale in step 2."),
                )
            )
            return
        chosen = state.backbone if state.backbone in self._entries else usable[0].name
        self.session.adaptation.update(backbone=chosen)
        self.backbone.setCurrentIndex(self.backbone.findData(chosen))

    def _choose_backbone(self, index: int) -> None:
        before = self.session.state
        if before.adapter.pins and before.backbone != self.backbone.itemData(index):
            words = tr("They belonged to the layers of {name}.").format(name=before.backbone)
            self.session.say(Message(tr("The ranks fixed by hand were let go"), words))
        self.session.adaptation.update(backbone=self.backbone.itemData(index))
        self._show()

    def _choose_effort(self, effort: Effort) -> None:
        training = training_for(effort, self.session.state.training)
        self.session.adaptation.update(effort=effort, training=training)
        self._show()

    def _set(self, name: str, value: object) -> None:
        """Take a setting of the fold; one that contradicts another is told and not taken."""
        state = self.session.state
        try:
            if name in AdapterSettings.model_fields:
                changed = AdapterSettings.model_validate(
                    {**state.adapter.model_dump(), name: value}
                )
                self.session.adaptation.update(adapter=changed)
            elif name in TrainingSettings.model_fields:
                training = TrainingSettings.model_validate(
                    {**state.training.model_dump(), name: value}
                )
                effort: Effort = "own" if name == "steps" else state.effort
                training = training_for(effort, training)
                self.session.adaptation.update(training=training, effort=effort)
            else:
                self.session.adaptation.update(**{name: value})
        except ValidationError as error:
            told = as_config_error(error)
            self.session.say(Message(tr("This does not go together"), told.what, told.remedy))
        else:
            self.session.say(None)
        self._show()

    def _measure(self) -> None:
        state = self.session.state
        key = state.pace_key
        settings = self.session.next_settings

        def keep(pace: object) -> None:
            measured = Measured.model_validate(pace).model_copy(update={"key": key})
            self.session.adaptation.update(measured=measured)
            self._show()

        self.session.start(
            WizardJob.MEASURING, tr("Measuring a few steps"), measure_job(settings), keep
        )

    def _follow(self, event: object) -> None:
        if self.session.does(WizardJob.MEASURING):
            self.progress.fold(event)

    def _measured(self) -> Measured | None:
        state = self.session.state
        measured = state.measured
        return measured if measured is not None and measured.key == state.pace_key else None

    def _show(self) -> None:
        state, measured = self.session.state, self._measured()
        measuring = self.session.does(WizardJob.MEASURING)
        entry = self._entries.get(state.backbone)
        self.facts.setText("" if entry is None else _facts_of(entry))
        self.efforts.choose(state.effort)
        if state.effort == "own":
            self.efforts.choose_none()
        for effort in EFFORT_STEPS:
            training = training_for(effort, state.training)
            time = "" if measured is None else duration(measured.seconds_for(training))
            words = tr("about {time}") if time else tr("{steps} steps")
            self.efforts.set_note(effort, words.format(time=time, steps=training.steps))
        self.progress.show_job(self.session.job if measuring else None)
        for widget in (self.backbone, self.efforts, self.advanced):
            widget.setEnabled(not measuring)
        self.measure.setVisible(measured is None and not measuring)
        self.measure.setEnabled(self.session.job is None and bool(state.backbone))
        self.needs.setText(self._needs_text(measured, measuring))
        self.advanced.show_state(state)
        self.changed.emit()

    def _needs_text(self, measured: Measured | None, measuring: bool) -> str:
        if measuring:
            return tr("A few real steps are trained to see how fast this computer is.")
        if measured is None:
            return tr("How long it takes is not known yet.")
        training = self.session.state.training
        words = tr(
            "{steps} steps take about {time} and {memory} of memory; the work folder takes {disk} "
            "of disk. Measured with a few real steps on this computer's {device}."
        )
        devices = {"cpu": tr("processor"), "cuda": tr("graphics card"), "mps": tr("graphics")}
        return words.format(
            steps=training.steps,
            time=duration(measured.seconds_for(training)),
            memory=format_size(measured.memory_bytes),
            disk=format_size(measured.disk_bytes),
            device=devices.get(measured.device, measured.device),
        )


def _facts_of(entry: CatalogueEntry) -> str:
    parts = [entry.architecture, tr("{count:,} parameters").format(count=entry.parameters)]
    parts += [f"{name} {value:.2f} dB" for name, value in list(entry.psnr_y_db.items())[:1]]
    return " · ".join(parts)


def _choices() -> list[ChoiceCard]:
    return [
        ChoiceCard("quick", tr("Quick"), tr("Most of the gain. Good for a first look.")),
        ChoiceCard("balanced", tr("Balanced"), tr("For most cameras and most photos.")),
        ChoiceCard(
            "thorough", tr("Thorough"), tr("The last tenths of a decibel, while you sleep.")
        ),
    ]
