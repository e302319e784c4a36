"""What is compared on one photo: the photo, the contenders, the truth, and what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from adaptsr_app.messages import tr
from adaptsr_app.models.network_choices import NetworkChoice, NetworkChoices

if TYPE_CHECKING:
    from engine.jobs.compare import Comparison

MOST_CONTENDERS = 4

CandidateKind = Literal["bicubic", "profile", "backbone", "picture"]


@dataclass(frozen=True, slots=True)
class ContenderOption:
    """One way to enlarge the photo.

    Attributes:
        kind: What it is.
        title: What the user calls it.
        source: Folder of a profile, name of a backbone, file of a picture; "" for bicubic.
        scale: Integer factor; 0 where the picture or the others decide.
    """

    kind: CandidateKind
    title: str
    source: str = ""
    scale: int = 0


def bicubic() -> ContenderOption:
    """Return plain enlarging."""
    return ContenderOption("bicubic", tr("Bicubic"))


def option_of(choice: NetworkChoice) -> ContenderOption:
    """Return a profile or a backbone as a contender."""
    if choice.kind == "profile":
        return ContenderOption("profile", choice.name, str(choice.folder), choice.scale)
    return ContenderOption("backbone", choice.name, choice.name, choice.scale)


def option_of_picture(path: Path) -> ContenderOption:
    """Return a picture that another tool made."""
    return ContenderOption("picture", path.stem, str(path))


class ComparisonModel(QObject):
    """Holds what is to be compared.

    Signals:
        changed: Something is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.choices = NetworkChoices()
        self.photo: Path | None = None
        self.offered: Path | None = None
        self.hr: Path | None = None
        self.options: tuple[ContenderOption, ...] = ()
        self.result: Comparison | None = None

    @property
    def is_full(self) -> bool:
        """True if there is no pane left; the truth takes one."""
        return len(self.options) + (self.hr is not None) >= MOST_CONTENDERS

    @property
    def problem(self) -> str:
        """Return what is missing before there can be a comparison, or ""."""
        if self.offered is not None:
            return tr("These pictures are shown as they are.")
        if self.photo is None:
            return tr("Choose the photo to compare on.")
        if not self.options:
            return tr("Add at least one way to enlarge it.")
        return ""

    @property
    def bicubic_scale(self) -> int:
        """The factor of plain enlarging: that of the others."""
        return max((option.scale for option in self.options), default=0) or 2

    def set_choices(self, choices: NetworkChoices) -> None:
        """Know what there is; a first comparison is proposed where nothing was chosen yet."""
        self.choices = choices
        if not self.options:
            networks = (*choices.profiles[:1], *choices.backbones[:1])
            self.options = (bicubic(), *map(option_of, networks))
        self.changed.emit()

    def set_photo(self, photo: Path | None) -> None:
        """Compare on another photo; pictures and truth of the one before are gone with it."""
        self.photo, self.hr, self.result, self.offered = photo, None, None, None
        self.options = tuple(one for one in self.options if one.kind != "picture")
        self.changed.emit()

    def offer(self, photo: Path) -> None:
        """Have no photo, but one at hand: another page shows it beside what was made of it."""
        self.set_photo(None)
        self.offered = photo
        self.changed.emit()

    def set_hr(self, hr: Path | None) -> None:
        """Measure against this."""
        self.hr, self.result = hr, None
        if self.hr is not None:
            self.options = self.options[: MOST_CONTENDERS - 1]
        self.changed.emit()

    def add(self, option: ContenderOption) -> bool:
        """Add a contender.

        Returns:
            False if it is there already, or there is no room.
        """
        if self.is_full or option in self.options:
            return False
        self.options = (*self.options, option)
        self.result = None
        self.changed.emit()
        return True

    def remove(self, index: int) -> None:
        """Take a contender away."""
        left = list(self.options)
        del left[index]
        self.options, self.result = tuple(left), None
        self.changed.emit()

    def set_result(self, result: "Comparison | None") -> None:
        """Keep what came of it."""
        self.result = result
        self.changed.emit()
