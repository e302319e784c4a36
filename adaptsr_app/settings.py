"""What the user prefers, kept between starts."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
    quality: int = Field(95, ge=1, le=100)
    strip_gps: bool = False
    overwrite: bool = False
    size_mode: Literal["auto", "x2", "x3", "x4", "longest", "megapixels", "percent"] = "auto"
    longest_px: int = Field(4000, ge=16, le=65_500)
    megapixels: float = Field(24.0, gt=0, le=1000)
    percent: int = Field(150, ge=10, le=800)
    show_preview: bool = True
    strength: int = Field(100, ge=0, le=150)
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
