"""The numbers beside the curve of a training."""

import psutil
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.job_progress import duration
from adaptsr_app.models.training import Training
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip
from engine.formatting import format_size

_ROWS = 4


class TrainingFacts(QWidget):
    """Two columns of numbers with units; they keep their places."""

    def __init__(self) -> None:
        super().__init__()
        titles = _titles()
        self.values = {name: label("–") for name in titles}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for index, (name, title) in enumerate(titles.items()):
            value = self.values[name]
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setAccessibleName(title)
            row, column = index % _ROWS, 2 * (index // _ROWS)
            grid.addWidget(label(title, "secondary"), row, column)
            grid.addWidget(value, row, column + 1)
        for name in ("psnr", "gain"):
            set_tip(self.values[name], _on_what())

    def show_training(self, training: Training) -> None:
        """Show what a training has reached."""
        latest, gain = training.latest, training.gain_db
        texts = {
            "step": f"{training.step:,} / {training.total:,}" if training.total else "–",
            "eta": "–" if training.eta_s is None else duration(training.eta_s),
            "pace": _pace_text(training.seconds_per_step),
            "saved": "–" if training.saved_step is None else f"{training.saved_step:,}",
            "psnr": "–" if latest is None else f"{latest[1]:.2f} dB",
            "gain": "–" if gain is None else f"{gain:+.2f} dB",
            "memory": format_size(psutil.Process().memory_info().rss),
            "pairs": f"{len(training.train)} + {len(training.val)}" if training.train else "–",
        }
        for name, text in texts.items():
            self.values[name].setText(text)


def _titles() -> dict[str, str]:
    return {
        "step": tr("Step"),
        "eta": tr("Time left"),
        "pace": tr("Pace"),
        "saved": tr("Saved at"),
        "psnr": tr("PSNR now"),
        "gain": tr("Over the backbone"),
        "memory": tr("Memory in use"),
        "pairs": tr("Learn + check"),
    }


def _on_what() -> str:
    return tr(
        "Measured while training goes on, in the middle of each photo kept out. The verdict at the "
        "end measures these photos whole, so its figure is another one."
    )


def _pace_text(seconds_per_step: float) -> str:
    if not seconds_per_step:
        return "–"
    if seconds_per_step < 1:
        return tr("{count:.1f} steps/s").format(count=1 / seconds_per_step)
    return tr("{seconds:.1f} s/step").format(seconds=seconds_per_step)


def stage_text(stage: str) -> str:
    """Return what a stage of a training is called, "" for one that has no name."""
    words = {
        "": tr("Starting …"),
        "load": tr("Loading the network …"),
        "pairs": tr("Reading photos …"),
        "score": tr("Looking at each layer …"),
        "train": tr("Training"),
        "merge": tr("Putting the network together …"),
        "evaluate": tr("Checking on photos it never saw …"),
    }
    return words.get(stage, "")
