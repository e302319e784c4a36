"""Asks for photos and folders, and shows files in the programs they belong to."""

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from adaptsr_app.photo_types import photo_filter


def ask_for_photos(parent: QWidget, title: str) -> list[Path]:
    """Let the user choose photos; nothing if they change their mind."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, filter=photo_filter())
    return [Path(name) for name in names]


def ask_for_folder(parent: QWidget, title: str, start: Path | None = None) -> Path | None:
    """Let the user choose a folder; None if they change their mind.

    Args:
        parent: Of the dialog.
        title: What the folder is for.
        start: Where to begin; the nearest folder above it where it does not exist.
    """
    begin = "" if start is None else str(_existing(start))
    name = QFileDialog.getExistingDirectory(parent, title, begin)
    return Path(name) if name else None


def open_file(path: Path) -> None:
    """Open a file in the program the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def reveal(path: Path) -> None:
    """Show a file in its folder, marked where the system can do that."""
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    elif sys.platform == "win32":
        QProcess.startDetached("explorer", [f"/select,{path}"])
    else:
        folder = path if path.is_dir() else path.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(_existing(folder))))


def _existing(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if one.is_dir()), Path.home())
