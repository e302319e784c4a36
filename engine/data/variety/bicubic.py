"""Makes bicubic LR of patches of which some have odd colours and some are drawn."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.data.degradation.randomness import Stream
from engine.data.variety.colours import draw_colour_change
from engine.data.variety.drawings import draw_picture
from engine.imaging.resampling import downsample_bicubic

_AVERAGED = 0.4


class VariedBicubic:
    """Bicubic LR, after some of the HR was given other colours or replaced by a drawing.

    A network pretrained on photographs alone answers saturated colours, text and patterns with
    values far outside [0, 1]; no later check makes up for what it never saw.

    Args:
        recoloured: Share of the patches that get other colours.
        drawn: Share of the patches that are drawn instead.
    """

    def __init__(self, *, recoloured: float, drawn: float) -> None:
        self._recoloured, self._drawn = recoloured, drawn

    def __call__(self, hr: Tensor, streams: Sequence[Stream], scale: int) -> tuple[Tensor, Tensor]:
        """Degrade a batch, as `Degradation` says; both sides in whole 8-bit levels."""
        pairs = [
            self._pair(image, stream, scale) for image, stream in zip(hr, streams, strict=True)
        ]
        lr = torch.stack([small for small, _ in pairs])
        return (lr.clamp_(0, 1) * 255).round_() / 255, torch.stack([large for _, large in pairs])

    def _pair(self, image: Tensor, stream: Stream, scale: int) -> tuple[Tensor, Tensor]:
        place = stream.unit()
        is_drawn = self._recoloured <= place < self._recoloured + self._drawn
        if place < self._recoloured:
            image = draw_colour_change(stream)(image)
        elif is_drawn:
            levels = (image * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
            drawing = draw_picture(stream, image.shape[-1], scale, np.ascontiguousarray(levels))
            image = torch.from_numpy(drawing.copy()).permute(2, 0, 1).to(image) / 255
        image = (image * 255).round_() / 255
        # Programs that draw average areas; and only so does a pattern of single LR pixels keep
        # its full contrast, as those have that were drawn at LR's own size.
        if is_drawn and stream.chance(_AVERAGED):
            return functional.avg_pool2d(image[None], scale)[0], image
        return downsample_bicubic(image[None], scale)[0], image
