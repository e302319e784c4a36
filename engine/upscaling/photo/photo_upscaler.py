"""Upscales a photo into a file: network, transparency, size, encoder, all at the same time."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.errors import PhotoError
from engine.imaging.encoders.base import Output
from engine.imaging.photo import Photo
from engine.imaging.strips import StripWriter
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.fidelity import Fidelity
from engine.upscaling.inference.openvino_choice import WantedBackend
from engine.upscaling.inference.plausibility import NETWORK_LIMIT
from engine.upscaling.inference.tile_checks import TileChecks
from engine.upscaling.photo.background_writer import BackgroundWriter
from engine.upscaling.photo.photo_pixels import read_lr, telling_crops
from engine.upscaling.photo.target_size import BandResampler
from engine.upscaling.tiles.bands import BandUpscaler, Image
from engine.upscaling.tiles.memory import TileBudget
from engine.upscaling.tiles.pixel_kind import PixelKind


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """How a photo was upscaled.

    Attributes:
        path: The file that was written.
        fidelity: Backend and arithmetic used, and their measured error.
        retried_tiles: How many tiles had to be done again in float32.
        repaired_share: Share of the photo where what the network made was not the photo, so that
            it was enlarged plainly.
        fell_back: True if the CPU had to do it because the graphics card's memory was too small.
        notices: One sentence for each thing that could not be kept.
    """

    path: Path
    fidelity: Fidelity
    retried_tiles: int
    fell_back: bool
    notices: tuple[str, ...]
    repaired_share: float = 0.0


class PhotoUpscaler:
    """Upscales photos with one network; measures what it has to know only once."""

    def __init__(
        self,
        backbone: Backbone,
        *,
        precision: Literal["auto", "fp32"] = "auto",
        backend: WantedBackend = "auto",
        budget: TileBudget | None = None,
    ) -> None:
        """Prepare the network.

        Args:
            backbone: On the device it is to run on; left as it is.
            precision: "auto" measures on every photo whether reduced precision is close enough.
            backend: "auto" uses OpenVINO where it is installed and faster; it too is compared.
            budget: How large tiles may be; None asks the device.
        """
        self.scale = backbone.scale
        limit = NETWORK_LIMIT if backbone.largest_shift is None else backbone.largest_shift
        self._checks = TileChecks(largest_shift=limit)
        self._upscaler = BandUpscaler(
            FastNetwork(backbone, precision=precision, backend=backend),
            budget,
            run=self._checks.run,
        )

    def upscale(
        self,
        photo: Photo,
        path: Path,
        output: Output,
        *,
        overwrite: bool = False,
        token: CancelToken | None = None,
        on_progress: Callable[[float], None] = lambda _share: None,
    ) -> PhotoResult:
        """Upscale one photo into a file, which appears when it is complete.

        Args:
            photo: The photo.
            path: The file to create.
            output: What it is to be; any size, the network's output is resampled to that.
            overwrite: Replace an existing file.
            token: Checked many times a second.
            on_progress: Called with the share done, 0 to 1.

        Raises:
            PhotoError: If the format cannot hold the result, or the network made nothing of it.
            StorageError: If the file may not be replaced, or the disk is full or gone.
            MemoryExhaustedError: If even the smallest tile does not fit into memory.
            Cancelled: If the token was cancelled; nothing is left behind then.
        """
        token = token or CancelToken()
        height, width = photo.height_px, photo.width_px
        size = (width * self.scale, height * self.scale)
        requested = (output.width_px, output.height_px)
        is_resampled = requested != size
        deep = is_resampled or output.bit_depth == 16
        kind = PixelKind("uint16" if deep else "uint8", channels=output.channels)
        network, checks = self._upscaler.network, self._checks
        on_tile = checks.start(network, height * width, token, on_progress)
        network.choose(telling_crops(photo), (height, width))
        writer = BackgroundWriter(
            StripWriter(path, output, overwrite=overwrite),
            alpha=photo.alpha,
            scale=self.scale,
            resampler=BandResampler(*size, requested) if is_resampled else None,
            token=token,
        )
        image = Image(height, width, partial(read_lr, photo))
        try:
            with writer:
                for band in self._upscaler.bands(image, kind, token=token, on_tile=on_tile):
                    writer.put(band)
        except PhotoError as error:
            raise PhotoError(error.what, path=photo.path, remedy=error.remedy) from error
        on_progress(1.0)
        network = self._upscaler.network  # another one where memory ran out on the way
        return PhotoResult(
            path,
            network.fidelity,
            checks.retried_tiles,
            fell_back=self._upscaler.fell_back,
            notices=(*photo.notices, *writer.notices, *filter(None, [network.notice])),
            # Tiles overlap, so that some places are counted twice.
            repaired_share=min(1.0, checks.repaired_px / (height * width)),
        )
