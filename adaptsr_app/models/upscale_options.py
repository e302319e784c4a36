"""How results are to be, as the user said it once: kept in the preferences, given to the job."""

from collections.abc import Sequence
from pathlib import Path

import platformdirs

from adaptsr_app.models.network_choices import NetworkChoice, NetworkChoices
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.settings import Preferences
from engine.config.upscaling import PhotoChoice, UpscaleSettings

_SAMPLE = UpscaleItem(Path("IMG_0412.jpg"))
_SAMPLE_PX = (4032, 3024)
_SAMPLE_NETWORK = NetworkChoice("profile", "phone", 2)
_FULL_PERCENT = 100


def output_folder(preferences: Preferences) -> Path:
    """Return where results go: the user's choice, else a folder among their pictures."""
    return preferences.output_folder or Path(platformdirs.user_pictures_dir()) / "AdaptSR"


def requested_scale(preferences: Preferences) -> int | None:
    """Return the scale that automatic choices are restricted to; None for any."""
    mode = preferences.size_mode
    return int(mode.removeprefix("x")) if mode.startswith("x") else None


def target_of(preferences: Preferences) -> str | None:
    """Return the target size as the engine reads it; None for what the network gives."""
    match preferences.size_mode:
        case "longest":
            return f"{preferences.longest_px}px"
        case "megapixels":
            return f"{preferences.megapixels:g}mp"
        case "percent":
            return f"{preferences.percent}%"
        case _:
            return None


def _result_px(item: UpscaleItem, preferences: Preferences) -> tuple[int, int] | None:
    """Return a result's width and height; None until photo and network are known."""
    from engine.upscaling.batch.result_shape import result_size_px, target_for  # noqa: PLC0415 - first paint

    if item.facts is None or item.facts.info is None or item.network is None:
        return None
    target = target_for(target_of(preferences), requested_scale(preferences), item.network.scale)
    info = item.facts.info
    return result_size_px(info.width_px, info.height_px, item.network.scale, target)


def resolve(item: UpscaleItem, choices: NetworkChoices, preferences: Preferences) -> None:
    """Work out what a photo will be upscaled with, and how large the result will be."""
    camera = None if item.facts is None else item.facts.camera
    item.network = choices.shown_for(item.choice, camera, requested_scale(preferences))
    item.lacks_network = choices.are_known and camera is not None and item.network is None
    item.result_px = _result_px(item, preferences)


def example_name(item: UpscaleItem | None, preferences: Preferences) -> str:
    """Return what a result will be called where nothing is in its way.

    Args:
        item: The photo; an invented one if None.
        preferences: Hold pattern, format and strength.

    Raises:
        EngineError: If the pattern is none, or the format cannot hold the result.
    """
    from engine.imaging.metadata import CameraFacts  # noqa: PLC0415 - after the first paint
    from engine.imaging.photo import PhotoInfo  # noqa: PLC0415 - first paint
    from engine.upscaling.batch.naming import check_template  # noqa: PLC0415 - first paint
    from engine.upscaling.batch.networks import NetworkFacts  # noqa: PLC0415 - first paint
    from engine.upscaling.batch.result_shape import example_name as named  # noqa: PLC0415 - first paint

    check_template(preferences.name_template)
    item = item or _SAMPLE
    network = item.network or _SAMPLE_NETWORK
    info = None if item.facts is None else item.facts.info
    info = info or PhotoInfo(*_SAMPLE_PX, "JPEG", 8, has_alpha=False, camera=CameraFacts())
    strength = preferences.strength if network.kind == "profile" else _FULL_PERCENT
    facts = NetworkFacts(network.name, network.scale, "", strength)
    return named(item.path, info, facts, settings_for([item], preferences))


def settings_for(
    items: Sequence[UpscaleItem], preferences: Preferences, *, replace: Sequence[Path] = ()
) -> UpscaleSettings:
    """Return the settings of a run over photos, each with what the user chose for it.

    Args:
        items: At least one.
        preferences: How results are to be.
        replace: Files of others that the user said may be replaced.
    """
    return UpscaleSettings(
        photos=tuple(
            PhotoChoice(
                path=item.path,
                folder=item.folder,
                profile=item.choice.folder,
                backbone=item.choice.name if item.choice.kind == "backbone" else None,
                # A network alone has no changes to be strong or weak.
                strength=_FULL_PERCENT if item.choice.kind == "backbone" else preferences.strength,
            )
            for item in items
        ),
        out=output_folder(preferences),
        scale=requested_scale(preferences),
        name_template=preferences.name_template,
        format=preferences.image_format,
        quality=preferences.quality,
        target=target_of(preferences),
        strip_gps=preferences.strip_gps,
        strip_place=preferences.strip_gps,
        overwrite=preferences.overwrite,
        replace=tuple(replace),
        device=preferences.device,
    )
