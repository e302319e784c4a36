"""What every page gets: theme, jobs, preferences, and the way to the other pages."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from adaptsr_app.jobs.job_runner import JobRunner
from adaptsr_app.messages import tr
from adaptsr_app.settings import Preferences, save_preferences
from adaptsr_app.theme.theme import Theme


class Navigation(QObject):
    """Asks for another page; the window answers.

    Signals:
        page_requested: Show the page of this name.
        photos_dropped: These files or folders were handed to the program.
        profile_requested: Show the rank map of this profile's folder.
        comparison_requested: Compare these pictures: a list of (title, path), the photo itself first.
        library_changed: A profile, run or model came, went or got another name.
        ranks_requested: Spend the next training's budget like that: a `RanksForNext`.
        training_requested: Go on with an interrupted training: its `AdaptSettings`.

    Attributes:
        add_photos: Asks for photos; in the window's menu and on pages.
        add_folder: Asks for a folder of photos; the same.
    """

    page_requested = Signal(str)
    photos_dropped = Signal(list)
    profile_requested = Signal(object)
    comparison_requested = Signal(list)
    library_changed = Signal()
    ranks_requested = Signal(object)
    training_requested = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.add_photos = QAction(tr("Add photos …"), self)
        self.add_photos.setShortcut(QKeySequence(QKeySequence.StandardKey.Open))
        self.add_folder = QAction(tr("Add a folder …"), self)
        self.add_folder.setShortcut(QKeySequence("Ctrl+Shift+O"))


@dataclass(slots=True)
class Context:
    """Shared by all pages.

    Attributes:
        theme: The look in force.
        jobs: Starts engine jobs.
        navigation: Leads to other pages.
        preferences: What the user prefers; call `save` after a change.
        home: Folder of what the window keeps itself, such as the state of the wizard.
    """

    theme: Theme
    jobs: JobRunner
    navigation: Navigation
    preferences: Preferences
    home: Path

    def save(self) -> None:
        """Keep the preferences."""
        save_preferences(self.preferences, self.home / "window.json")
