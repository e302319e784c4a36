"""The backbones in this user's own folder: downloaded ones and added ones, each with a card."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import BackboneError, storage_errors
from engine.files import atomic_write_text, sha256_of
from engine.locks import held

_CARD = ".card.json"
_REMEDY = "Remove it with “adaptsr models remove {name}”, then get it again."


class InstalledCard(BaseModel):
    """What a downloaded or added backbone is, where it came from, and what was measured of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Name to ask for it by.")
    file: str = Field(pattern=r"^[^/\\]+$", description="Its file, beside the card.")
    origin: Literal["downloaded", "added"] = Field(description="How it got here.")
    source: str = Field(description="The address it came from, or the name of the file added.")
    installed: str = Field(description="The day it was, as 2025-01-31.")
    architecture: str = Field(description="spandrel's architecture id.")
    scale: int = Field(ge=2, le=8, description="Integer factor from LR to SR.")
    parameters: int = Field(ge=0, description="How many numbers its parameters hold.")
    size_bytes: int = Field(gt=0, description="Size of its file.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of its file.")
    licence: str = Field("", description="Licence of the weights, if known.")
    psnr_y_db: dict[str, float] = Field({}, description="Measured PSNR on Y per benchmark, in dB.")
    ssim_y: dict[str, float] = Field({}, description="Measured SSIM on Y per benchmark.")
    bicubic_psnr_y_db: dict[str, float] = Field({}, description="Of bicubic resampling, in dB.")
    bicubic_ssim_y: dict[str, float] = Field({}, description="Of bicubic resampling.")


@dataclass(frozen=True, slots=True)
class InstalledBackbone:
    """A card and the weights it describes."""

    card: InstalledCard
    path: Path


def models_folder() -> Path:
    """Return the folder that holds this user's own backbones."""
    return Path(platformdirs.user_data_dir("adaptsr")) / "models"


def installed_backbones(folder: Path | None = None) -> dict[str, InstalledBackbone]:
    """Return this user's own backbones by name, in alphabetical order.

    What has no card was never installed to its end and is not listed, nor is a damaged card:
    one bad file must not keep the others from being used.

    Args:
        folder: `models_folder()` if None.

    Raises:
        StorageError: If the drive is gone or a card may not be read.
    """
    folder = models_folder() if folder is None else folder
    found = {}
    with storage_errors(folder):
        for path in sorted(folder.glob(f"*{_CARD}")):
            try:
                card = InstalledCard.model_validate_json(path.read_bytes())
            except ValidationError:
                continue
            if path.name == card.name + _CARD:
                found[card.name] = InstalledBackbone(card, folder / card.file)
    return found


def find_installed(name: str, folder: Path | None = None) -> Path | None:
    """Return the weights' file of this user's backbone called `name`, None if there is none.

    Raises:
        BackboneError: If the file is missing or not the one on its card.
        StorageError: If the drive is gone or a file may not be read.
    """
    installed = installed_backbones(folder).get(name)
    if installed is None:
        return None
    remedy = _REMEDY.format(name=name)
    if not installed.path.is_file():
        what = "The file of this network is gone from your models."
        raise BackboneError(what, path=installed.path, remedy=remedy)
    if sha256_of(installed.path) != installed.card.sha256:
        what = "The file of this network was changed or damaged since you got it."
        raise BackboneError(what, path=installed.path, remedy=remedy)
    return installed.path


def write_card(card: InstalledCard, folder: Path | None = None) -> None:
    """Create or replace a card; its backbone can be used by name from then on.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    folder = models_folder() if folder is None else folder
    atomic_write_text(folder / f"{card.name}{_CARD}", card.model_dump_json(indent=2) + "\n")


def remove_installed(name: str, folder: Path | None = None) -> InstalledBackbone:
    """Delete a downloaded or added backbone and its card.

    Returns:
        What was removed; its path is gone.

    Raises:
        BackboneError: If this user has none of that name.
        StorageError: If the drive is gone or not writable.
    """
    folder = models_folder() if folder is None else folder
    with held(folder / name, "removing this network"), storage_errors(folder):
        installed = installed_backbones(folder).get(name)
        if installed is None:
            raise BackboneError(
                f"You have no network called “{name}” of your own.",
                remedy="“adaptsr models list” shows which ones you have.",
            )
        # The card first: without it the file is nothing that could be used by name.
        (folder / f"{name}{_CARD}").unlink(missing_ok=True)
        installed.path.unlink(missing_ok=True)
    return installed
