"""Finds a backbone's file by its name, and answers a wrong name with the right ones."""

import difflib
from pathlib import Path

from engine.backbones.catalogue.downloadable import downloadable_backbones
from engine.backbones.catalogue.installed import find_installed, installed_backbones
from engine.backbones.catalogue.shipped import find_shipped, shipped_backbones
from engine.errors import BackboneError


def find_backbone(name: str) -> Path | None:
    """Return the file of the shipped, downloaded or added backbone called `name`, None if none is.

    Raises:
        BackboneError: If it is missing, or not the file its card describes.
        StorageError: If the drive is gone or a file may not be read.
    """
    return find_shipped(name) or find_installed(name)


def names_at_hand() -> list[str]:
    """Return the names of the backbones on this computer, shipped ones first."""
    return [*shipped_backbones(), *installed_backbones()]


def unknown_backbone(name: str, folder: Path | None = None) -> BackboneError:
    """Return the error for a name that is neither on this computer nor a file.

    Args:
        name: What was asked for.
        folder: Of the shipped backbones; AdaptSR's own by default.
    """
    entries = downloadable_backbones()
    if name in entries:
        return BackboneError(
            f"The network “{name}” is not on this computer yet.",
            remedy=f"Get it with “adaptsr models download {name}”.",
        )
    names = [*shipped_backbones(folder), *installed_backbones()]
    close = difflib.get_close_matches(name, [*names, *entries], n=1, cutoff=0.5)
    if close and close[0] in names:
        remedy = f"Did you mean “{close[0]}”?"
    elif close:
        remedy = f"Did you mean “{close[0]}”? Get it with “adaptsr models download {close[0]}”."
    elif names:
        remedy = f"Choose one of {', '.join(names)}, or give the path of a network file."
    else:
        remedy = "Give the path of a network file."
    return BackboneError(f"There is no network called “{name}”.", remedy=remedy)
