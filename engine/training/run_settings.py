"""Keeps what a training was started with beside its checkpoint, so that anybody can go on."""

from pathlib import Path

from engine.config.adapting import AdaptSettings
from engine.files import atomic_write_text

_NAME = "settings.json"


def write_settings(work: Path, settings: AdaptSettings) -> None:
    """Note the settings of a training that begins.

    Args:
        work: Its work folder; made if it is not there.
        settings: What it was started with; relative paths are kept as absolute ones.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    whole: dict[str, object] = {
        name: value.absolute() for name, value in settings if isinstance(value, Path)
    }
    if Path(settings.backbone).is_file():  # else it is a name of the catalogue
        whole["backbone"] = str(Path(settings.backbone).absolute())
    kept = settings.model_copy(update=whole)
    atomic_write_text(work / _NAME, kept.model_dump_json(indent=1) + "\n")


def read_settings(work: Path) -> AdaptSettings | None:
    """Return what a training was started with; None where that was not noted, or is damaged.

    Args:
        work: Its work folder.
    """
    try:
        return AdaptSettings.model_validate_json((work / _NAME).read_bytes())
    except (OSError, ValueError):
        return None
