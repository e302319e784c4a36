"""Job: measure a backbone or a profile on pairs."""

from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.config.measuring import EvaluateSettings
from engine.data.pair_set import PairSet, load_hr_photos, load_pairs
from engine.devices import pick_device
from engine.errors import ConfigError
from engine.evaluation.measuring import measure
from engine.events import Emit
from engine.metrics.quality import PhotoQuality
from engine.profiles.profile import load_profile
from engine.training.planning import backbone_for_scale
from engine.training.setup import split_pairs


def evaluate(
    settings: EvaluateSettings, emit: Emit, token: CancelToken
) -> tuple[PhotoQuality, ...]:
    """Return PSNR and SSIM on Y of every pair, for "bicubic" and "backbone" or "adapted".

    Raises:
        ConfigError: If not exactly one of backbone and profile is given, or scales differ.
        EngineError: If a file cannot be used.
    """
    pairs, contenders = _pairs(settings, emit, token), _contenders(settings)
    return measure(pairs, contenders, emit=emit, token=token)


def _contenders(settings: EvaluateSettings) -> dict[str, Backbone]:
    device = pick_device(settings.device)
    if settings.backbone is not None and settings.profile is None:
        return {"backbone": backbone_for_scale(settings.backbone, settings.scale, device)}
    if settings.profile is None or settings.backbone is not None:
        raise ConfigError("Give either a backbone or a profile to measure.")
    profile = load_profile(settings.profile)
    if profile.scale != settings.scale:
        raise ConfigError(
            f"The profile {profile.name} enlarges {profile.scale} times, not {settings.scale}.",
            remedy=f"Use scale {profile.scale}.",
        )
    return {"adapted": profile.load_merged(device)}


def _pairs(settings: EvaluateSettings, emit: Emit, token: CancelToken) -> PairSet:
    load = load_hr_photos if settings.bicubic_lr else load_pairs
    pairs = load(
        settings.pairs, scale=settings.scale, cache_dir=settings.cache_dir, emit=emit, token=token
    )
    if settings.val is None:
        return pairs
    return split_pairs(pairs, settings.val, settings.seed, emit=emit).val
