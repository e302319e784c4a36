"""Icons in the theme's colours, from one icon font, and the program's own icon."""

import qtawesome
from PySide6.QtGui import QIcon

from adaptsr_app.theme.tokens import Tokens
from engine.shipped_files import shipped_file

_GLYPHS = {
    "upscale": "ph.arrows-out",
    "adapt": "ph.sliders-horizontal",
    "rank map": "ph.grid-four",
    "compare": "ph.square-half",
    "library": "ph.books",
    "settings": "ph.gear-six",
    "add": "ph.plus",
    "remove": "ph.x",
    "delete": "ph.trash",
    "start": "ph.play",
    "pause": "ph.pause",
    "stop": "ph.stop",
    "retry": "ph.arrow-clockwise",
    "open": "ph.arrow-square-out",
    "folder": "ph.folder-open",
    "photo": "ph.image",
    "photos": "ph.image",
    "phone": "ph.device-mobile-camera",
    "good": "ph.check-circle",
    "warning": "ph.warning",
    "danger": "ph.warning-circle",
    "info": "ph.info",
    "up": "ph.caret-up",
    "down": "ph.caret-down",
    "back": "ph.caret-left",
    "next": "ph.caret-right",
    "download": "ph.download-simple",
    "export": "ph.export",
    "rename": "ph.pencil-simple",
    "duplicate": "ph.copy",
    "pin": "ph.push-pin",
    "zoom in": "ph.magnifying-glass-plus",
    "zoom out": "ph.magnifying-glass-minus",
    "fit": "ph.corners-out",
    "actual size": "ph.number-square-one",
    "loupe": "ph.magnifying-glass",
    "exchange": "ph.swap",
    "split": "ph.square-half",
    "side by side": "ph.columns",
    "blink": "ph.eye",
    "difference": "ph.circle-half",
    "more": "ph.dots-three",
}


def icon(name: str, tokens: Tokens, colour: str = "text") -> QIcon:
    """Return an icon.

    Args:
        name: What it stands for, such as "delete".
        tokens: Theme to draw it in.
        colour: Token of its colour.

    Raises:
        KeyError: If there is no such icon.
    """
    made: QIcon = qtawesome.icon(
        _GLYPHS[name],
        color=tokens.colours[colour],
        color_disabled=tokens.colours["text_disabled"],
    )
    return made


def program_icon() -> QIcon:
    """Return the icon of the program itself."""
    return QIcon(str(shipped_file("icons", "adaptsr.svg")))
