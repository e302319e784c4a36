"""Which processor is used, what this computer has, and which versions run here."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background
from adaptsr_app.messages import message_for, tr
from adaptsr_app.pages.settings.section import Section
from adaptsr_app.widgets.text import label, set_role
from engine.cancellation import CancelToken
from engine.events import ignore_events
from engine.formatting import format_size
from engine.outcomes import Done, Failed
from engine.running import run_job

if TYPE_CHECKING:
    from engine.jobs.diagnosis import Device, Diagnosis


class Machine(Section):
    """Filled beside the window, because looking for graphics cards takes torch.

    Not by the window's job runner: leaving the program must not ask whether to stop looking.
    """

    def __init__(self, context: Context) -> None:
        """Show the preferences; nothing is known of the computer yet."""
        super().__init__(tr("Computer"))
        self._context = context
        self._background = Background(self)
        self._is_looking = False
        self.diagnosis: Diagnosis | None = None
        self.device = QComboBox()
        self.device.addItem(tr("Choose automatically"), "auto")
        requested = context.preferences.device
        if requested != "auto":
            self.device.addItem(requested, requested)
            self.device.setCurrentIndex(1)
        self.device.currentIndexChanged.connect(self._set_device)
        self._devices = label("…", wrap=True)
        self._versions = label("…", wrap=True)
        self.problems = label("", "secondary", wrap=True)
        self.add(tr("Compute with"), self.device)
        self.add(tr("Found"), self._devices)
        self.add(tr("Versions"), self._versions)
        self.add(tr("State"), self.problems)

    def look(self) -> None:
        """Look at this computer, once."""
        if self.diagnosis is not None or self._is_looking:
            return
        self._is_looking = True
        self._background.submit(_diagnosed, self._end)

    def _end(self, outcome: object) -> None:
        self._is_looking = False
        if isinstance(outcome, Done):
            self._show(outcome.value)
        elif isinstance(outcome, Failed):
            message = message_for(outcome.error, outcome.report)
            self.problems.setText(f"{message.text} {message.remedy}")
            set_role(self.problems, "danger")

    def _show(self, diagnosis: "Diagnosis") -> None:
        self.diagnosis = diagnosis
        self._devices.setText("\n".join(map(_described, diagnosis.devices)))
        versions = [f"{name} {version}" for name, version in diagnosis.versions.items() if version]
        self._versions.setText(", ".join([*versions, diagnosis.system]))
        self.problems.setText("\n".join(diagnosis.problems) or tr("Everything is in order."))
        set_role(self.problems, "warning" if diagnosis.problems else "good")
        requested = self._context.preferences.device
        self.device.blockSignals(True)
        self.device.clear()
        for name, title in _choices(diagnosis, requested).items():
            self.device.addItem(title, name)
        self.device.setCurrentIndex(self.device.findData(requested))
        self.device.blockSignals(False)

    def _set_device(self, _index: int) -> None:
        self._context.preferences.device = str(self.device.currentData())
        self._context.save()


def _diagnosed() -> object:
    from engine.jobs.diagnosis import diagnose  # noqa: PLC0415 - brings torch

    return run_job("diagnosis", lambda _emit, _token: diagnose(), ignore_events, CancelToken())


def _choices(diagnosis: "Diagnosis", requested: str) -> dict[str, str]:
    default = next((device for device in diagnosis.devices if device.is_default), None)
    automatic = tr("Choose automatically")
    if default is not None:
        automatic += f" ({_title(default)})"
    choices = {"auto": automatic, **{one.name: _title(one) for one in diagnosis.devices}}
    if requested not in choices:
        choices[requested] = tr("{device}, not found").format(device=requested)
    return choices


def _title(device: "Device") -> str:
    return tr("Processor") if device.name == "cpu" else device.description


def _described(device: "Device") -> str:
    memory = device.memory_bytes
    size = "" if memory is None else ", " + tr("{size} memory").format(size=format_size(memory))
    return f"{device.description}{size}"
