"""Reads the colours and sizes of the light and the dark theme."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from PySide6.QtGui import QColor

from engine.shipped_files import shipped_file

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme.

    Attributes:
        scheme: Which one.
        colours: Names as in `resources/style/tokens.toml` to "#rrggbb".
        sizes: Names to logical pixels.
    """

    scheme: Scheme
    colours: dict[str, str]
    sizes: dict[str, int]

    def colour(self, name: str) -> QColor:
        """Return a colour by its token's name."""
        return QColor(self.colours[name])


@cache
def tokens_of(scheme: Scheme, text_scale: float = 1.0) -> Tokens:
    """Return the tokens of a theme.

    Args:
        scheme: Which one.
        text_scale: How much larger the sizes of text are than usual.
    """
    content = tomllib.loads(shipped_file("style", "tokens.toml").read_text(encoding="utf-8"))
    sizes = {
        name: round(size_px * text_scale) if name.startswith("text_") else size_px
        for name, size_px in content["size"].items()
    }
    return Tokens(scheme, dict(content[scheme]), sizes)
