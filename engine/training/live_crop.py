"""Shows one piece of a held-out photo as it was and as it is now, wherever somebody looks.

The choice (`crop_choice`) comes from another thread. The trainer asks after every step; something is
computed only where another piece is wanted, and no random number is drawn, so that watching changes
no result.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.data.decoding import Pixels
from engine.data.pair_set import PairSet
from engine.events import CropReady, Emit
from engine.metrics.luma import quantise
from engine.training.crop_choice import CropChoice, CropPlace
from engine.training.validation import CROP_PX

OVERVIEW_PX = 192
"""Longest side of the small picture of the whole photo."""


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    place: CropPlace
    name: str
    area: tuple[float, float, float, float]
    overview: Pixels
    lr: Pixels
    hr: Pixels
    before: Pixels


class LiveCrop:
    """Sends a `CropReady` whenever the network, or the place that is looked at, is another one.

    It draws no random numbers and leaves the network as it is: a training that is watched gives
    the same numbers as one that is not.

    Args:
        pairs: Held-out pairs.
        backbone: The network as it was, on `device`, and never trained.
        choice: Where somebody looks.
        device: Where to compute.
        emit: Receives the events.
        crop_px: Largest side of the piece, in LR pixels.
    """

    def __init__(
        self,
        pairs: PairSet,
        backbone: Backbone,
        choice: CropChoice,
        *,
        device: torch.device,
        emit: Emit,
        crop_px: int = CROP_PX,
    ) -> None:
        self._pairs = pairs
        self._backbone = backbone
        self._choice = choice
        self._device = device
        self._emit = emit
        self._crop_px = crop_px
        self._piece: _Piece | None = None

    def show(self, backbone: Backbone) -> None:
        """Show the piece that is looked at, made by a network."""
        piece = self._piece
        if piece is None or piece.place != self._choice.place:
            piece = self._piece = self._cut(self._choice.place)
        self._emit(
            CropReady(
                piece.name,
                piece.lr,
                piece.before,
                self._made(backbone, piece.lr),
                piece.hr,
                piece.area,
                piece.overview,
            )
        )

    def follow(self, backbone: Backbone) -> None:
        """Show another piece if one is wanted; nothing is computed otherwise."""
        if self._piece is not None and self._piece.place != self._choice.place:
            self.show(backbone)

    def _cut(self, place: CropPlace) -> _Piece:
        pairs = self._pairs
        index = min(max(0, place.photo), len(pairs) - 1)
        height, width = pairs.lr_size_px(index)
        rows, columns = (
            _span(side, share, self._crop_px)
            for side, share in ((height, place.down), (width, place.across))
        )
        scale = pairs.scale
        lr = np.array(pairs.lr(index)[rows, columns])
        hr = np.array(pairs.hr(index)[_times(rows, scale), _times(columns, scale)])
        area = (
            columns.start / width,
            rows.start / height,
            (columns.stop - columns.start) / width,
            (rows.stop - rows.start) / height,
        )
        before = self._made(self._backbone, lr)
        overview = _shrunk(pairs.lr(index))
        return _Piece(place, pairs.names[index], area, overview, lr, hr, before)

    @torch.no_grad()
    def _made(self, backbone: Backbone, lr: Pixels) -> Pixels:
        image = torch.from_numpy(lr).permute(2, 0, 1)[None].float() / 255
        sr: Tensor = quantise(backbone(image.to(self._device)).float().cpu())
        levels = (sr[0] * 255).round().to(torch.uint8)
        made: npt.NDArray[np.uint8] = levels.permute(1, 2, 0).contiguous().numpy()
        return made


def _span(side_px: int, share: float, crop_px: int) -> slice:
    """Return the piece of a side whose middle is nearest to `share` of it."""
    length = min(side_px, crop_px)
    start = int(min(max(0.0, share), 1.0) * side_px - length / 2)
    start = min(max(0, start), side_px - length)
    return slice(start, start + length)


def _times(span: slice, scale: int) -> slice:
    return slice(span.start * scale, span.stop * scale)


def _shrunk(photo: Pixels) -> Pixels:
    height, width = photo.shape[:2]
    factor = min(1.0, OVERVIEW_PX / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
