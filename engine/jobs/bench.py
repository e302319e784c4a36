"""Job: measure a network on benchmarks, HR folders whose LR is made by bicubic resampling."""

import os
from dataclasses import dataclass
from pathlib import Path

from engine.backbones.backbone import Backbone
from engine.backbones.catalogue import InstalledBackbone, catalogue_entries
from engine.backbones.catalogue.installed import write_card
from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config.measuring import BenchSettings
from engine.data.pair_set import load_hr_photos
from engine.devices import pick_device
from engine.errors import ConfigError
from engine.evaluation.measuring import measure
from engine.events import Emit, Notice
from engine.metrics.quality import PhotoQuality, mean_psnr_y_db, mean_ssim_y
from engine.profiles.profile import load_profile


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What was measured on one benchmark.

    Attributes:
        name: The folder's name.
        photos: PSNR and SSIM on Y of every photo, for "bicubic" and "backbone" or "adapted".
        card_psnr_y_db: What the network's card says, in dB; None if it says nothing.
        card_ssim_y: The same of SSIM.
    """

    name: str
    photos: tuple[PhotoQuality, ...]
    card_psnr_y_db: float | None = None
    card_ssim_y: float | None = None


def bench(settings: BenchSettings, emit: Emit, token: CancelToken) -> tuple[BenchResult, ...]:
    """Measure a network on every folder, at its own scale, beside what its card says.

    What is measured of a downloaded or added network is noted on its card.

    Args:
        settings: The network and the folders.
        emit: Receives `Progress`, `FileSkipped` and `Notice`.
        token: Stops it between photos; nothing is noted then.

    Raises:
        ConfigError: If not exactly one of backbone and profile is given, its scale is another
            one, or two folders have the same name.
        EngineError: If a file cannot be used.
    """
    names = [Path(os.path.realpath(folder)).name for folder in settings.bench]
    if len(set(names)) < len(names):
        raise ConfigError(
            f"Two benchmarks are both called {max(names, key=names.count)}.",
            remedy="Give each folder a name of its own.",
        )
    contender, network = _network(settings)
    if settings.scale not in {None, network.scale}:
        raise ConfigError(
            f"{network.name} enlarges {network.scale} times, not {settings.scale}.",
            remedy="Leave the scale out: a benchmark is measured at the network's own.",
        )
    card_psnr_y_db, card_ssim_y = _card_numbers(settings.backbone)
    results = []
    for name, folder in zip(names, settings.bench, strict=True):
        photos = load_hr_photos(
            folder, scale=network.scale, cache_dir=settings.cache_dir, emit=emit, token=token
        )
        measured = measure(photos, {contender: network}, emit=emit, token=token)
        card = (card_psnr_y_db.get(name), card_ssim_y.get(name))
        results.append(BenchResult(name, measured, *card))
    _note_on_card(settings.backbone, results, emit)
    return tuple(results)


def _network(settings: BenchSettings) -> tuple[str, Backbone]:
    device = pick_device(settings.device)
    if settings.backbone is not None and settings.profile is None:
        return "backbone", load_backbone(settings.backbone, device=device)
    if settings.profile is None or settings.backbone is not None:
        raise ConfigError("Give either a backbone or a profile to measure.")
    return "adapted", load_profile(settings.profile).load_merged(device)


def _card_numbers(name: str | None) -> tuple[dict[str, float], dict[str, float]]:
    entry = catalogue_entries().get(name or "")
    if entry is None:
        return {}, {}
    return entry.psnr_y_db, getattr(getattr(entry.source, "card", None), "ssim_y", {})


def _note_on_card(name: str | None, results: list[BenchResult], emit: Emit) -> None:
    entry = catalogue_entries().get(name or "")
    if entry is None or not isinstance(entry.source, InstalledBackbone):
        return
    psnr_y_db = {result.name: mean_psnr_y_db(result.photos) for result in results}
    ssim_y = {result.name: mean_ssim_y(result.photos) for result in results}
    card = entry.source.card
    measured = {
        "psnr_y_db": {key: round(mean["backbone"], 3) for key, mean in psnr_y_db.items()},
        "ssim_y": {key: round(mean["backbone"], 4) for key, mean in ssim_y.items()},
        "bicubic_psnr_y_db": {key: round(mean["bicubic"], 3) for key, mean in psnr_y_db.items()},
        "bicubic_ssim_y": {key: round(mean["bicubic"], 4) for key, mean in ssim_y.items()},
    }
    update = {field: getattr(card, field) | values for field, values in measured.items()}
    write_card(card.model_copy(update=update), entry.source.path.parent)
    emit(Notice(f"Noted on the card of {card.name}."))
