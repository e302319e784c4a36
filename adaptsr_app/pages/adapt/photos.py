"""Step 2: what to learn from, where it lies, and whether it is enough."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QListWidgetItem, QWidget

from adaptsr_app.jobs.adapt_jobs import register_job
from adaptsr_app.messages import tr
from adaptsr_app.models.adaptation import Source
from adaptsr_app.models.material import (
    FEWEST_PAIRS,
    FEWEST_PHONE_PHOTOS,
    Item,
    Material,
    read_pairs,
    read_photos,
    skipped_in_words,
)
from adaptsr_app.models.photo_facts import read_thumbnail
from adaptsr_app.pages.adapt.pair_dialog import PairDialog
from adaptsr_app.pages.adapt.sources import found_in_words, source_choices, wanted_in_words
from adaptsr_app.pages.adapt.step import Session, Step, fills_the_rest
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.choice_cards import ChoiceCards
from adaptsr_app.widgets.folder_field import FolderField
from adaptsr_app.widgets.job_line import JobLine
from adaptsr_app.widgets.photo_grid import PhotoGrid
from adaptsr_app.widgets.text import label, set_role
from engine.config import RegisterSettings
from engine.events import PairRegistered

_SCALES = (2, 3, 4)
_MOST_PICTURES = 60
_LINING_UP = "line up"
_SMALLEST_GRID_PX = 140


class PhotosStep(Step):
    """Three choices, their folders, and what was found in them."""

    key = "photos"

    def __init__(self, session: Session) -> None:
        """Show what was chosen."""
        super().__init__(session)
        self._asked = 0
        self._looking = False
        self._material: Material | None = None
        self._phone_material: Material | None = None
        self.sources = ChoiceCards(tr("What to learn from"), source_choices())
        self.sources.chosen.connect(self._choose_source)
        self.phone_folder = FolderField(tr("Phone photos"), tr("Folder of your phone's photos"))
        self.better_folder = FolderField(
            tr("The same scenes, sharper"), tr("Folder of the better camera's photos")
        )
        self.sharp_folder = FolderField(
            tr("Sharp photos"), tr("Folder of sharp photos of anything, by any good camera")
        )
        self.pairs_folder = FolderField(
            tr("Data set"), tr("Folder that holds a folder LR and a folder HR")
        )
        self.scale = QComboBox()
        self.scale.setAccessibleName(tr("Enlarge"))
        for scale in _SCALES:
            self.scale.addItem(tr("{scale} times").format(scale=scale), scale)
        self.line_up = push_button(tr("Line up the photos"), self._line_up, "primary")
        self.progress = JobLine(session.cancel_current)
        self.summary = label("", "heading", wrap=True)
        self.skipped = label("", "small", wrap=True)
        self.grid = PhotoGrid(session.context.theme, tr("What was found"))
        self._form = QFormLayout()
        self._connect()
        self._lay_out()

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Photos")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Photos to learn from")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        return tr("What the network learns from decides what it will be good at.")

    @property
    def is_ready(self) -> bool:
        """True where there is enough to learn from and to check on."""
        state = self.session.state
        return state.usable >= FEWEST_PAIRS and not self.session.does(_LINING_UP)

    @property
    def missing(self) -> str:
        """What is missing to go on."""
        return "" if self.is_ready else tr("There is not enough to learn from yet.")

    def shown(self) -> None:
        """Show the state, and look into its folders again: photos come and go."""
        state = self.session.state
        self.sources.choose(state.source)
        if state.phone_folder is None and state.phone_photos:
            self.session.adaptation.update(phone_folder=state.phone_photos[0].parent)
        state = self.session.state
        self.phone_folder.set_folder(state.phone_folder)
        self.better_folder.set_folder(state.better_folder)
        self.sharp_folder.set_folder(state.sharp_folder)
        self.pairs_folder.set_folder(state.pairs)
        self.scale.setCurrentIndex(self.scale.findData(state.scale))
        self._look()

    def _connect(self) -> None:
        for field, name in (
            (self.phone_folder, "phone_folder"),
            (self.better_folder, "better_folder"),
            (self.sharp_folder, "sharp_folder"),
            (self.pairs_folder, "pairs"),
        ):
            field.chosen.connect(partial(self._choose_folder, name))
        self.grid.itemActivated.connect(self._open)
        self.scale.activated.connect(self._choose_scale)
        self.session.happened.connect(self._follow)
        self.session.job_changed.connect(self._show)

    def _lay_out(self) -> None:
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        for field, name in (
            (self.phone_folder, tr("Phone photos")),
            (self.better_folder, tr("The same scenes, sharper")),
            (self.sharp_folder, tr("Sharp photos")),
            (self.pairs_folder, tr("Data set")),
        ):
            self._form.addRow(name, field)
        beside = QWidget()
        row = QHBoxLayout(beside)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.scale)
        row.addStretch()
        row.addWidget(self.line_up)
        self._form.addRow(tr("Enlarge"), beside)
        self.body.addWidget(self.sources)
        self.body.addLayout(self._form)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.summary)
        fills_the_rest(self.grid, _SMALLEST_GRID_PX)
        self.body.addWidget(self.grid, 1)
        self.body.addWidget(self.skipped)

    def _choose_source(self, source: Source) -> None:
        self.session.adaptation.update(source=source, usable=0)
        self._look()

    def _choose_folder(self, name: str, folder: object) -> None:
        self.session.adaptation.update(**{name: folder, "usable": 0})
        if name in {"phone_folder", "better_folder"} and self.session.state.source == "pairs":
            self.session.adaptation.update(pairs=None)
        self._look()

    def _choose_scale(self, index: int) -> None:
        self.session.adaptation.update(scale=self.scale.itemData(index), backbone="")
        self._look()

    def _look(self) -> None:
        """Look into the folders, off this thread; a later look makes an earlier one void."""
        self._asked += 1
        self._material = self._phone_material = None
        state, asked = self.session.state, self._asked
        folder, scale, phone = state.material, state.scale, state.phone_folder
        self._looking = state.source is not None and folder is not None
        self._show()
        if not self._looking or folder is None:
            return

        def work() -> tuple[Material, Material | None]:
            if state.source == "camera":
                return read_photos(folder), None if phone is None else read_photos(phone)
            return read_pairs(folder, scale), None

        def take(found: tuple[Material, Material | None]) -> None:
            if asked == self._asked:
                self._looking = False
                self._material, self._phone_material = found
                self._keep_usable()
                self._fill(self._material)
                self._show()

        self.session.background.submit(work, take)

    def _keep_usable(self) -> None:
        material, phone = self._material, self._phone_material
        usable = 0 if material is None else material.usable
        if self.session.state.source == "camera" and (
            phone is None or phone.usable < FEWEST_PHONE_PHOTOS
        ):
            usable = 0
        self.session.adaptation.update(usable=usable)

    def _fill(self, material: Material) -> None:
        self.grid.empty()
        for number, item in enumerate(material.items):
            self.grid.add(item.name, item.name, tip=item.sentence, warning=item.verdict == "bad")
            if number < _MOST_PICTURES:
                self._ask_picture(item, self._asked)

    def _ask_picture(self, item: Item, asked: int) -> None:
        path = item.files[-1]

        def take(picture: QImage | str) -> None:
            if asked == self._asked and isinstance(picture, QImage):
                self.grid.set_picture(item.name, picture)

        self.session.background.submit(lambda: read_thumbnail(path), take)

    def _line_up(self) -> None:
        state = self.session.state
        if state.phone_folder is None or state.better_folder is None:
            return
        out = self.session.context.home / "pairs" / f"{state.name or 'camera'} x{state.scale}"
        settings = RegisterSettings(
            lr=state.phone_folder, hr=state.better_folder, out=out, scale=state.scale
        )
        self.grid.empty()
        self.session.start(
            _LINING_UP,
            tr("Lining up photos"),
            register_job(settings),
            lambda _report: self._lined_up(out),
        )

    def _lined_up(self, out: object) -> None:
        self.session.adaptation.update(pairs=out)
        self._look()

    def _follow(self, event: object) -> None:
        if not self.session.does(_LINING_UP):
            return
        self.progress.fold(event)
        if isinstance(event, PairRegistered):
            self.grid.add(
                event.name, event.name, tip=event.sentence, warning=event.verdict == "rejected"
            )

    def _show(self) -> None:
        state = self.session.state
        working = self.session.does(_LINING_UP)
        for field, sources in (
            (self.phone_folder, {"pairs", "camera"}),
            (self.better_folder, {"pairs"}),
            (self.sharp_folder, {"camera"}),
            (self.pairs_folder, {"data set"}),
        ):
            self._form.setRowVisible(field, state.source in sources)
            field.setEnabled(not working)
        self._form.setRowVisible(self._form.rowCount() - 1, state.source is not None)
        self.sources.setEnabled(not working)
        self.scale.setEnabled(not working)
        folders = state.phone_folder is not None and state.better_folder is not None
        self.line_up.setVisible(state.source == "pairs" and not working)
        self.line_up.setEnabled(folders and self.session.job is None)
        self.progress.show_job(self.session.job if working else None)
        self._show_words(working)
        self.changed.emit()

    def _show_words(self, working: bool) -> None:
        material = self._material
        if material is None and not working:
            self.grid.empty()
        self.skipped.setText("" if material is None else skipped_in_words(material))
        self.skipped.setVisible(bool(self.skipped.text()))
        text, is_enough = self._words(working)
        self.summary.setText(text)
        self.summary.setVisible(bool(text))
        set_role(self.summary, "heading" if is_enough else "warning")
        waiting = tr("The photos that were found appear here")
        self.grid.set_words(tr("Looking …") if self._looking else waiting)

    def _words(self, working: bool) -> tuple[str, bool]:
        """Return what is to be said about what was found, and whether it is enough."""
        source, material = self.session.state.source, self._material
        if working or self._looking or source is None:
            return "", True
        if material is None:
            return wanted_in_words(source), True
        return found_in_words(source, material, self._phone_material)

    def _open(self, entry: QListWidgetItem) -> None:
        """Show a pair's two photos on top of each other."""
        items = () if self._material is None else self._material.items
        item = next((item for item in items if item.name == entry.text()), None)
        if item is not None:
            dialog = PairDialog(self.session.context.theme, item, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()
