"""Finds the files that ship with AdaptSR, wherever it was installed."""

from importlib.resources import files
from pathlib import Path

_PACKAGE = "resources"


def shipped_file(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as `shipped_file("style", "window.qss")`.

    Programs and libraries read these files by their paths, so AdaptSR is installed as files, never
    run out of an archive.
    """
    return Path(str(files(_PACKAGE))).joinpath(*parts)
