"""The small bar above the stage: mode, zoom, loupe, and which pictures are shown."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from adaptsr_app.messages import tr
from adaptsr_app.theme.icons import icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import tool_button
from adaptsr_app.widgets.commands import Entry, entries_of, with_keys
from adaptsr_app.widgets.compare_view.canvas import CompareCanvas
from adaptsr_app.widgets.compare_view.modes import MODES, Mode, mode_name
from adaptsr_app.widgets.compare_view.picture_store import PictureStore
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip

_ICON = QSize(20, 20)
_LEAST_CHOICE_PX = 80
_GAINS = (1, 2, 4, 8, 16)
_Standard = QKeySequence.StandardKey
_Keys = str | QKeySequence.StandardKey
_MODE_KEYS: dict[Mode, str] = {"split": "S", "side by side": "N", "blink": "B", "difference": "D"}


class Toolbar(QWidget):
    """Controls of one stage; shows at any time what is so."""

    def __init__(self, stage: CompareCanvas, shelf: PictureStore, theme: Theme) -> None:
        super().__init__()
        self._stage, self._shelf, self._theme = stage, shelf, theme
        self._icons: dict[QToolButton, str] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        layout, self._pair = QHBoxLayout(), QWidget()
        layout.setSpacing(2)
        rows.addLayout(layout)
        rows.addWidget(self._pair)
        self._modes = QButtonGroup(self)
        self._mode_buttons: dict[Mode, QToolButton] = {}
        for mode in MODES:
            button = self._button(mode_name(mode), mode, self._mode_setter(mode))
            button.setCheckable(True)
            self._modes.addButton(button)
            with_keys(button, _MODE_KEYS[mode], within=stage)
            self._mode_buttons[mode] = button
            layout.addWidget(button)
        self.left = self._choice(tr("Picture on the left"), self._choose_left)
        self.swap = self._button(tr("Exchange left and right"), "exchange", self._exchange)
        self.right = self._choice(tr("Picture on the right"), self._choose_right)
        self.gain = self._choice(tr("Brightness of the difference"), self._choose_gain)
        for gain in _GAINS:
            self.gain.addItem(f"× {gain}", gain)
        self.gain.setCurrentIndex(_GAINS.index(stage.scene.gain))
        pair_layout = QHBoxLayout(self._pair)
        pair_layout.setContentsMargins(0, 0, 0, 0)
        pair_layout.setSpacing(4)
        for widget in (self.left, self.swap, self.right, self.gain):
            pair_layout.addWidget(widget)
        pair_layout.addStretch()
        layout.addStretch()
        with_keys(self.swap, "X", within=stage)
        self.loupe = self._button(tr("Loupe"), "loupe", self._toggle_loupe)
        self.loupe.setCheckable(True)
        with_keys(self.loupe, "L", within=stage)
        self.zoom = label("", "small")
        self.zoom.setMinimumWidth(48)
        zooming: tuple[tuple[str, str, Callable[[], object], tuple[_Keys, ...]], ...] = (
            (tr("Zoom out"), "zoom out", lambda: stage.zoom_by(-1), ("-", _Standard.ZoomOut)),
            (tr("Zoom in"), "zoom in", lambda: stage.zoom_by(1), ("+", "=", _Standard.ZoomIn)),
            (tr("Fit"), "fit", stage.fit, ("0",)),
            (tr("100 %"), "actual size", lambda: stage.zoom_to(1.0), ("1",)),
        )
        layout.addWidget(self.loupe)
        for name, icon_name, zoom, keys in zooming:
            layout.addWidget(with_keys(self._button(name, icon_name, zoom), *keys, within=stage))
            if icon_name == "zoom out":
                layout.addWidget(self.zoom)
        stage.changed.connect(self._show)
        shelf.changed.connect(self._show_titles)
        theme.changed.connect(self._draw_icons)
        self._draw_icons()
        self._show_titles()

    def commands(self) -> list[Entry]:
        """Return what can be done with the pictures, for a menu."""
        return [*entries_of(self), None, *self._stage.actions_without_button]

    def _button(self, name: str, icon_name: str, on_click: Callable[[], object]) -> QToolButton:
        button = tool_button(name, on_click, icon(icon_name, self._theme.tokens))
        button.setIconSize(_ICON)
        self._icons[button] = icon_name
        return button

    def _choice(self, name: str, on_choice: Callable[[int], None]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        set_tip(box, name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMinimumWidth(_LEAST_CHOICE_PX)
        box.activated.connect(on_choice)
        return box

    def _mode_setter(self, mode: Mode) -> Callable[[], None]:
        return lambda: self._stage.set_mode(mode)

    def _choose_left(self, index: int) -> None:
        self._stage.scene.left = index
        self._stage.set_mode(self._stage.mode)

    def _choose_right(self, index: int) -> None:
        self._stage.scene.right = index
        self._stage.set_mode(self._stage.mode)

    def _choose_gain(self, index: int) -> None:
        self._stage.scene.gain = _GAINS[index]
        self._stage.set_mode(self._stage.mode)

    def _exchange(self) -> None:
        scene = self._stage.scene
        scene.left, scene.right = scene.right, scene.left
        self._stage.set_mode(self._stage.mode)

    def _toggle_loupe(self) -> None:
        self._stage.set_loupe(self.loupe.isChecked())

    def _show(self) -> None:
        scene, count = self._stage.scene, len(self._shelf.entries)
        self._mode_buttons[self._stage.mode].setChecked(True)
        for button in self._mode_buttons.values():
            button.setEnabled(count > 1)
        pairs = self._stage.mode in {"split", "difference"} and count > 1
        is_difference = self._stage.mode == "difference"
        for choice in (self.left, self.swap, self.right):
            choice.setVisible(count > 2)
        self.gain.setVisible(is_difference)
        self._pair.setVisible(pairs and (count > 2 or is_difference))
        self.loupe.setChecked(scene.has_loupe)
        has_size = self._shelf.size_px != (0, 0)
        self.zoom.setText(f"{100 * self._stage.viewport.zoom:.0f} %" if has_size else "")
        if self.left.count():
            self.left.setCurrentIndex(scene.left % self.left.count())
            self.right.setCurrentIndex(scene.right % self.right.count())

    def _show_titles(self) -> None:
        titles = [entry.picture.title for entry in self._shelf.entries]
        for box in (self.left, self.right):
            if [box.itemText(index) for index in range(box.count())] != titles:
                box.clear()
                box.addItems(titles)
        self._show()

    def _draw_icons(self) -> None:
        for button, name in self._icons.items():
            button.setIcon(icon(name, self._theme.tokens))
