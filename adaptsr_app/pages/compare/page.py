"""The compare page: choose a photo and a part of it, enlarge it in several ways, look closely."""

import shutil
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout
from typing_extensions import override

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background
from adaptsr_app.jobs.compare_job import Part, compare_photo
from adaptsr_app.jobs.library_reading import read_network_choices
from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import message_for, tr
from adaptsr_app.models.comparison import ComparisonModel
from adaptsr_app.pages.compare.results_table import ResultsTable, psnr_text
from adaptsr_app.pages.compare.side_panel import SidePanel
from adaptsr_app.pages.page import Page
from adaptsr_app.widgets.commands import Entry, Submenu, entry_of, visible_entries, with_keys
from adaptsr_app.widgets.compare_view import CompareView, ShownPicture
from adaptsr_app.widgets.compare_view.view import MOST_PICTURES
from adaptsr_app.widgets.drop_zone import paths_of
from adaptsr_app.widgets.job_line import JobLine
from adaptsr_app.widgets.message_banner import MessageBanner
from adaptsr_app.widgets.text import label
from engine.outcomes import Done, Failed
from engine.unfinished import new_scratch_folder

if TYPE_CHECKING:
    from engine.jobs.compare import ComparedPicture, Comparison

_AFTER_FIRST_PAINT_MS = 300
_NOTHING: Part = (0, 0, 0, 0)


class ComparePage(Page):
    """Up to four pictures of the same photo."""

    key = "compare"
    icon = "compare"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.setAcceptDrops(True)
        self.model = ComparisonModel(self)
        self.panel = SidePanel(self.model, context.theme)
        self.view = CompareView(
            context.theme, tr("Drop a photo here, or choose one on the right, to begin.")
        )
        self.table = ResultsTable()
        self.banner = MessageBanner(context.theme)
        self.line = JobLine(self._stop)
        with_keys(self.line.stop, "Ctrl+.")
        self.job: RunningJob | None = None
        self._background = Background(self)
        self._folders: list[Path] = []
        self._shown_photo: Path | None = None
        self._shows_results = False
        self._base = self._whole = self._part = _NOTHING
        self._knows_choices = False
        weakref.finalize(self, _remove, self._folders)
        self._lay_out()
        self.model.changed.connect(self._refresh)
        self.panel.compare_requested.connect(self.compare)
        self.panel.part_requested.connect(self.choose_part)
        self.panel.part.activated.connect(self._show_part)
        self.view.stage.changed.connect(self._show_part)
        context.navigation.comparison_requested.connect(self.show_pictures)
        context.navigation.library_changed.connect(self._library_changed)
        self._refresh()

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Compare")

    def shown(self) -> None:
        """Find out, once the page was painted, what there is to compare."""
        QTimer.singleShot(_AFTER_FIRST_PAINT_MS, self, self._find_choices)

    def commands(self) -> Sequence[Entry]:
        """Return what can be compared, and how the pictures can be looked at."""
        return [
            *self.panel.commands(),
            entry_of(self.line.stop),
            None,
            Submenu(tr("Pictures"), self.view.toolbar.commands()),
            Submenu(tr("Message"), visible_entries(self.banner)),
        ]

    def show_pictures(self, pictures: list[tuple[str, Path]]) -> None:
        """Show pictures that are there already.

        Args:
            pictures: Title and file of up to four; the first is the photo the others came from.
        """
        self.banner.clear()
        self.model.offer(Path(pictures[0][1]))
        self.view.set_pictures(
            [ShownPicture(title, Path(path)) for title, path in pictures[:MOST_PICTURES]]
        )
        self.view.set_mode("split")
        self.context.navigation.page_requested.emit(self.key)

    def choose_part(self) -> None:
        """Show the photo itself again."""
        self._shown_photo = None
        self.model.set_result(None)

    def compare(self) -> None:
        """Enlarge the photo, or what of it is in view, in every chosen way."""
        model = self.model
        if not self._can_compare or model.photo is None:
            return
        self.banner.clear()
        self._part = self._part_in_view() if self.panel.wants_part else self._whole
        folder = new_scratch_folder()
        self._folders.append(folder)
        contenders = [
            (one.kind, one.title, str(model.bicubic_scale) if one.kind == "bicubic" else one.source)
            for one in model.options
        ]
        job = compare_photo(
            model.photo,
            contenders,
            part=None if self._part == self._whole else self._part,
            hr=model.hr,
            out=folder,
            device=self.context.preferences.device,
        )
        title = tr("Comparing on {photo}").format(photo=model.photo.name)
        self.job = self.context.jobs.start(self.key, title, job)
        self.job.happened.connect(self.line.fold)
        self.job.ended.connect(self._ended)
        self.line.show_job(self.job)
        self._refresh()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take photos, and pictures that other tools made of them."""
        if paths_of(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped here, before the window takes it for upscaling."""
        paths = [path for path in paths_of(event.mimeData()) if path.is_file()]
        if paths:
            event.acceptProposedAction()
            self.panel.add_pictures(paths)

    @property
    def _can_compare(self) -> bool:
        return not self.model.problem and self.job is None and self.view.state == "shown"

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 24)
        layout.setSpacing(12)
        layout.addWidget(label(self.title, "title"))
        layout.addWidget(self.banner)
        body = QHBoxLayout()
        body.setSpacing(24)
        layout.addLayout(body, 1)
        left = QVBoxLayout()
        left.setSpacing(12)
        for widget, stretch in ((self.view, 1), (self.table, 0), (self.line, 0)):
            left.addWidget(widget, stretch)
        body.addLayout(left, 1)
        body.addWidget(self.panel)

    def _find_choices(self) -> None:
        if not self._knows_choices:
            self._knows_choices = True
            self._background.submit(read_network_choices, self.model.set_choices)

    def _library_changed(self) -> None:
        self._knows_choices = False
        if self.isVisible():
            self._find_choices()

    def _refresh(self) -> None:
        photo = self.model.photo
        if photo is not None and photo != self._shown_photo:
            self._shown_photo = photo
            self._base, self._shows_results = _NOTHING, False
            self.view.set_pictures([ShownPicture(photo.name, photo)])
        elif photo is None:
            self._shown_photo = None
        self.table.show_comparison(self.model.result)
        self._show_part()

    def _show_part(self) -> None:
        """Say how much would be enlarged, and whether that can begin."""
        if self._shown_photo is not None and self._base == _NOTHING and self.view.state == "shown":
            viewport = self.view.stage.viewport
            self._whole = self._base = (0, 0, viewport.width_px, viewport.height_px)
        words = ""
        if self._shown_photo is not None and self._base != _NOTHING:
            part = self._part_in_view() if self.panel.wants_part else self._whole
            words = tr("{width} × {height} pixels").format(width=part[2], height=part[3])
            if self.panel.wants_part and part == self._whole:
                words = tr("{size}: all of it. Zoom in for less.").format(size=words)
        self.panel.part_size.setText(words)
        self.panel.part_size.setVisible(bool(words))
        self.panel.other_part.setVisible(self._shows_results and self._shown_photo is not None)
        self.panel.compare.setEnabled(self._can_compare)
        self.panel.setEnabled(self.job is None)

    def _part_in_view(self) -> Part:
        """Return what is in view, whatever is shown, in the photo's own pixels."""
        viewport = self.view.stage.viewport
        left, top, width, height = self.view.part_in_view
        base_left, base_top, base_width, base_height = self._base
        across, down = base_width / viewport.width_px, base_height / viewport.height_px
        return (
            base_left + int(left * across),
            base_top + int(top * down),
            max(1, round(width * across)),
            max(1, round(height * down)),
        )

    def _stop(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _ended(self, outcome: object) -> None:
        # Here, because it loads torch; where a job has ended that is there already.
        self.job = None
        self.line.show_job(None)
        match outcome:
            case Done(value):
                self._show_comparison(value)
                _remove(self._folders[:-1])
                del self._folders[:-1]
            case Failed(error, report):
                self.banner.show_message(message_for(error, report))
                _remove([self._folders.pop()])
            case _:
                _remove([self._folders.pop()])
        self._refresh()

    def _show_comparison(self, comparison: "Comparison") -> None:
        pictures = [
            ShownPicture(picture.title, picture.path, _note(picture))
            for picture in comparison.pictures
            if picture.path is not None
        ]
        if comparison.hr is not None:
            pictures.append(ShownPicture(tr("True HR"), comparison.hr))
        self._base, self._shows_results = self._part, True
        several = len(self.view.pictures) > 1
        self.view.set_pictures(pictures)
        if not several and len(pictures) > 1:
            self.view.set_mode("side by side" if len(pictures) > 2 else "split")
        self.model.set_result(comparison)


def _note(picture: "ComparedPicture") -> str:
    if picture.psnr_y_db is None:
        return ""
    words = psnr_text(picture.psnr_y_db)
    return words if picture.psnr_y_db == float("inf") else f"{words} dB"


def _remove(folders: list[Path]) -> None:
    """Delete the pictures of comparisons that are not in view any more."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
