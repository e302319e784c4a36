"""One profile as a card: whose camera, how much sharper, and what can be done with it."""

from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout
from typing_extensions import override

from adaptsr_app.messages import tr, tr_count
from adaptsr_app.models.quantities import day_text
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import push_button, tool_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.files import reveal
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip
from engine.formatting import format_size
from engine.profiles.profile import PROFILE_FILES, Profile

_WIDTH_PX = 344
_ICON_PX = 28
_KEYS = {
    "rename": "F2",
    "duplicate": "Ctrl+D",
    "export": "Ctrl+E",
    "folder": "Ctrl+R",
    "delete": "Delete",
}
"""While the card, or something in it, has the focus."""


class NameField(QLineEdit):
    """A name that is being changed.

    Signals:
        given_up: Escape was pressed.
    """

    given_up = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class ProfileAction(Enum):
    """What can be asked for on a card, beside a new name."""

    RANK_MAP = auto()
    DUPLICATE = auto()
    EXPORT = auto()
    DELETE = auto()


class ProfileCard(QFrame):
    """Shows a profile.

    Signals:
        renamed: The new name.
        action_requested: A `ProfileAction`.
    """

    renamed = Signal(str)
    action_requested = Signal(object)

    def __init__(self, profile: Profile, theme: Theme) -> None:
        super().__init__()
        self.profile = profile
        self._theme = theme
        self.setProperty("role", "card")
        self.setFixedWidth(_WIDTH_PX)
        self.setAccessibleName(profile.name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._phone = QLabel()
        self.name = ElidedLabel(profile.name, "heading")
        self.field = NameField(profile.name)
        self.field.setAccessibleName(tr("New name"))
        self.field.hide()
        self.field.returnPressed.connect(self._finish)
        self.field.given_up.connect(self._stop_renaming)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._phone)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(self.field)
        words.addWidget(ElidedLabel(_camera(profile), "secondary"))
        head.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        verdict = profile.provenance.verdict
        gain = label(_gain(profile), "good" if verdict.better else "warning", wrap=True)
        set_tip(gain, verdict.sentence)
        layout.addWidget(gain)
        layout.addWidget(ElidedLabel(_facts(profile), "small"))
        layout.addLayout(self._buttons())
        theme.changed.connect(self._draw)
        self._draw()

    def rename(self) -> None:
        """Let the user type another name."""
        self.name.hide()
        self.field.setText(self.profile.name)
        self.field.show()
        self.field.setFocus()
        self.field.selectAll()

    @override
    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.show_map.click()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.show_map = push_button(
            tr("Rank map"), lambda: self.action_requested.emit(ProfileAction.RANK_MAP)
        )
        with_keys(self.show_map, "Return", within=self)
        row.addWidget(self.show_map)
        row.addStretch()
        actions = {
            "rename": (tr("Rename"), self.rename),
            "duplicate": (
                tr("Duplicate"),
                lambda: self.action_requested.emit(ProfileAction.DUPLICATE),
            ),
            "export": (
                tr("Export as one file"),
                lambda: self.action_requested.emit(ProfileAction.EXPORT),
            ),
            "folder": (tr("Show in its folder"), lambda: reveal(self.profile.merged_path)),
            "delete": (tr("Delete"), lambda: self.action_requested.emit(ProfileAction.DELETE)),
        }
        self.tools: dict[str, QToolButton] = {}
        for name, (words, action) in actions.items():
            button = tool_button(
                f"{words}: {self.profile.name}", action, icon(name, self._theme.tokens)
            )
            set_tip(button, words)
            with_keys(button, _KEYS[name], within=self)
            self.tools[name] = button
            row.addWidget(button)
        return row

    def _finish(self) -> None:
        name = self.field.text().strip()
        self._stop_renaming()
        if name and name != self.profile.name:
            self.renamed.emit(name)

    def _stop_renaming(self) -> None:
        self.field.hide()
        self.name.show()
        self.tools["rename"].setFocus()

    def _draw(self) -> None:
        tokens = self._theme.tokens
        size = QSize(_ICON_PX, _ICON_PX)
        self._phone.setPixmap(icon("phone", tokens, "text_secondary").pixmap(size))
        for name, button in self.tools.items():
            button.setIcon(icon(name, tokens, "text_secondary"))


def folder_bytes(folder: Path) -> int:
    """Return the size of a profile's files; 0 for those that are gone."""
    total = 0
    for name in PROFILE_FILES:
        try:
            total += (folder / name).stat().st_size
        except OSError:
            continue
    return total


def _camera(profile: Profile) -> str:
    camera = profile.provenance.camera
    known = () if camera is None else (camera.make, camera.model)
    return " ".join(part for part in known if part) or tr("Camera not named")


def _gain(profile: Profile) -> str:
    verdict = profile.provenance.verdict
    photos = tr_count("1 photo", "%n photos", verdict.photos)
    if verdict.better:
        words = tr("Sharper by {gain:.2f} dB on {photos} it never saw")
    else:
        words = tr("Not better: {gain:+.2f} dB on {photos} it never saw")
    return words.format(gain=verdict.gain_db, photos=photos)


def _facts(profile: Profile) -> str:
    origin = profile.provenance
    return " · ".join(
        (
            day_text(origin.created_at),
            format_size(folder_bytes(profile.folder)),
            f"×{profile.scale}",
            origin.backbone.name,
        )
    )
