"""Decides, before any work starts, what each result of a batch will be and whether it can be."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config.upscaling import UpscaleSettings
from engine.errors import (
    DiskFullError,
    EngineError,
    PhotoError,
    as_engine_error,
    storage_errors,
)
from engine.formatting import format_pixels, format_size
from engine.imaging.encoders.base import Output
from engine.imaging.formats import OutputFormat, disk_bytes_at_most
from engine.imaging.metadata import prepare
from engine.imaging.photo import Photo, PhotoInfo
from engine.imaging.reading import probe
from engine.upscaling.batch.destinations import Destination, Destinations
from engine.upscaling.batch.networks import NetworkChoice, NetworkFacts
from engine.upscaling.batch.result_log import ResultLog, SourceIdentity, identify, result_key
from engine.upscaling.batch.result_shape import (
    choose_format,
    named_result,
    result_size_px,
    target_for,
)
from engine.upscaling.batch.sources import Source

_TYPICAL_SHARE: dict[OutputFormat, float] = {"JPEG": 0.35, "WebP": 0.3, "PNG": 1.0, "TIFF": 1.0}
"""Size of a file of photographs against the bytes of its pixels, on the large side."""


@dataclass(frozen=True, slots=True)
class PhotoPlan:
    """What one photo is to become.

    Attributes:
        source: The photo.
        identity: Which state of its file was planned with.
        info: What its header says.
        destination: The result's file, and what may stand against it.
        format: The result's format.
        bit_depth: The result's bits per channel.
        width_px: The result's width.
        height_px: The result's height.
        network: What it is upscaled with.
        key: Tells it from every other way to make a result, see `result_log.result_key`.
    """

    source: Source
    identity: SourceIdentity
    info: PhotoInfo
    destination: Destination
    format: OutputFormat
    bit_depth: int
    width_px: int
    height_px: int
    network: NetworkFacts
    key: str

    @property
    def path(self) -> Path:
        """The result's file."""
        return self.destination.path

    @property
    def photo_px(self) -> int:
        """LR pixels, the measure of work."""
        return self.info.width_px * self.info.height_px

    @property
    def disk_bytes(self) -> int:
        """The most disk space its writing may need."""
        return disk_bytes_at_most(
            self.format,
            self.width_px,
            self.height_px,
            channels=3 + self.info.has_alpha,
            bit_depth=self.bit_depth,
        )

    def output(self, photo: Photo, settings: UpscaleSettings, software: str) -> Output:
        """Return the description of the result for the encoder."""
        metadata, notices = prepare(
            photo.metadata,
            photo_px=(photo.width_px, photo.height_px),
            width_px=self.width_px,
            height_px=self.height_px,
            strip_gps=settings.strip_gps,
            strip_place=settings.strip_place,
            software=software,
        )
        return Output(
            self.format,
            self.width_px,
            self.height_px,
            channels=photo.pixels.shape[2],
            has_alpha=photo.alpha is not None,
            bit_depth=self.bit_depth,
            metadata=metadata,
            quality=settings.quality,
            notices=notices,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """Plans for the photos that can be upscaled, and an error for each that cannot."""

    plans: tuple[PhotoPlan, ...]
    errors: tuple[tuple[Path, EngineError], ...]


def plan_photos(
    sources: Sequence[Source],
    settings: UpscaleSettings,
    choose: Callable[[NetworkChoice, PhotoInfo], NetworkFacts],
    log: ResultLog,
    *,
    on_photo: Callable[[int], None] = lambda _index: None,
) -> Planned:
    """Look at every photo's header and decide what its result will be.

    Args:
        sources: All photos of the run.
        settings: Checked already.
        choose: Returns what a photo is upscaled with; may raise an `EngineError`.
        log: What earlier runs made.
        on_photo: Called before each photo with its index; may raise to stop.
    """
    made_with: dict[str, Any] = settings.model_dump(
        mode="json",
        include={"format", "quality", "bit_depth", "strip_gps", "precision"},
    )
    # Named only where they are unusual: what earlier versions finished stays finished.
    made_with |= {} if settings.repair else {"repair": False}
    made_with |= {"strip_place": True} if settings.strip_place else {}
    destinations = Destinations(
        settings.out,
        settings.name_template,
        (source.path for source in sources),
        log,
        overwrite=settings.overwrite,
        replace=settings.replace,
    )
    plans: list[PhotoPlan] = []
    errors: list[tuple[Path, EngineError]] = []
    for index, source in enumerate(sources):
        on_photo(index)
        try:
            identity = _identity_of(source.path)
            info = probe(source.path)
            _check_pixels(source.path, info, settings.max_pixels)
            network = choose(source.choice, info)
            target = target_for(settings.target, settings.scale, network.scale)
            size = result_size_px(info.width_px, info.height_px, network.scale, target)
            format_, bit_depth = choose_format(info, settings, size)
            key = result_key(identity, {"network": network.identity, "target": target, **made_with})
        except (EngineError, OSError) as error:
            errors.append((source.path, as_engine_error(error)))
            continue
        named = named_result(source.path, source.folder, format_, network, size)
        destination = destinations.give(named, identity, key)
        plans.append(
            PhotoPlan(source, identity, info, destination, format_, bit_depth, *size, network, key)
        )
    return Planned(tuple(plans), tuple(errors))


def _identity_of(photo: Path) -> SourceIdentity:
    """Return a photo's identity; whatever is no ordinary file has none, and `probe` says so."""
    try:
        if photo.is_file():
            return identify(photo)
    except OSError:
        pass
    return SourceIdentity(0, 0, "")


def check_disk(plans: Iterable[PhotoPlan], out: Path) -> None:
    """Make sure that the results will most likely fit onto the disk.

    Raises:
        DiskFullError: If they will not.
    """
    needed_bytes = largest_bytes = 0
    for plan in plans:
        share = _TYPICAL_SHARE[plan.format]
        needed_bytes += int(plan.disk_bytes * share)
        largest_bytes = max(largest_bytes, int(plan.disk_bytes * (1 - share)))
    _check_free(needed_bytes + largest_bytes, out)


def check_disk_for(plan: PhotoPlan) -> None:
    """Make sure that one result will certainly fit onto the disk.

    Raises:
        DiskFullError: If it may not.
    """
    _check_free(plan.disk_bytes, plan.path.parent)


def _check_free(needed_bytes: int, folder: Path) -> None:
    with storage_errors(folder):
        existing = next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())
        free_bytes = shutil.disk_usage(existing).free
    if needed_bytes > free_bytes:
        raise DiskFullError(
            f"This may need {format_size(needed_bytes)}, and the disk has {format_size(free_bytes)} left.",
            path=folder,
            remedy="Free some space or choose another folder, then try again.",
        )


def _check_pixels(path: Path, info: PhotoInfo, max_pixels: int) -> None:
    if info.width_px * info.height_px > max_pixels:
        raise PhotoError(
            f"The photo says it has {info.width_px} × {info.height_px} pixels; the limit is "
            f"{format_pixels(max_pixels)}.",
            path=path,
            remedy="Raise the limit if you trust this file.",
        )
