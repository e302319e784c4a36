"""Jobs: get a published backbone, or take a file of the user's own."""

from pathlib import Path

import platformdirs

from engine.backbones.catalogue import (
    CatalogueEntry,
    DownloadableBackbone,
    InstalledBackbone,
    catalogue_entry,
)
from engine.backbones.catalogue.installed import models_folder
from engine.backbones.catalogue.names import names_at_hand
from engine.backbones.download import fetch
from engine.backbones.downloading.request import DownloadRequest, Timeouts
from engine.backbones.installing import add_backbone, install_downloaded
from engine.backbones.trust_on_first_use import change_since_first_download
from engine.cancellation import CancelToken
from engine.errors import DownloadError, storage_errors
from engine.events import Emit, Notice, Progress, Stage
from engine.formatting import format_size
from engine.locks import held


def downloads_folder() -> Path:
    """Return the folder where downloads lie until they are whole and checked."""
    return Path(platformdirs.user_cache_dir("adaptsr")) / "downloads"


def download_model(
    name: str, emit: Emit, token: CancelToken, *, patience: Timeouts | None = None
) -> CatalogueEntry:
    """Get a published backbone; what is on this computer already is left as it is.

    The file is fetched into the cache, checked against the published size and hash, loaded safely,
    run once and only then copied into the user's models. Where no hash is published, the first one
    seen is remembered and a `Notice` tells if it changed.

    Args:
        name: A name from `catalogue_entries`.
        emit: Receives `Progress` in bytes, and `Notice`.
        token: Stops or pauses it; what has arrived is gone on with next time.
        patience: How long to wait for the server.

    Raises:
        BackboneError: If there is no such name, or what came is not that network.
        BusyError: If another process gets it right now.
        DownloadError: If it cannot be fetched; the remedy lists what is on this computer.
        StorageError: If the disk is full, gone or not writable.
        Cancelled: If the token says so.
    """
    with held(models_folder() / name, "getting this network"):
        return _download(name, emit, token, patience)


def _download(
    name: str, emit: Emit, token: CancelToken, patience: Timeouts | None
) -> CatalogueEntry:
    known = catalogue_entry(name)
    entry = known.published
    if entry is None or (known.path is not None and known.path.is_file()):
        emit(Notice(f"{name} is on this computer already."))
        return known
    if entry.address is None:
        raise DownloadError(
            f"Those who made {name} give it to people only, not to programs.",
            remedy=f"Open {entry.page}, save the file, then use “adaptsr models add FILE --name "
            f"{name}”.",
        )
    _fetch_and_install(entry, entry.address, emit, token, patience)
    return catalogue_entry(name)


def add_model(
    file: Path, emit: Emit, token: CancelToken, *, name: str | None = None
) -> InstalledBackbone:
    """Take a network file of the user's own into the models; see `add_backbone`."""
    emit(Progress(Stage.LOAD, 0, 1, file.name))
    token.check()
    installed = add_backbone(file, name)
    emit(Progress(Stage.LOAD, 1, 1))
    return installed


def _fetch_and_install(
    entry: DownloadableBackbone,
    address: str,
    emit: Emit,
    token: CancelToken,
    patience: Timeouts | None,
) -> None:
    file = downloads_folder() / f"{entry.name}{Path(address).suffix}"

    def report(arrived_bytes: int, total_bytes: int | None) -> None:
        total = max(total_bytes or entry.expected_bytes, arrived_bytes, 1)
        text = f"{entry.name}, {format_size(arrived_bytes)} of {format_size(total)}"
        emit(Progress(Stage.DOWNLOAD, arrived_bytes, total, text))

    report(0, entry.size_bytes)
    try:
        fetched = fetch(
            DownloadRequest(address, entry.size_bytes, entry.sha256),
            file.with_name(f"{file.name}.part"),
            report=report,
            token=token,
            patience=patience,
        )
    except DownloadError as error:
        at_hand = f"On this computer you have {', '.join(names_at_hand()) or 'none yet'}."
        remedy = f"{error.remedy} {at_hand}"
        raise DownloadError(error.what, path=error.path, remedy=remedy) from error
    token.check()
    try:
        with storage_errors(file):
            fetched.path.replace(file)
        install_downloaded(file, entry)
    finally:
        with storage_errors(file):
            file.unlink(missing_ok=True)
    if entry.sha256 is None:
        day = change_since_first_download(address, fetched.sha256)
        if day is not None:
            emit(
                Notice(
                    f"{entry.name} is another file than the one that came from the same address "
                    f"on {day}. It is a sound network, but ask its makers before you rely on it."
                )
            )
