"""The before/after viewer as other modules use it: pictures in, a toolbar and a stage.

A picture is never held whole: a worker decodes it once and writes tiles of 512 px, in ever smaller
sizes, to an unnamed temporary file; the canvas paints those in sight and asks for the ones it lacks.
All panes share one `Viewport`; pictures of different sizes are laid over the largest. Colours go to
sRGB tile by tile (`opening` says how far Qt lets the screen's profile be followed).
"""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.compare_view.canvas import CompareCanvas
from adaptsr_app.widgets.compare_view.modes import Mode
from adaptsr_app.widgets.compare_view.picture import ShownPicture
from adaptsr_app.widgets.compare_view.picture_store import PictureStore
from adaptsr_app.widgets.compare_view.toolbar import Toolbar

MOST_PICTURES = 4

State = Literal["empty", "loading", "failed", "shown"]


class CompareView(QWidget):
    """One to four pictures of the same scene, laid over each other whatever their sizes.

    Nothing is decoded on the window's thread, and at most some 200 MB of tiles are kept.

    Signals:
        state_changed: `state` may be another one.
        settled: Everything in sight is painted as sharp as it gets.
    """

    state_changed = Signal()
    settled = Signal()

    def __init__(self, theme: Theme, empty_text: str = "") -> None:
        """Show nothing yet.

        Args:
            theme: Colours.
            empty_text: What to do to see something here; a general sentence if "".
        """
        super().__init__()
        self._shelf = PictureStore(self)
        self.stage = CompareCanvas(self._shelf, theme)
        self.toolbar = Toolbar(self.stage, self._shelf, theme)
        if empty_text:
            self.stage.scene.empty_text = empty_text
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.toolbar)
        layout.addWidget(self.stage, 1)
        self.setFocusProxy(self.stage)
        self._shelf.changed.connect(self.state_changed)
        self.stage.settled.connect(self.settled)

    @property
    def pictures(self) -> tuple[ShownPicture, ...]:
        """What was set last."""
        return tuple(entry.picture for entry in self._shelf.entries)

    @property
    def state(self) -> State:
        """What the viewer shows: failed only where no picture can be seen."""
        entries = self._shelf.entries
        if not entries:
            return "empty"
        if self._shelf.is_opening:
            return "loading"
        return "failed" if all(entry.problem for entry in entries) else "shown"

    @property
    def problems(self) -> tuple[str, ...]:
        """For each picture why it cannot be shown, or ""."""
        return tuple(entry.problem for entry in self._shelf.entries)

    @property
    def mode(self) -> Mode:
        """The way the pictures are looked at."""
        return self.stage.mode

    @property
    def part_in_view(self) -> tuple[int, int, int, int]:
        """The part of the largest picture in sight: left, top, width, height in its pixels."""
        return self.stage.viewport.part_in(self.stage.panes[0])

    def set_mode(self, mode: Mode) -> None:
        """Look at the pictures in another way."""
        self.stage.set_mode(mode)

    def set_pictures(self, pictures: Sequence[ShownPicture], *, keep_view: bool = False) -> None:
        """Show these; a `ShownPicture` that is shown already is not opened again.

        Args:
            pictures: Up to four. The first two are left and right of the handle.
            keep_view: Stay at the same zoom and place, for another state of the same scene.

        Raises:
            ValueError: If there are more than four.
        """
        if len(pictures) > MOST_PICTURES:
            raise ValueError(f"{len(pictures)} pictures; {MOST_PICTURES} at most")
        if not keep_view:
            self.stage.viewport.fits = True
            self.stage.scene.left, self.stage.scene.right = 0, 1
            self.stage.scene.turn = 0
        self._shelf.put(pictures)

    def clear(self) -> None:
        """Show nothing, and let go of files and memory."""
        self.set_pictures([])
