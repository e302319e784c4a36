"""One list of all backbones: shipped, downloaded, added, and those that can be had."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.backbones.catalogue.downloadable import DownloadableBackbone, downloadable_backbones
from engine.backbones.catalogue.installed import InstalledBackbone, installed_backbones
from engine.backbones.catalogue.names import unknown_backbone
from engine.backbones.catalogue.shipped import ShippedBackbone, shipped_backbones
from engine.errors import storage_errors

State = Literal["shipped", "downloaded", "added", "downloadable", "by hand"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A backbone, wherever it is.

    Attributes:
        name: To ask for it by.
        state: "by hand": its host gives it to people only, not to programs.
        architecture: spandrel's architecture id.
        scale: Integer factor from LR to SR.
        parameters: How many numbers its parameters hold.
        licence: Of the weights; empty if unknown.
        size_bytes: Of its file; None if it is not here and nobody says.
        psnr_y_db: PSNR on Y per benchmark, in dB.
        is_measured: These are AdaptSR's own measurements, not only what its authors published.
        path: Its file, if it is on this computer.
        source: What else is known: its card, or its place in the list of published ones.
        published: Its place in the list of published ones, if it has one.
    """

    name: str
    state: State
    architecture: str
    scale: int
    parameters: int
    licence: str
    size_bytes: int | None
    psnr_y_db: dict[str, float]
    is_measured: bool
    path: Path | None
    source: ShippedBackbone | InstalledBackbone | DownloadableBackbone
    published: DownloadableBackbone | None = None


def catalogue_entries() -> dict[str, CatalogueEntry]:
    """Return every backbone by name: shipped, then downloaded and added, then the others.

    Raises:
        BackboneError: If a shipped card or the list of published ones is damaged.
        StorageError: If the drive is gone or a file may not be read.
    """
    published = downloadable_backbones()
    entries = {name: _of_shipped(found) for name, found in shipped_backbones().items()}
    for name, installed in installed_backbones().items():
        entries.setdefault(name, _of_installed(installed, published.get(name)))
    for name, downloadable in published.items():
        entries.setdefault(name, _of_downloadable(downloadable))
    return entries


def catalogue_entry(name: str) -> CatalogueEntry:
    """Return one backbone.

    Raises:
        BackboneError: If there is none of that name; the message suggests the nearest.
        StorageError: If the drive is gone or a file may not be read.
    """
    entry = catalogue_entries().get(name)
    if entry is None:
        raise unknown_backbone(name)
    return entry


def _of_shipped(found: ShippedBackbone) -> CatalogueEntry:
    card = found.card
    with storage_errors(found.path):
        size_bytes = found.path.stat().st_size if found.path.is_file() else None
    return CatalogueEntry(
        name=card.name,
        state="shipped",
        architecture=card.architecture,
        scale=card.scale,
        parameters=card.parameters,
        licence=card.licence,
        size_bytes=size_bytes,
        psnr_y_db=card.psnr_y_db,
        is_measured=True,
        path=found.path,
        source=found,
    )


def _of_installed(
    found: InstalledBackbone, published: DownloadableBackbone | None
) -> CatalogueEntry:
    card = found.card
    known = {} if published is None else published.psnr_y_db
    return CatalogueEntry(
        name=card.name,
        state=card.origin,
        architecture=card.architecture,
        scale=card.scale,
        parameters=card.parameters,
        licence=card.licence,
        size_bytes=card.size_bytes,
        psnr_y_db=card.psnr_y_db or known,
        is_measured=bool(card.psnr_y_db),
        path=found.path,
        source=found,
        published=published,
    )


def _of_downloadable(found: DownloadableBackbone) -> CatalogueEntry:
    return CatalogueEntry(
        name=found.name,
        state="by hand" if found.address is None else "downloadable",
        architecture=found.architecture,
        scale=found.scale,
        parameters=found.parameters,
        licence=found.licence,
        size_bytes=found.size_bytes,
        psnr_y_db=found.psnr_y_db,
        is_measured=False,
        path=None,
        source=found,
        published=found,
    )
