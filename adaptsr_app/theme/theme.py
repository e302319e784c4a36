"""Applies the theme to the whole application and follows the system between light and dark."""

from string import Template
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from adaptsr_app.theme.tokens import Scheme, Tokens, tokens_of
from engine.shipped_files import shipped_file

Appearance = Literal["system", "light", "dark"]

_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "window",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "danger",
    QPalette.ColorRole.ToolTipBase: "surface",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.PlaceholderText: "text_disabled",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Light: "surface",
    QPalette.ColorRole.Dark: "border_strong",
}
_USUAL_PX = 13.0
_USUAL_ANYWAY = 0.2
_STEP, _SMALLEST, _LARGEST = 0.125, 0.75, 2.0
_DISABLED = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
)


class Theme(QObject):
    """The look in force; one for the application.

    Signals:
        changed: The colours are others now; what paints by hand paints again.
    """

    changed = Signal()

    def __init__(self, application: QApplication, appearance: Appearance = "system") -> None:
        """Apply the look and follow the system's scheme if `appearance` says so."""
        super().__init__(application)
        self._application = application
        self._appearance: Appearance = appearance
        application.setStyle("Fusion")
        self._text_scale = 1.0
        application.styleHints().colorSchemeChanged.connect(self._apply)
        application.fontChanged.connect(self._follow_font)
        self._apply()

    @property
    def tokens(self) -> Tokens:
        """The colours and sizes in force."""
        return tokens_of(self._scheme(), self._text_scale)

    def set_appearance(self, appearance: Appearance) -> None:
        """Choose light, dark, or what the system has."""
        self._appearance = appearance
        self._apply()

    def _scheme(self) -> Scheme:
        if self._appearance != "system":
            return self._appearance
        dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if dark else "light"

    def _follow_font(self) -> None:
        # A style sheet gives widgets other fonts, and each time this is called.
        if text_scale_of(self._application.font()) != self._text_scale:
            self._apply()

    def _apply(self) -> None:
        self._text_scale = text_scale_of(self._application.font())
        tokens = self.tokens
        self._application.setPalette(_palette(tokens))
        self._application.setStyleSheet(_style_sheet(tokens))
        self.changed.emit()


def text_scale_of(font: QFont) -> float:
    """Return how much larger the system wants text than systems do unless told.

    Args:
        font: The system's own, such as 9 points on Windows and 10 or 11 on Linux: all of them
            are 12 to 15 pixels, which counts as usual. In steps, so that sizes stay whole.
    """
    ratio = QFontInfo(font).pixelSize() / _USUAL_PX
    if abs(ratio - 1) <= _USUAL_ANYWAY:
        return 1.0
    return min(max(round(ratio / _STEP) * _STEP, _SMALLEST), _LARGEST)


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, tokens.colour(name))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, tokens.colour("text_disabled"))
    return palette


def _style_sheet(tokens: Tokens) -> str:
    template = Template(shipped_file("style", "window.qss").read_text(encoding="utf-8"))
    pictures = {
        name: shipped_file("icons", f"{name}-{tokens.scheme}.svg").as_posix()
        for name in ("caret", "check")
    }
    return template.substitute({**tokens.colours, **tokens.sizes, **pictures})
