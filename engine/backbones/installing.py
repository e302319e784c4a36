"""Takes a network file into the user's own models: looked at, run once, copied whole."""

import re
import shutil
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from engine.backbones.backbone import Backbone
from engine.backbones.catalogue.downloadable import DownloadableBackbone, downloadable_backbones
from engine.backbones.catalogue.installed import (
    InstalledBackbone,
    InstalledCard,
    installed_backbones,
    models_folder,
    write_card,
)
from engine.backbones.catalogue.shipped import shipped_backbones
from engine.backbones.loading import load_backbone
from engine.errors import BackboneError, storage_errors
from engine.files import atomic_path, sha256_of
from engine.locks import held
from engine.texts import visible

_LONGEST_NAME = 80
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._+-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")  # no files on Windows


def add_backbone(
    file: Path, name: str | None = None, folder: Path | None = None
) -> InstalledBackbone:
    """Copy a network file into the user's models, to be used by its name from then on.

    Nothing in the file is executed. It is rebuilt from its weights and run once on a small image
    before it counts as installed; a file that fails leaves nothing behind.

    Args:
        file: A .safetensors, .pth, .pt or .ckpt file.
        name: What to call it; made of the file's name if None. The name of a published network
            that is fetched by hand says that it is that one.
        folder: `models_folder()` if None.

    Raises:
        BackboneError: If the file cannot be used, is not the network its name says, or the name is
            taken.
        BusyError: If another process adds one of this name.
        StorageError: If the disk is full, gone or not writable.
    """
    folder = models_folder() if folder is None else folder
    name = _plain_name(visible(file.stem) if name is None else name)
    with held(folder / name, "adding a network of this name"):
        _check_free(name, folder)
        entry = downloadable_backbones().get(name)
        return _install(file, name, "added", file.name, entry, folder=folder)


def install_downloaded(
    file: Path, entry: DownloadableBackbone, folder: Path | None = None
) -> InstalledBackbone:
    """Copy a downloaded file into the user's models, as `add_backbone` does.

    Raises:
        BackboneError: If the file cannot be used or is not the network it should be.
        StorageError: If the disk is full, gone or not writable.
    """
    folder = models_folder() if folder is None else folder
    with held(folder / entry.name, "installing a network of this name"):
        return _install(file, entry.name, "downloaded", entry.address or "", entry, folder=folder)


def _install(
    file: Path,
    name: str,
    origin: Literal["downloaded", "added"],
    source: str,
    entry: DownloadableBackbone | None,
    *,
    folder: Path,
) -> InstalledBackbone:
    backbone = load_backbone(file)
    if entry is not None:
        _check_is(backbone, entry)
    # The file itself is kept: its hash is what tells other computers that it is the same network.
    target = folder / f"{name}{file.suffix.lower()}"
    with atomic_path(target) as temp:
        shutil.copyfile(file, temp)
        if sha256_of(temp) != backbone.sha256:
            what = "The file changed while it was copied."
            raise BackboneError(what, path=file, remedy="Try again once nothing writes to it.")
    with storage_errors(target):
        size_bytes = target.stat().st_size
    card = InstalledCard(
        name=name,
        file=target.name,
        origin=origin,
        source=visible(source),
        installed=datetime.now(UTC).date().isoformat(),
        architecture=backbone.architecture,
        scale=backbone.scale,
        parameters=backbone.parameter_count,
        size_bytes=size_bytes,
        sha256=backbone.sha256,
        licence="" if entry is None else entry.licence,
    )
    write_card(card, folder)
    return InstalledBackbone(card, target)


def _check_is(backbone: Backbone, entry: DownloadableBackbone) -> None:
    found = (backbone.architecture, backbone.scale, backbone.parameter_count)
    if found != (entry.architecture, entry.scale, entry.parameters):
        raise BackboneError(
            f"This is not {entry.name}: it is {found[0]} x{found[1]} with {found[2]:,} parameters "
            f"instead of {entry.architecture} x{entry.scale} with {entry.parameters:,}.",
            path=backbone.path,
            remedy="To keep it all the same, add it under another name.",
        )


def _plain_name(requested: str) -> str:
    """Return `requested` as a name that is easy to type and fit for a file."""
    plain = unicodedata.normalize("NFKD", requested).encode("ascii", "ignore").decode().lower()
    name = _NOT_IN_A_NAME.sub("-", plain)[:_LONGEST_NAME].strip("-._+")
    if not name or _RESERVED.fullmatch(name):
        raise BackboneError(
            f"“{requested}” cannot be the name of a network.",
            remedy="Choose one of letters and digits with --name.",
        )
    return name


def _check_free(name: str, folder: Path) -> None:
    entry = downloadable_backbones().get(name)
    if name in shipped_backbones() or (entry is not None and entry.address is not None):
        what = f"“{name}” is the name of another network."
    elif name in installed_backbones(folder):
        what = f"You have a network called “{name}” already."
    else:
        return
    raise BackboneError(what, remedy="Choose another name with --name, or remove the other first.")
