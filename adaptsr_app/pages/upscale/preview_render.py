"""Enlarges a small region of a photo in three ways, before the whole photo is done."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from adaptsr_app.jobs.photo_reading import in_srgb
from adaptsr_app.messages import sentence_of
from adaptsr_app.models.network_choices import NetworkChoice
from engine.cancellation import Cancelled, CancelToken
from engine.errors import EngineError

if TYPE_CHECKING:
    from torch import Tensor

    from engine.backbones.backbone import Backbone
    from engine.imaging.photo import Photo

REGION_SR_PX = 256
"""Side of the region after enlarging."""

_MARGIN_PX = 16
"""LR pixels around the region that the network sees too, so that its edges are as in the whole."""

_OVERVIEW_PX = 384
_LARGEST_PX = 100_000_000
_KEPT_NETWORKS = 3
_NOTHING_LEARNED_PERCENT = 0

_Key = tuple[NetworkChoice, int | None, str]
"""Network, strength (None for a plain network) and device."""


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What is to be seen.

    Attributes:
        path: The photo.
        centre: Of the region, as shares of width and height.
        network: What the photo will be upscaled with.
        strength: Of a profile, percent.
        device: Where to compute.
    """

    path: Path
    centre: tuple[float, float]
    network: NetworkChoice
    strength: int
    device: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What came of it.

    Attributes:
        request: What was asked for.
        overview: The whole photo, small.
        region: Left, top, width and height, as shares of the photo's sides.
        bicubic: The region.
        backbone: The region by the plain network; or why there is none.
        profile: The region by the profile; None where the photo gets a plain network.
        is_repaired: A part came out in colours that are not the photo's and is shown as it will be
            saved, enlarged plainly.
        problem: Why there is nothing at all, in the user's words.
    """

    request: PreviewRequest
    overview: QImage | None = None
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    bicubic: QImage | None = None
    backbone: QImage | str = ""
    profile: QImage | None = None
    is_repaired: bool = False
    problem: str = ""


class PreviewRenderer:
    """Keeps the last photo and the last networks, so that moving the region is quick.

    Used on one thread at a time.
    """

    def __init__(self) -> None:
        self._photo: Photo | None = None
        self._is_repaired = False
        self._networks: dict[_Key, Backbone | str] = {}

    def forget(self) -> None:
        """Free the memory."""
        self._photo = None
        self._networks = {}

    def render(self, request: PreviewRequest, token: CancelToken) -> Preview | None:
        """Render a preview; slow, so not on the window's thread.

        Returns:
            None where the token said stop.
        """
        try:
            return self._render(request, token)
        except Cancelled:
            return None
        except EngineError as error:
            return Preview(request, problem=sentence_of(error))

    def _render(self, request: PreviewRequest, token: CancelToken) -> Preview:
        from engine.imaging.resampling import upsample_bicubic  # noqa: PLC0415 - takes torch

        token.check()
        self._is_repaired = False
        photo = self._read(request.path, token)
        scale = request.network.scale
        cut = _Cut.of(photo, request.centre, max(1, REGION_SR_PX // scale))
        lr = cut.pixels(photo)
        icc = photo.metadata.icc
        bicubic = _image(cut.inside(upsample_bicubic(lr, scale), scale), icc)
        token.check()
        profile: QImage | str | None = None
        plain: int | None = None
        if request.network.kind == "profile":
            profile = self._enlarge(request, request.strength, cut, lr, token)
            plain = _NOTHING_LEARNED_PERCENT
        if isinstance(profile, str):
            return Preview(request, problem=profile)
        backbone = self._enlarge(request, plain, cut, lr, token)
        return Preview(
            request,
            _overview(photo),
            cut.shares(photo),
            bicubic,
            backbone,
            profile,
            is_repaired=self._is_repaired,
        )

    def _read(self, path: Path, token: CancelToken) -> "Photo":
        from engine.imaging.reading import read_photo  # noqa: PLC0415 - takes NumPy

        if self._photo is None or self._photo.path != path:
            self._photo = None
            self._photo = read_photo(path, max_pixels=_LARGEST_PX, keep_16_bit=False, token=token)
        return self._photo

    def _enlarge(
        self,
        request: PreviewRequest,
        strength: int | None,
        cut: "_Cut",
        lr: "Tensor",
        token: CancelToken,
    ) -> QImage | str:
        """Return the region by a profile at a strength, by a plain network for None; or why not."""
        from engine.upscaling.inference.plausibility import (  # noqa: PLC0415 - takes torch
            NETWORK_LIMIT,
            make_plausible,
        )
        from engine.upscaling.photo.upscaler import upscale_tensor  # noqa: PLC0415 - the same

        network = self._network(request, strength)
        if isinstance(network, str):
            return network
        token.check()
        sr = upscale_tensor(network, lr, token=token)
        limit = NETWORK_LIMIT if network.largest_shift is None else network.largest_shift
        checked = make_plausible(lr, sr, network.scale, limit)
        sr = checked.sr
        self._is_repaired = self._is_repaired or checked.repaired_px > 0
        icc = None if self._photo is None else self._photo.metadata.icc
        return _image(cut.inside(sr, network.scale), icc)

    def _network(self, request: PreviewRequest, strength: int | None) -> "Backbone | str":
        key = (request.network, strength, request.device)
        if key not in self._networks:
            while len(self._networks) >= _KEPT_NETWORKS:
                del self._networks[next(iter(self._networks))]
            self._networks[key] = _load(request, strength)
        return self._networks[key]


def _load(request: PreviewRequest, strength: int | None) -> "Backbone | str":
    # All of these take torch.
    from engine.backbones.loading import load_backbone  # noqa: PLC0415 - brings torch
    from engine.devices import pick_device  # noqa: PLC0415 - brings torch
    from engine.profiles.profile import load_profile  # noqa: PLC0415 - brings torch
    from engine.profiles.strength import load_at_strength  # noqa: PLC0415 - brings torch

    device = pick_device(request.device)
    try:
        if strength is None or request.network.folder is None:
            return load_backbone(request.network.name, device=device)
        return load_at_strength(load_profile(request.network.folder), strength, device=device)
    except EngineError as error:
        return sentence_of(error)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The region and what the network sees around it, in LR pixels."""

    left: int
    top: int
    width: int
    height: int
    seen: tuple[slice, slice]

    @classmethod
    def of(cls, photo: "Photo", centre: tuple[float, float], side: int) -> "_Cut":
        (left, width), (top, height) = (
            _span(share, whole, side)
            for share, whole in zip(centre, (photo.width_px, photo.height_px), strict=True)
        )
        seen = (
            slice(max(0, top - _MARGIN_PX), min(photo.height_px, top + height + _MARGIN_PX)),
            slice(max(0, left - _MARGIN_PX), min(photo.width_px, left + width + _MARGIN_PX)),
        )
        return cls(left, top, width, height, seen)

    def pixels(self, photo: "Photo") -> "Tensor":
        """Return what the network sees, shape (1, 3, h, w)."""
        from engine.upscaling.photo.photo_pixels import read_lr  # noqa: PLC0415 - takes torch

        return read_lr(photo, *self.seen)

    def inside(self, sr: "Tensor", scale: int) -> "Tensor":
        """Return the region of what came of that."""
        top, left = self.top - self.seen[0].start, self.left - self.seen[1].start
        rows = slice(top * scale, (top + self.height) * scale)
        columns = slice(left * scale, (left + self.width) * scale)
        return sr[0, :, rows, columns]

    def shares(self, photo: "Photo") -> tuple[float, float, float, float]:
        """Return left, top, width and height as shares of the photo's sides."""
        across, down = photo.width_px, photo.height_px
        return self.left / across, self.top / down, self.width / across, self.height / down


def _span(share: float, whole: int, side: int) -> tuple[int, int]:
    length = min(side, whole)
    return min(max(0, round(share * whole - length / 2)), whole - length), length


def _image(values: "Tensor", icc: bytes | None) -> QImage:
    """Return values in [0, 1] of shape (3, h, w) as a picture."""
    from engine.metrics.luma import quantise  # noqa: PLC0415 - takes torch

    rows = (quantise(values) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    return _qimage(rows.tobytes(), rows.shape[1], rows.shape[0], icc)


def _overview(photo: "Photo") -> QImage:
    step = max(1, min(photo.width_px, photo.height_px) // _OVERVIEW_PX)
    rows = photo.rgb()[::step, ::step]
    whole = _qimage(rows.tobytes(), rows.shape[1], rows.shape[0], photo.metadata.icc)
    return whole.scaled(
        _OVERVIEW_PX,
        _OVERVIEW_PX,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _qimage(pixels: bytes, width: int, height: int, icc: bytes | None) -> QImage:
    image = QImage(pixels, width, height, 3 * width, QImage.Format.Format_RGB888)
    return in_srgb(image.copy(), icc)  # a copy, because the bytes are not Qt's to keep
