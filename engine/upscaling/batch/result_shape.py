"""What a result will be, as far as headers tell: its size, format, depth and name.

Reads no photo and loads neither torch nor OpenCV: the window shows it before its first paint.
"""

from pathlib import Path, PurePath

from engine.config.upscaling import UpscaleSettings
from engine.imaging.formats import FORMATS, OutputFormat, check_format
from engine.imaging.photo import PhotoFormat, PhotoInfo
from engine.upscaling.batch.naming import NamedResult, names_for
from engine.upscaling.batch.networks import NetworkFacts
from engine.upscaling.photo.target_size import TargetSize

_NEAREST: dict[PhotoFormat, OutputFormat] = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "TIFF": "TIFF",
    "WebP": "WebP",
    "HEIF": "JPEG",
    "AVIF": "JPEG",
    "BMP": "PNG",
    "RAW": "TIFF",
}


def example_name(
    photo: Path, info: PhotoInfo, network: NetworkFacts, settings: UpscaleSettings
) -> str:
    """Return what a photo's result will be called where nothing is in the way.

    Raises:
        PhotoError: If the format asked for cannot hold it.
    """
    target = target_for(settings.target, settings.scale, network.scale)
    size = result_size_px(info.width_px, info.height_px, network.scale, target)
    format_, _ = choose_format(info, settings, size)
    named = named_result(photo, PurePath(), format_, network, size)
    return next(names_for(named, settings.name_template))


def result_size_px(
    width_px: int, height_px: int, scale: int, target: str | None
) -> tuple[int, int]:
    """Return a result's width and height.

    Args:
        width_px: Of the photo.
        height_px: Of the photo.
        scale: The network's.
        target: As `TargetSize.parse` takes it; None for what the network gives.
    """
    if target is None:
        return width_px * scale, height_px * scale
    return TargetSize.parse(target).of(width_px, height_px)


def target_for(target: str | None, requested_scale: int | None, network_scale: int) -> str | None:
    """Return the size asked for; a wanted scale that the network has not is reached by resizing.

    Args:
        target: A size the user asked for; it goes first.
        requested_scale: A scale the user asked for.
        network_scale: What the network gives.
    """
    if target is None and requested_scale is not None and requested_scale != network_scale:
        return f"{100 * requested_scale}%"
    return target


def named_result(
    photo: Path,
    folder: PurePath,
    format_: OutputFormat,
    network: NetworkFacts,
    size: tuple[int, int],
) -> NamedResult:
    """Return what a result's name is made of."""
    return NamedResult(
        photo,
        folder,
        FORMATS[format_].suffixes[0],
        network.name,
        network.scale,
        *size,
        strength=network.strength,
    )


def choose_format(
    info: PhotoInfo, settings: UpscaleSettings, size: tuple[int, int]
) -> tuple[OutputFormat, int]:
    """Return the result's format and bit depth.

    Raises:
        PhotoError: If the format asked for cannot hold the result.
    """
    is_deep = settings.bit_depth == "16" or (settings.bit_depth == "auto" and info.bit_depth > 8)
    if settings.format != "auto":
        format_: OutputFormat = settings.format
        keeps = settings.bit_depth == "16" or 16 in FORMATS[format_].bit_depths
        bit_depth = 16 if is_deep and keeps else 8
        check_format(format_, *size, bit_depth)
        return format_, bit_depth
    bit_depth = 16 if is_deep else 8
    for format_ in (_NEAREST[info.format], "PNG", "TIFF"):
        limits = FORMATS[format_]
        holds_alpha = limits.has_alpha or not info.has_alpha
        if max(size) <= limits.max_side_px and bit_depth in limits.bit_depths and holds_alpha:
            return format_, bit_depth
    check_format("TIFF", *size, bit_depth)
    return "TIFF", bit_depth
