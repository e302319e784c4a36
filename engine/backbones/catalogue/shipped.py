"""The backbones that come with AdaptSR, each described by a card."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import BackboneError, storage_errors
from engine.files import sha256_of
from engine.shipped_files import shipped_file

_FOLDER = shipped_file("backbones")
_REMEDY_REINSTALL = "Install AdaptSR again."


class BackboneCard(BaseModel):
    """Where a shipped backbone comes from, what it can do and under which licence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Name to ask for it by; also the stem of its files.")
    architecture: str = Field(description="spandrel's architecture id.")
    scale: int = Field(ge=2, description="Integer factor from LR to SR.")
    parameters: int = Field(gt=0, description="How many numbers its parameters hold.")
    recipe: dict[str, Any] = Field(description="The configuration it was trained with.")
    steps: int = Field(ge=0, description="Optimiser steps it was trained for.")
    data: str = Field(description="What it was trained on.")
    data_licence: str = Field(description="Licence of those photos.")
    licence: str = Field(description="Licence of the weights.")
    psnr_y_db: dict[str, float] = Field(description="PSNR on Y per benchmark, in dB.")
    ssim_y: dict[str, float] = Field(description="SSIM on Y per benchmark.")
    bicubic_psnr_y_db: dict[str, float] = Field({}, description="Of bicubic resampling, in dB.")
    bicubic_ssim_y: dict[str, float] = Field({}, description="Of bicubic resampling.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the weights' file.")
    notes: str = Field(default="", description="Anything else worth knowing.")


@dataclass(frozen=True, slots=True)
class ShippedBackbone:
    """A card and the weights it describes."""

    card: BackboneCard
    path: Path


def shipped_backbones(folder: Path | None = None) -> dict[str, ShippedBackbone]:
    """Return the backbones described in `folder`, by name, in alphabetical order.

    Args:
        folder: Holds `<name>.safetensors` and `<name>.json`; AdaptSR's own by default.

    Raises:
        BackboneError: If a card is damaged.
    """
    folder = _FOLDER if folder is None else folder
    shipped = {}
    for card_path in sorted(folder.glob("*.json")):
        card = _read_card(card_path)
        shipped[card.name] = ShippedBackbone(card, card_path.with_suffix(".safetensors"))
    return shipped


def find_shipped(name: str, folder: Path | None = None) -> Path | None:
    """Return the weights' file of the shipped backbone called `name`, None if there is none.

    Raises:
        BackboneError: If a card is damaged, or the file is missing or not the one on its card.
    """
    shipped = shipped_backbones(folder).get(name)
    if shipped is None:
        return None
    if not shipped.path.is_file():
        raise BackboneError(
            "This shipped network is missing.", path=shipped.path, remedy=_REMEDY_REINSTALL
        )
    if sha256_of(shipped.path) != shipped.card.sha256:
        raise BackboneError(
            "This shipped network is not the one its card describes: it was changed or damaged.",
            path=shipped.path,
            remedy=_REMEDY_REINSTALL,
        )
    return shipped.path


def default_backbone(scale: int = 2, folder: Path | None = None) -> str:
    """Return the name of the best shipped backbone for `scale`, by mean PSNR on its card.

    Raises:
        BackboneError: If none is shipped for this scale.
    """
    shipped = shipped_backbones(folder)
    fitting = sorted(name for name, found in shipped.items() if found.card.scale == scale)
    if not fitting:
        scales = ", ".join(
            f"x{scale}" for scale in sorted({s.card.scale for s in shipped.values()})
        )
        raise BackboneError(
            f"No network for x{scale} comes with AdaptSR, only for {scales or 'no scale'}.",
            remedy="Choose another scale, or a network file of your own.",
        )

    def mean_psnr_y_db(name: str) -> float:
        values = shipped[name].card.psnr_y_db.values()
        return sum(values) / len(values) if values else float("-inf")

    return max(fitting, key=mean_psnr_y_db)


def _read_card(path: Path) -> BackboneCard:
    try:
        with storage_errors(path):
            card = BackboneCard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        where = ", ".join(".".join(map(str, e["loc"])) or "the file" for e in error.errors()[:3])
        raise BackboneError(
            f"The card of a shipped network is damaged at {where}.",
            path=path,
            remedy=_REMEDY_REINSTALL,
        ) from error
    if card.name != path.stem:
        raise BackboneError(
            f"The card of a shipped network is for “{card.name}”.",
            path=path,
            remedy=_REMEDY_REINSTALL,
        )
    return card
