"""Where a profile comes from: backbone, camera, photos, settings, measurements and versions."""

import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PureWindowsPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine import __version__
from engine.config.base import Settings
from engine.metrics.quality import PhotoQuality, Verdict
from engine.texts import visible


class Record(BaseModel):
    """Base of everything kept in a profile: immutable, no unknown fields, JSON in and out."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    @model_validator(mode="before")
    @classmethod
    def _text_that_acts_is_written_out(cls, content: Any) -> Any:
        """Clean what a stranger wrote where it comes in, whoever shows it later."""
        return _written_out(content)


def _written_out(content: Any) -> Any:
    match content:
        case str():
            return visible(content)
        case dict():
            return {_written_out(key): _written_out(value) for key, value in content.items()}
        case list() | tuple():
            return type(content)(map(_written_out, content))
        case _:
            return content


class BackboneOrigin(Record):
    """The network that was adapted."""

    name: str
    architecture: str
    scale: int = Field(ge=1, le=8, description="Integer factor from LR to SR.")
    sha256: str | None = Field(None, description="SHA-256 of its file; none if it had no file.")
    parameters: int = Field(ge=0, description="How many numbers its parameters hold.")


class Camera(Record):
    """The camera as its photos name it in EXIF."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None


class DataOrigin(Record):
    """The pairs, without where they lay."""

    folder: str = Field(description="Name of the folder, without the folders above it.")
    fingerprint: str = Field(description="SHA-256 over the photos.")
    train: tuple[str, ...] = Field(description="Pairs that were learnt from.")
    val: tuple[str, ...] = Field(description="Pairs that were kept out for the check.")
    skipped: int = Field(0, ge=0, description="Files that could not be used.")


class TrainingRecord(Record):
    """How the training went."""

    steps: int = Field(ge=0)
    seconds: float = Field(ge=0)
    seconds_per_step: float = Field(ge=0)
    curve: tuple[tuple[int, float], ...] = Field(
        (), description="Step, and PSNR on Y of the held-out crops in dB."
    )
    bicubic_psnr_y_db: float | None = Field(None, description="Of bicubic on the same crops.")
    backbone_psnr_y_db: float | None = Field(None, description="Of the backbone on them.")
    diverged: bool = Field(False, description="Stopped early; its last good state was kept.")


class Versions(Record):
    """The software that made it."""

    adaptsr: str
    torch: str
    spandrel: str
    python: str

    @classmethod
    def here(cls) -> "Versions":
        """Return the versions installed here."""
        return cls(
            adaptsr=__version__,
            torch=metadata.version("torch"),
            spandrel=metadata.version("spandrel"),
            python=platform.python_version(),
        )


class Provenance(Record):
    """Everything that is known about how a profile came to be."""

    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    backbone: BackboneOrigin
    camera: Camera | None = None
    data: DataOrigin
    settings: dict[str, Any] = Field(description="What `portable_settings` returned.")
    training: TrainingRecord
    photos: tuple[PhotoQuality, ...] = Field(description="Measured on the held-out pairs.")
    mean_psnr_y_db: dict[str, float] = Field(description="By contender, in dB.")
    mean_ssim_y: dict[str, float] = Field(description="By contender.")
    verdict: Verdict
    merge_max_abs_difference: float = Field(ge=0, description="On [0, 1].")
    versions: Versions = Field(default_factory=Versions.here)


def portable_settings(settings: Settings) -> dict[str, Any]:
    """Return settings as plain JSON values that say nothing about this machine's folders.

    A path, also one given as text, is reduced to its last name.
    """
    return {key: _portable(value) for key, value in settings.model_dump().items()}


def _portable(value: Any) -> Any:
    match value:
        case Path():
            return visible(value.name)
        case str() if "/" in value or "\\" in value:
            return visible(PureWindowsPath(value).name)
        case str():
            return visible(value)
        case dict():
            return {key: _portable(item) for key, item in value.items()}
        case list() | tuple() | set():
            return [_portable(item) for item in value]
        case _:
            return value
