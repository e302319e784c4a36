"""Job: write a network as a file other programs read, and prove it computes the same."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config.exporting import ExportSettings
from engine.errors import ConfigError, ExportError, storage_errors
from engine.events import Emit, Progress, Stage
from engine.exporting.formats import Exporter, find_exporter
from engine.exporting.verification import largest_photo_difference
from engine.files import refuse_existing, rename_new, sync
from engine.locks import held
from engine.profiles.profile import load_profile
from engine.unfinished import unfinished_path


@dataclass(frozen=True, slots=True)
class Exported:
    """Files that another program can use.

    Attributes:
        path: Where the one with the asked-for name is.
        files: All of them.
        size_bytes: How large they are together.
        max_abs_difference: Largest difference to the network on photos, on [0, 1].
    """

    path: Path
    files: tuple[Path, ...]
    size_bytes: int
    max_abs_difference: float


def export(settings: ExportSettings, emit: Emit, token: CancelToken) -> Exported:
    """Write a profile's adapted network, or a backbone, in one of `EXPORTERS`.

    What was written is run by the format's own program on pieces of a photo, at sizes that are
    multiples of nothing, before it gets its name.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If not exactly one of profile and backbone is given, the format is unknown, or
            a file exists, ends in something else or has a name its program misunderstands.
        ExportError: If the format cannot hold the network, a package is missing, or the file
            computes something else; nothing is kept.
        ProfileError, BackboneError: If the network cannot be used.
        BusyError: If another process writes this file.
        StorageError: If the disk is full, gone or not writable.
    """
    exporter = find_exporter(settings.format, settings.out)
    with held(settings.out, "exporting a network"):
        return _export(settings, exporter, emit, token)


def _export(
    settings: ExportSettings, exporter: Exporter, emit: Emit, token: CancelToken
) -> Exported:
    out = settings.out
    for path in exporter.files(out):
        refuse_existing(path, overwrite=settings.overwrite)
    emit(Progress(Stage.EXPORT, 0, 3, "reading the network"))
    backbone, name = _network(settings)
    exporter.check(out, backbone.scale)
    token.check()
    emit(Progress(Stage.EXPORT, 1, 3, f"writing {out.name}"))
    with _drafts(exporter, out) as draft:
        exporter.write(backbone, draft, name)
        token.check()
        emit(Progress(Stage.EXPORT, 2, 3, f"checking {out.name}"))
        difference = _proven(backbone, exporter, draft)
        token.check()
        _publish(exporter, draft, out, overwrite=settings.overwrite)
    emit(Progress(Stage.EXPORT, 3, 3))
    files = exporter.files(out)
    return Exported(out, files, sum(path.stat().st_size for path in files), difference)


def _network(settings: ExportSettings) -> tuple[Backbone, str]:
    """Return the network and what people call it."""
    if (settings.profile is None) == (settings.backbone is None):
        raise ConfigError("Give either a profile or a backbone to export.")
    if settings.profile is not None:
        profile = load_profile(settings.profile)
        return profile.load_merged(), profile.name
    backbone = load_backbone(settings.backbone or "")
    return backbone, backbone.name


@contextlib.contextmanager
def _drafts(exporter: Exporter, out: Path) -> Iterator[Path]:
    """Lend a path beside `out` until it is proven, so that a wrong file never has that name."""
    draft = unfinished_path(out, exporter.suffix)
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield draft
    finally:
        for path in exporter.files(draft):
            path.unlink(missing_ok=True)


def _publish(exporter: Exporter, draft: Path, out: Path, *, overwrite: bool) -> None:
    """Give what was proved its names; what is taken back on failure is only what got one here."""
    named: list[Path] = []
    try:
        with storage_errors(out):
            for written, final in zip(exporter.files(draft), exporter.files(out), strict=True):
                sync(written)
                if overwrite:
                    written.replace(final)
                else:
                    rename_new(written, final)
                    named.append(final)
    except BaseException as error:
        for path in named:
            path.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise _exists(out) from error
        raise


def _exists(path: Path) -> ConfigError:
    return ConfigError(
        "There is a file of this name already.",
        path=path,
        remedy="Choose another name, or say that it may be replaced.",
    )


def _proven(backbone: Backbone, exporter: Exporter, draft: Path) -> float:
    run = exporter.open(draft, backbone.scale)
    difference = largest_photo_difference(backbone, run, exporter.sizes_px)
    if not difference <= exporter.tolerance:
        raise ExportError(
            f"The exported network differs from the original by {difference:.1e} on a photo, "
            f"where {exporter.tolerance:.0e} is rounding; it was not kept.",
            remedy="Export it as safetensors, or choose another network.",
        )
    return difference
