"""What the user prefers, kept between starts."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import StorageError
from engine.files import atomic_write_text

VERSION = 1


class Preferences(BaseModel):
    """Everything that is remembered; a field the file lacks gets its default."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    version: int = VERSION
    appearance: Literal["system", "light", "dark"] = "system"
    device: str = "auto"
    output_folder: Path | None = None
    name_template: str = "{stem}_{profile}_x{scale}"
    image_format: Literal["auto", "JPEG", "PNG", "TIFF", "WebP"] = "auto"
    quality: int = 95
    strip_gps: bool = False
    notify: bool = True
    geometry: str = ""
    page: str = "upscale"


def load_preferences(path: Path) -> Preferences:
    """Read the preferences; a missing or damaged file gives the defaults."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return Preferences.model_validate(content)
    except (OSError, ValueError, ValidationError):
        return Preferences()


def save_preferences(preferences: Preferences, path: Path) -> bool:
    """Write the preferences atomically.

    Returns:
        False where they cannot be written; nothing is worth stopping a photographer for that.
    """
    try:
        atomic_write_text(path, preferences.model_dump_json(indent=2) + "\n")
    except (StorageError, OSError):
        return False
    return True
