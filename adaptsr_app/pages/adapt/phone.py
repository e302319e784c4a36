"""Step 1: which camera it is for, read from a few of its photos, and what to call the profile."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.jobs.photo_reading import read_photo_facts, read_thumbnail
from adaptsr_app.messages import sentence_of, tr
from adaptsr_app.models.photo_facts import PhotoFacts
from adaptsr_app.pages.adapt.step import Session, Step
from adaptsr_app.photo_types import photo_filter
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.photo_grid import PhotoGrid
from adaptsr_app.widgets.text import label
from engine.config.adapting import CameraName
from engine.data.pairs import is_photo_name, photos_in
from engine.errors import ProfileError
from engine.profiles.library import default_library
from engine.profiles.names import check_profile_name

_MOST_PHOTOS = 24
_FORM_WIDTH_PX = 320


class PhoneStep(Step):
    """Photos at the left, what they say and the name at the right."""

    key = "phone"

    def __init__(self, session: Session) -> None:
        """Show what is known."""
        super().__init__(session)
        self._facts: dict[Path, PhotoFacts] = {}
        self._thumbnails: dict[Path, QImage | str] = {}
        self._asked: set[Path] = set()
        self.grid = PhotoGrid(session.context.theme, tr("Photos of your phone"), takes_drops=True)
        self.grid.set_words(tr("Drop a few photos from your phone here"))
        self.grid.dropped.connect(self.add)
        self.camera = label("", wrap=True)
        self.lenses = label("", "secondary", wrap=True)
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the profile"))
        self.name.setMaxLength(80)
        self.name.textEdited.connect(self._rename)
        self.problem = label("", "warning", wrap=True)
        self.clear = push_button(tr("Remove all"), self._clear)
        with_keys(self.clear, "Ctrl+Shift+X")
        self._lay_out()

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Your phone")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Your phone")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        return tr(
            "A few photos straight from the phone are enough: they say which camera it is. "
            "They are only read, never changed."
        )

    @property
    def is_ready(self) -> bool:
        """True where the profile has a name it can have."""
        return not self._name_problem()

    @property
    def missing(self) -> str:
        """What is missing to go on."""
        return "" if self.is_ready else tr("The profile needs a name.")

    def shown(self) -> None:
        """Show the state; read photos that were not read yet."""
        self._show_photos(self.session.state.phone_photos)
        self._show_facts()

    def add(self, paths: Sequence[Path]) -> None:
        """Take photos, or those in folders, beside the ones there are."""
        found: list[Path] = list(self.session.state.phone_photos)
        for path in paths:
            inside = photos_in(path) if path.is_dir() else [path]
            found += [photo for photo in inside if is_photo_name(photo) and photo not in found]
        self.session.adaptation.update(phone_photos=tuple(found[:_MOST_PHOTOS]))
        self.shown()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        add = push_button(tr("Add photos …"), self._ask)
        add.setAccessibleName(tr("Add photos of your phone"))
        buttons.addWidget(with_keys(add, "Ctrl+Shift+A"))
        buttons.addWidget(self.clear)
        buttons.addStretch()
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.grid, 1)
        left.addLayout(buttons)
        side = QWidget()
        side.setFixedWidth(_FORM_WIDTH_PX)
        form = QFormLayout(side)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setVerticalSpacing(6)
        form.addRow(label(tr("Camera"), "heading"), self.camera)
        form.addRow(label(tr("Lenses"), "heading"), self.lenses)
        form.addRow(label(tr("Name of the profile"), "heading"), self.name)
        form.addRow(self.problem)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addLayout(left, 1)
        row.addWidget(side)
        self.body.addLayout(row, 1)

    def _ask(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, tr("Photos of your phone"), filter=photo_filter()
        )
        if names:
            self.add([Path(name) for name in names])

    def _clear(self) -> None:
        self.session.adaptation.update(phone_photos=(), camera="", made_for=None, lenses=())
        self.shown()

    def _show_photos(self, photos: tuple[Path, ...]) -> None:
        self.grid.empty()
        for path in photos:
            facts = self._facts.get(path)
            picture = self._thumbnails.get(path)
            problem = "" if facts is None else facts.problem
            problem = picture if isinstance(picture, str) else problem
            self.grid.add(path, path.name, tip=problem, warning=bool(problem))
            if isinstance(picture, QImage):
                self.grid.set_picture(path, picture)
            if facts is None and path not in self._asked:
                self._asked.add(path)
                self._read(path)

    def _read(self, path: Path) -> None:
        def take(facts: PhotoFacts) -> None:
            self._facts[path] = facts
            self._learn_camera()
            self._show_photos(self.session.state.phone_photos)
            self._show_facts()

        def take_thumbnail(picture: QImage | str) -> None:
            self._thumbnails[path] = picture
            if isinstance(picture, QImage):
                self.grid.set_picture(path, picture)
            else:
                self._show_photos(self.session.state.phone_photos)

        self.session.background.submit(lambda: read_photo_facts(path), take)
        self.session.background.submit(lambda: read_thumbnail(path), take_thumbnail)

    def _learn_camera(self) -> None:
        """Keep what most photos name; suggest it as the profile's name until there is one."""
        state = self.session.state
        known = [self._facts[path] for path in state.phone_photos if path in self._facts]
        names = [facts.camera_name for facts in known if facts.camera_name]
        camera = max(dict.fromkeys(names), key=names.count) if names else ""
        lenses = dict.fromkeys(
            facts.camera.lens
            for facts in known
            if facts.camera_name == camera and facts.camera is not None and facts.camera.lens
        )
        name = camera if state.name in {"", state.camera} and camera else state.name
        self.session.adaptation.update(
            camera=camera, made_for=_named(known, camera), lenses=tuple(lenses), name=name
        )

    def _show_facts(self) -> None:
        state = self.session.state
        waiting = [path for path in state.phone_photos if path not in self._facts]
        if state.camera:
            self.camera.setText(state.camera)
        elif waiting:
            self.camera.setText(tr("Reading …"))
        elif state.phone_photos:
            self.camera.setText(
                tr(
                    "These photos do not say which camera took them. You can go on, but the "
                    "profile will not be chosen by itself later."
                )
            )
        else:
            self.camera.setText(tr("Not known yet"))
        self.lenses.setText("\n".join(state.lenses) or "–")
        if self.name.text() != state.name:
            self.name.setText(state.name)
        self.clear.setEnabled(bool(state.phone_photos))
        self.problem.setText(self._name_problem() if state.name else "")
        self.changed.emit()

    def _rename(self, text: str) -> None:
        self.session.adaptation.update(name=text)
        self._show_facts()

    def _name_problem(self) -> str:
        state = self.session.state
        try:
            name = check_profile_name(state.name)
        except ProfileError as error:
            return sentence_of(error)
        if not state.installed and (default_library() / name).exists():
            return tr("Your library has a profile of this name. Choose another.")
        return ""


def _named(known: Sequence[PhotoFacts], camera: str) -> CameraName | None:
    """Return what EXIF calls a camera; its lens is left open, for any of them may be used later."""
    found = (facts.camera for facts in known if facts.camera_name == camera)
    facts = next((one for one in found if one is not None and one.model), None)
    return None if facts is None else CameraName(make=facts.make, model=facts.model or "")
