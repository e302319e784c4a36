"""Step 6: whether it got better, seen and measured on photos it never saw, and what to do with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from adaptsr_app.jobs.adapt_jobs import export_job, pictures_job
from adaptsr_app.messages import Message, message_for, tr
from adaptsr_app.models.folder_contents import ENOUGH_PAIRS
from adaptsr_app.pages.adapt.step import Session, Step, WizardJob, fills_the_rest
from adaptsr_app.theme.icons import icon
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.compare_view import CompareView, ShownPicture
from adaptsr_app.widgets.job_line import JobLine
from adaptsr_app.widgets.quality_table import QualityTable
from adaptsr_app.widgets.text import label
from engine.config.exporting import ExportSettings
from engine.errors import EngineError
from engine.profiles.library import default_library, install_profile
from engine.profiles.profile import Profile, load_profile

if TYPE_CHECKING:
    from engine.evaluation.held_out import HeldOutPictures

_ICON_PX = 28
_SMALLEST_PX = 200
_TABLE_WIDTH_PX = 470
_FORMATS = (
    "PyTorch, chaiNNer, ComfyUI (*.safetensors)",
    "ONNX (*.onnx)",
    "darktable (*.dtmodel)",
    "Upscayl, ncnn (*.param)",
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A profile, or why it cannot be read."""

    profile: Profile | None
    error: EngineError | None = None


class ResultStep(Step):
    """A sentence, the pictures, the numbers, and three things to do."""

    key = "result"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._folder: Path | None = None
        self._profile: Profile | None = None
        self._pictures: dict[str, HeldOutPictures] = {}
        self.verdict_icon = label()
        self.verdict = label("", "title", wrap=True)
        self.advice = label("", "secondary", wrap=True)
        self.install = push_button(tr("Install the profile"), self._install, "primary")
        self.upscale = push_button(tr("Upscale photos now"), self._upscale, "primary")
        self.export = push_button(tr("Export …"), self._ask_export)
        self.anew = push_button(tr("Adapt another camera"), self._start_over)
        for button, keys in (
            (self.install, "Ctrl+I"),
            (self.upscale, "Ctrl+U"),
            (self.export, "Ctrl+E"),
            (self.anew, "Ctrl+N"),
        ):
            with_keys(button, keys)
        self.progress = JobLine(session.cancel_current)
        self.view = CompareView(
            session.context.theme, tr("Before and after appear here in a moment")
        )
        self.table = QualityTable()
        self.table.chosen.connect(self._show_photo)
        self._lay_out()
        session.happened.connect(self._follow)
        session.job_changed.connect(self._show)
        session.context.theme.changed.connect(self._show)

    @property
    def title(self) -> str:
        """Its short name in the row of steps."""
        return tr("Result")

    @property
    def heading(self) -> str:
        """What it is about."""
        return tr("Result")

    @property
    def sentence(self) -> str:
        """What the user does here."""
        started = self.session.state.started
        if started is not None and started.lr_from != "pairs":
            return tr(
                "Measured on sharp photos that were made to look like your phone's: this tells how "
                "well that was learnt, and less about the phone itself."
            )
        return tr("Measured on photos that were kept out of the training.")

    @property
    def is_ready(self) -> bool:
        """True once the profile is installed."""
        return self.session.state.installed

    def shown(self) -> None:
        """Read the profile; make the pictures unless they are there."""
        folder = self.session.state.result
        if folder is None or folder == self._folder:
            self._show()
            return
        self._folder, self._profile, self._pictures = folder, None, {}
        self.view.clear()

        def read() -> _Read:
            try:
                return _Read(load_profile(folder))
            except EngineError as error:
                return _Read(None, error)

        self.session.background.submit(read, self._take)
        self._show()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.verdict_icon, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.verdict, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.install, self.upscale, self.export):
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self.anew)
        parts = QHBoxLayout()
        parts.setSpacing(16)
        parts.addWidget(self.view, 3)
        parts.addWidget(self.table, 2)
        self.view.setMinimumWidth(_SMALLEST_PX)
        fills_the_rest(self.view, _SMALLEST_PX)
        fills_the_rest(self.table, _SMALLEST_PX)
        self.table.setMinimumWidth(_TABLE_WIDTH_PX)
        self.body.addLayout(top)
        self.body.addWidget(self.advice)
        self.body.addLayout(buttons)
        self.body.addWidget(self.progress)
        self.body.addLayout(parts, 1)

    def _take(self, read: _Read) -> None:
        if read.error is not None:
            self.session.say(message_for(read.error))
        self._profile = read.profile
        if read.profile is not None:
            self.table.show_photos(read.profile.provenance.photos)
            self._make_pictures()
        self._show()

    def _make_pictures(self) -> None:
        state, folder = self.session.state, self._folder
        if state.started is None or folder is None:
            return
        job = pictures_job(state.started, folder)
        self.session.start(
            WizardJob.PICTURES, tr("Making before and after"), job, self._take_pictures
        )

    def _take_pictures(self, pictures: object) -> None:
        if isinstance(pictures, tuple):
            self._pictures = {picture.name: picture for picture in pictures}
        self.table.choose_first()

    def _show_photo(self, name: str) -> None:
        picture, profile = self._pictures.get(name), self._profile
        if picture is None or profile is None:
            return
        measured = {photo.name: photo for photo in profile.provenance.photos}[name].psnr_y_db
        rows = [
            (tr("Before"), picture.backbone, measured.get("backbone")),
            (tr("After"), picture.adapted, measured.get("adapted")),
            (tr("Bicubic"), picture.bicubic, measured.get("bicubic")),
            (tr("Sharp original"), picture.hr, None),
        ]
        self.view.set_pictures(
            [
                ShownPicture(title, pixels, "" if psnr_y_db is None else f"{psnr_y_db:.2f} dB")
                for title, pixels, psnr_y_db in rows
            ]
        )

    def _install(self) -> None:
        folder = self._folder
        if folder is None:
            return

        def copy() -> _Read:
            try:
                return _Read(install_profile(folder))
            except EngineError as error:
                return _Read(None, error)

        def take(read: _Read) -> None:
            if read.error is not None:
                self.session.say(message_for(read.error))
            else:
                self.session.adaptation.update(installed=True)
                self.session.context.navigation.library_changed.emit()
            self._show()

        self.install.setEnabled(False)
        self.session.background.submit(copy, take)

    def _upscale(self) -> None:
        self.session.context.navigation.page_requested.emit("upscale")

    def _ask_export(self) -> None:
        profile = self._profile
        if profile is None:
            return
        name, chosen = QFileDialog.getSaveFileName(
            self, tr("Export the network"), f"{profile.name}.safetensors", ";;".join(_FORMATS)
        )
        if name:
            path = Path(name)
            suffix = chosen[chosen.rfind("*") + 1 : -1]
            self.export_to(path if path.suffix else path.with_suffix(suffix))

    def export_to(self, path: Path) -> None:
        """Write the network for another program; the kind follows from the name's ending."""
        settings = ExportSettings(profile=self._folder, out=path, overwrite=True)

        def told(_exported: object) -> None:
            text = tr("{name} is written and was checked.").format(name=path.name)
            self.session.say(Message(tr("Exported"), text))

        self.session.start(WizardJob.EXPORT, tr("Exporting"), export_job(settings), told)

    def _start_over(self) -> None:
        self._folder, self._profile, self._pictures = None, None, {}
        self.view.clear()
        self.session.adaptation.start_over()

    def _follow(self, event: object) -> None:
        if self.session.does(WizardJob.PICTURES) or self.session.does(WizardJob.EXPORT):
            self.progress.fold(event)

    def _show(self) -> None:
        state, profile = self.session.state, self._profile
        own = self.session.does(WizardJob.PICTURES) or self.session.does(WizardJob.EXPORT)
        self.progress.show_job(self.session.job if own else None)
        better = profile is not None and profile.provenance.verdict.better
        tone = "good" if better else "warning"
        tokens = self.session.context.theme.tokens
        pixmap = icon(tone, tokens, tone).pixmap(QSize(_ICON_PX, _ICON_PX))
        self.verdict_icon.setPixmap(pixmap)
        self.verdict_icon.setVisible(profile is not None)
        words = tr("Reading the result …") if self._folder is not None else ""
        self.verdict.setText(words if profile is None else profile.provenance.verdict.sentence)
        self.advice.setText("" if profile is None else self._advice(profile, better))
        self.advice.setVisible(bool(self.advice.text()))
        self.install.setText(tr("Install the profile") if better else tr("Install it anyway"))
        self.install.setVisible(not state.installed)
        self.install.setEnabled(profile is not None)
        self.upscale.setVisible(state.installed)
        self.export.setEnabled(profile is not None and self.session.job is None)
        self.anew.setEnabled(self.session.job is None)
        self.changed.emit()

    def _advice(self, profile: Profile, better: bool) -> str:
        state = self.session.state
        if state.installed:
            where = default_library() / profile.name
            words = tr("Installed. Photos of {camera} get this profile from now on.")
            camera = profile.provenance.camera
            if camera is None or not better:
                words = tr("Installed as “{name}” in {folder}. Choose it when you upscale.")
            name = state.camera or tr("this camera")
            return words.format(camera=name, name=profile.name, folder=where.parent)
        if better:
            return tr("Install the profile to use it whenever you upscale photos of this camera.")
        hints = []
        if state.usable < ENOUGH_PAIRS:
            hints.append(
                tr("more photos to learn from ({count} so far)").format(count=state.usable)
            )
        if state.effort == "quick":
            hints.append(tr("a longer training"))
        if state.source == "camera":
            hints.append(tr("pairs of the same scenes instead of phone photos alone"))
        hints.append(tr("a larger share that may change"))
        return tr("What usually helps: {hints}.").format(hints=", ".join(hints))
