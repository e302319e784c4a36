"""How results are to be, as the user said it once: kept in the preferences, given to the job."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

import platformdirs

from adaptsr_app.models.network_choices import NetworkChoice, NetworkChoices
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.settings import Preferences
from engine.config import UpscaleSettings
from engine.upscaling.naming import NamedResult, check_template, output_paths

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WebP": ".webp"}
_KEPT_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})
_SAMPLE = UpscaleItem(Path("IMG_0412.jpg"))
_SAMPLE_PX = (4032, 3024)
_SAMPLE_NETWORK = NetworkChoice("profile", "phone", 2)
_FULL_PERCENT = 100


def output_folder(preferences: Preferences) -> Path:
    """Return where results go: the user's choice, else a folder among their pictures."""
    return preferences.output_folder or Path(platformdirs.user_pictures_dir()) / "AdaptSR"


def wanted_scale(preferences: Preferences) -> int | None:
    """Return the scale that automatic choices are restricted to; None for any."""
    mode = preferences.size_mode
    return int(mode.removeprefix("x")) if mode.startswith("x") else None


def target_of(preferences: Preferences, *, network_is_fixed: bool = False) -> str | None:
    """Return the target size as the engine reads it; None for what the network gives.

    Args:
        preferences: Hold the wanted size.
        network_is_fixed: The photo's network was named, so a wanted scale is reached by
            resampling what that gives.
    """
    match preferences.size_mode:
        case "longest":
            return f"{preferences.longest_px}px"
        case "megapixels":
            return f"{preferences.megapixels:g}mp"
        case "percent":
            return f"{preferences.percent}%"
        case _:
            scale = wanted_scale(preferences)
            return f"{100 * scale}%" if scale is not None and network_is_fixed else None


def result_size_px(item: UpscaleItem, preferences: Preferences) -> tuple[int, int] | None:
    """Return a result's width and height; None until photo and network are known."""
    from engine.upscaling.target_size import TargetSize  # noqa: PLC0415 - after the first paint

    if item.facts is None or not item.facts.width_px:
        return None
    width, height = item.facts.width_px, item.facts.height_px
    target = target_of(preferences, network_is_fixed=item.choice.kind != "automatic")
    if target is not None:
        return TargetSize.parse(target).of(width, height)
    if item.network is None:
        return None
    return width * item.network.scale, height * item.network.scale


def resolve(item: UpscaleItem, choices: NetworkChoices, preferences: Preferences) -> None:
    """Work out what a photo will be upscaled with, and how large the result will be."""
    camera = None if item.facts is None else item.facts.camera
    item.network = choices.network_for(item.choice, camera, wanted_scale(preferences))
    item.lacks_network = choices.are_known and camera is not None and item.network is None
    item.result_px = result_size_px(item, preferences)


def example_name(item: UpscaleItem | None, preferences: Preferences) -> str:
    """Return what a result will be called.

    Args:
        item: The photo; an invented one if None.
        preferences: Hold pattern, format and strength.

    Raises:
        ConfigError: If the pattern is not one.
    """
    item = item or _SAMPLE
    template = check_template(preferences.name_template)
    network = item.network or _SAMPLE_NETWORK
    width, height = item.result_px or (2 * _SAMPLE_PX[0], 2 * _SAMPLE_PX[1])
    own = item.path.suffix.lower()
    suffix = _SUFFIXES.get(preferences.image_format) or (own if own in _KEPT_SUFFIXES else ".jpg")
    strength = preferences.strength if network.kind == "profile" else _FULL_PERCENT
    named = NamedResult(
        item.path, PurePath(), suffix, network.name, network.scale, width, height, strength
    )
    return output_paths([named], Path(), template)[0].name


def grouped_settings(
    items: Iterable[UpscaleItem], preferences: Preferences
) -> list[tuple[UpscaleSettings, Sequence[UpscaleItem]]]:
    """Return settings for each set of photos that share a network and a folder, in order."""
    groups: dict[tuple[NetworkChoice, PurePath], list[UpscaleItem]] = {}
    for item in items:
        groups.setdefault((item.choice, item.folder), []).append(item)
    return [
        (_settings(choice, folder, photos, preferences), photos)
        for (choice, folder), photos in groups.items()
    ]


def _settings(
    choice: NetworkChoice,
    folder: PurePath,
    photos: Sequence[UpscaleItem],
    preferences: Preferences,
) -> UpscaleSettings:
    is_automatic = choice.kind == "automatic"
    return UpscaleSettings(
        sources=tuple(item.path for item in photos),
        out=output_folder(preferences) / folder,
        profile=choice.folder,
        backbone=choice.name if choice.kind == "backbone" else None,
        scale=wanted_scale(preferences) if is_automatic else None,
        # A network alone has no changes to be strong or weak.
        strength=_FULL_PERCENT if choice.kind == "backbone" else preferences.strength,
        name_template=preferences.name_template,
        format=preferences.image_format,
        quality=preferences.quality,
        target=target_of(preferences, network_is_fixed=not is_automatic),
        strip_gps=preferences.strip_gps,
        overwrite=preferences.overwrite,
        device=preferences.device,
    )
