"""Settings of upscaling photos."""

from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from engine.config.base import Device, ProfileFolder, Settings
from engine.paths import StoredName, StoredPath, StoredPurePath


def _format_named(value: object) -> object:
    """Take a format by any name its files go by: jpg, .JPEG, tif."""
    names = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "tif": "TIFF", "tiff": "TIFF"}
    names["webp"] = "WebP"
    return (
        names.get(value.strip().casefold().lstrip("."), value) if isinstance(value, str) else value
    )


class PhotoChoice(Settings):
    """One photo of a run, where its result goes, and what it is upscaled with."""

    path: StoredPath
    folder: StoredPurePath = Field(
        PurePath(), description="Of the result, relative to the output folder."
    )
    profile: StoredPath | None = Field(
        None, description="Without it and a backbone, the photo gets the one of its camera."
    )
    backbone: StoredName | None = None
    strength: int = Field(100, ge=0, le=150)


class UpscaleSettings(Settings):
    """Upscale photos with profiles or backbones.

    Without a profile and a backbone, each photo gets the profile of its camera. In `out`, a source
    folder's tree is mirrored.
    """

    sources: tuple[StoredPath, ...] = Field((), description="Photos, or folders of photos.")
    photos: tuple[PhotoChoice, ...] = Field(
        (), description="Photos that say themselves what they are upscaled with."
    )
    out: StoredPath = Field(description="Folder of the results.")
    backbone: StoredName | None = Field(
        None,
        description="A network that comes with AdaptSR, or a file, instead of a profile. Beside "
        "--profile: the network that was made of, where --strength needs it.",
    )
    profile: ProfileFolder = None
    scale: int | None = Field(
        None, ge=1, le=8, description="Use only profiles and networks of this scale."
    )
    strength: int = Field(
        100, ge=0, le=150, description="How much of what a profile changed, in percent."
    )
    # See `engine.upscaling.batch.naming`.
    name_template: str = Field(
        "{stem}_{profile}_x{scale}",
        description="Names of the results, without the ending, of {stem}, {profile}, {strength}, "
        "{scale}, {width} and {height}.",
    )
    # auto: the photo's own, or the nearest that can hold the result
    format: Annotated[
        Literal["auto", "JPEG", "PNG", "TIFF", "WebP"], BeforeValidator(_format_named)
    ] = Field("auto", description="JPEG, PNG, TIFF or WebP.")
    quality: int = Field(95, ge=1, le=100, description="Of JPEG and WebP.")
    bit_depth: Literal["auto", "8", "16"] = Field(
        "auto", description="8, 16, or auto: the photo's own."
    )
    target: str | None = Field(
        None,
        description="Size of the results: longest side (4000px), megapixels (24mp) or share of the "
        "photo (150%).",
    )
    strip_gps: bool = Field(
        False,
        description="Leave out the position where a photo was taken, and the camera maker's notes, "
        "which may hold it.",
    )
    strip_place: bool = Field(
        False, description="Leave out the names of places (city, country) as well as the position."
    )
    overwrite: bool = Field(False, description="Replace results that AdaptSR made earlier.")
    replace: tuple[StoredPath, ...] = Field(
        (), description="A file that AdaptSR did not make and that may be replaced all the same."
    )
    repair: bool = Field(
        True,
        description="Enlarge plainly where a network's colours are not the photo's; not for "
        "networks that change colours on purpose.",
    )
    max_pixels: int = Field(
        300_000_000, ge=1, description="Refuse photos of more pixels than that."
    )
    precision: Literal["auto", "fp32"] = Field(
        "auto", description="fp32, or auto: less than that where a photo shows no difference."
    )
    backend: Literal["auto", "torch", "openvino"] = Field(
        "auto",
        description="What computes on the processor: auto, torch or openvino. auto takes OpenVINO "
        "where it is installed and faster; the result is the same.",
    )
    device: Device = "auto"

    @model_validator(mode="after")
    def _check_photos(self) -> Self:
        if not self.sources and not self.photos:
            raise ValueError("there are no photos to upscale")
        return self
