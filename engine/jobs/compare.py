"""Job: put several ways to enlarge one photo side by side, measured where the truth is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone
from engine.cancellation import CancelToken
from engine.config.base import Settings
from engine.devices import pick_device
from engine.errors import EngineError, storage_errors
from engine.events import Emit, Progress, Stage
from engine.imaging.colour import Pixels, bands, over_white
from engine.imaging.encoders.base import Output
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo, read_rgb8
from engine.imaging.resampling import upsample_bicubic
from engine.imaging.strips import StripWriter
from engine.metrics.luma import ImageTooSmallError, quantise
from engine.metrics.psnr import psnr_y
from engine.metrics.ssim import ssim_y
from engine.profiles.profile import load_profile
from engine.upscaling.photo.photo_pixels import read_lr
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler

LARGEST_MEASURED_PX = 24_000_000
"""PSNR and SSIM work in float64; beyond this a common machine's memory would not do."""

_BICUBIC_SCALE = 2
_KERNEL_PX = 4
"""LR rows above and below a band that its bicubic enlargement may depend on, and two more."""


class Region(Settings):
    """A rectangle of the photo as seen, in LR pixels."""

    left: Annotated[int, Field(ge=0)]
    top: Annotated[int, Field(ge=0)]
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]


class Contender(Settings):
    """One way to enlarge the photo."""

    kind: Literal["bicubic", "profile", "backbone", "picture"]
    title: str = Field(description="What it is called.")
    source: str = Field(
        "", description="Folder of a profile, name or file of a backbone, file of a picture."
    )


class CompareSettings(Settings):
    """Enlarge one photo in several ways."""

    photo: Path
    contenders: tuple[Contender, ...] = Field(min_length=1)
    region: Region | None = Field(None, description="None for the whole photo.")
    hr: Path | None = Field(None, description="The truth: the same view at the result's size.")
    out: Path = Field(description="Folder for the results; they are replaced.")
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class ComparedPicture:
    """What came of one contender.

    Attributes:
        title: What it is called.
        path: The picture, of the region alone if there was one; None if there is none.
        width_px: Its width.
        height_px: Its height.
        psnr_y_db: PSNR on Y against the truth, border = scale, of the 8-bit picture.
        ssim_y: SSIM on Y of the same.
        problem: Why there is no picture, or why it was not measured; "" if all is well.
    """

    title: str
    path: Path | None
    width_px: int = 0
    height_px: int = 0
    psnr_y_db: float | None = None
    ssim_y: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All contenders in the order asked for, and the same view of the truth, if it was given."""

    pictures: tuple[ComparedPicture, ...]
    hr: Path | None = None


def compare(settings: CompareSettings, emit: Emit, token: CancelToken) -> Comparison:
    """Enlarge one photo, or a region of it, with every contender.

    A contender that fails says why and the others go on. Results are TIFF files with the photo's
    colour profile, without its other metadata. A picture that another tool made of the whole photo
    is cut to the same view. Colours are compared as they are encoded, as everywhere.

    Args:
        settings: Photo, contenders, region, truth.
        emit: Receives progress.
        token: Stops the job.

    Raises:
        Cancelled: If the token says so.
        PhotoError: If the photo or the truth cannot be read.
        StorageError: If the disk is full or not writable.
    """
    emit(Progress(Stage.LOAD, 0, len(settings.contenders), settings.photo.name))
    with storage_errors(settings.out):
        settings.out.mkdir(parents=True, exist_ok=True)
    is_measured = settings.hr is not None  # what is made up is judged by nobody
    photo = _plain(read_photo(settings.photo, must_be_whole=is_measured, token=token))
    whole = (photo.width_px, photo.height_px)
    region = _inside(settings.region, whole)
    if region is not None:
        photo = _cut(photo, region, whole)
    hr = None
    if settings.hr is not None:
        hr = _same_view(settings.hr, region, whole, settings.out / "hr.tiff", is_measured=True)
    pictures = []
    for index, contender in enumerate(settings.contenders):
        token.check()
        on_progress = partial(_tell, emit, index, settings)
        on_progress(0.0)
        path = settings.out / f"{index}.tiff"
        try:
            if contender.kind == "picture":
                source = Path(contender.source)
                path = _same_view(source, region, whole, path, is_measured=is_measured)
            else:
                _enlarge(
                    contender,
                    photo,
                    path,
                    device=settings.device,
                    token=token,
                    on_progress=on_progress,
                )
            pictures.append(_measured(contender.title, path, hr, photo))
        except EngineError as error:
            pictures.append(ComparedPicture(contender.title, None, problem=_sentence(error)))
    count = len(settings.contenders)
    emit(Progress(Stage.UPSCALE, count, count))
    return Comparison(tuple(pictures), hr)


def _tell(emit: Emit, index: int, settings: CompareSettings, share: float) -> None:
    contenders = settings.contenders
    title = contenders[index].title
    emit(Progress(Stage.UPSCALE, index, len(contenders), title, item_share=share))


def _sentence(error: EngineError) -> str:
    return f"{error.what} {error.remedy}".strip()


def _enlarge(
    contender: Contender,
    photo: Photo,
    path: Path,
    *,
    device: str,
    token: CancelToken,
    on_progress: Callable[[float], None],
) -> None:
    if contender.kind == "bicubic":
        scale = int(contender.source or _BICUBIC_SCALE)
        with _writer(photo, scale, path) as writer:
            for rows in bands(photo.height_px):
                token.check()
                writer.write(_bicubic(photo, rows, scale))
                on_progress(rows.stop / photo.height_px)
        return
    place = pick_device(device)
    network: Backbone
    if contender.kind == "profile":
        network = load_profile(Path(contender.source)).load_merged(place)
    else:
        network = load_backbone(contender.source, device=place)
    PhotoUpscaler(network).upscale(
        photo,
        path,
        _output(photo, network.scale),
        overwrite=True,
        token=token,
        on_progress=on_progress,
    )


def _output(photo: Photo, scale: int) -> Output:
    return Output(
        "TIFF",
        photo.width_px * scale,
        photo.height_px * scale,
        metadata=photo.metadata,
        compressed=False,
    )


def _writer(photo: Photo, scale: int, path: Path) -> StripWriter:
    return StripWriter(path, _output(photo, scale), overwrite=True)


def _bicubic(photo: Photo, rows: slice, scale: int) -> Pixels:
    """Return a band of the bicubic enlargement, the same as of the whole photo."""
    top = max(0, rows.start - _KERNEL_PX)
    bottom = min(photo.height_px, rows.stop + _KERNEL_PX)
    large = upsample_bicubic(read_lr(photo, slice(top, bottom), slice(None)), scale)
    inside = slice((rows.start - top) * scale, (rows.stop - top) * scale)
    band = quantise(large[..., inside, :])[0].permute(1, 2, 0)
    return np.ascontiguousarray((band * 255).round().to(torch.uint8).numpy())


def _inside(region: Region | None, whole: tuple[int, int]) -> Region | None:
    """Return the part of a region that lies in the photo."""
    if region is None:
        return None
    width, height = min(region.width, whole[0]), min(region.height, whole[1])
    return Region(
        left=min(region.left, whole[0] - width),
        top=min(region.top, whole[1] - height),
        width=width,
        height=height,
    )


def _cut(photo: Photo, region: Region, whole: tuple[int, int]) -> Photo:
    """Return the view of a region of the whole photo, from a picture of that of any size."""
    across, down = photo.width_px / whole[0], photo.height_px / whole[1]
    left, right = (round(x * across) for x in (region.left, region.left + region.width))
    top, bottom = (round(y * down) for y in (region.top, region.top + region.height))
    view = (slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1)))
    return replace(photo, pixels=np.ascontiguousarray(photo.pixels[view]))


def _plain(photo: Photo) -> Photo:
    """Return a photo as RGB over white, with nothing but its profile."""
    if photo.alpha is not None:
        photo = replace(photo, pixels=over_white(photo.pixels, photo.alpha), alpha=None)
    return replace(photo, pixels=photo.rgb(), metadata=Metadata(icc=photo.metadata.icc))


def _same_view(
    path: Path, region: Region | None, whole: tuple[int, int], target: Path, *, is_measured: bool
) -> Path:
    """Return a file with the same view of a picture; the picture itself where all is seen."""
    picture = read_photo(path, keep_16_bit=False, must_be_whole=is_measured)
    if region is None:
        return path
    part = _cut(_plain(picture), region, whole)
    with _writer(part, 1, target) as writer:
        writer.write(part.pixels)
    return target


def _measured(title: str, path: Path, hr: Path | None, photo: Photo) -> ComparedPicture:
    pixels = read_photo(path, keep_16_bit=False).rgb()
    height, width = pixels.shape[:2]
    picture = ComparedPicture(title, path, width, height)
    if hr is None:
        return picture
    truth = read_rgb8(hr)
    if truth.shape != pixels.shape:
        size = f"{truth.shape[1]} × {truth.shape[0]}"
        return replace(picture, problem=f"Not measured: the true HR has {size} pixels.")
    if width * height > LARGEST_MEASURED_PX:
        return replace(picture, problem="Not measured: choose a region instead.")
    border_px = max(1, round(width / photo.width_px))
    try:
        pair = (_tensor(pixels), _tensor(truth))
        return replace(
            picture,
            psnr_y_db=float(psnr_y(*pair, border_px=border_px)[0]),
            ssim_y=float(ssim_y(*pair, border_px=border_px)[0]),
        )
    except ImageTooSmallError:
        return replace(picture, problem="Not measured: the region is too small.")


def _tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255
