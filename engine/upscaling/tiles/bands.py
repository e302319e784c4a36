"""Upscales an image from the top down, one row of tiles at a time, in bounded memory.

When memory runs out, the row of tiles at hand is done again with smaller tiles, and in the end on
the CPU. What was handed out before stays valid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from engine.cancellation import CancelToken
from engine.errors import MemoryExhaustedError
from engine.memory import memory_errors
from engine.upscaling.tiles.blending import Ramp, ramps, weights
from engine.upscaling.tiles.memory import TileBudget
from engine.upscaling.tiles.pixel_kind import PIECE_ROWS, PixelKind, Rows
from engine.upscaling.tiles.tiling import Grid, Span, choose_tile, cover, round_down, round_up

_MEMORY_REMEDY = "Close other programs, then try again."


class TileNetwork(Protocol):
    """A network as the tile loop sees it."""

    @property
    def scale(self) -> int:
        """Integer factor from LR to SR."""

    @property
    def device(self) -> torch.device:
        """Where it runs."""

    @property
    def feather(self) -> int:
        """Half the width over which tiles are blended, in LR pixels; 0 where they agree."""

    @property
    def size(self) -> Grid:
        """What LR sizes the network takes; its overlap is not set."""

    @property
    def grid(self) -> Grid:
        """How tiles may lie; may have to be measured."""

    @property
    def bytes_per_px(self) -> float:
        """What it takes per LR pixel; may have to be measured."""

    def run(self, lr: Tensor) -> Tensor:
        """Upscale LR of shape (1, 3, H, W) to float32 on `device`."""

    def to_cpu(self) -> Self:
        """Return the same network on the CPU; the one on the device may be dropped."""


Network = TypeVar("Network", bound=TileNetwork)


def _plainly(network: TileNetwork, lr: Tensor) -> Tensor:
    return network.run(lr)


@dataclass(slots=True)
class Image:
    """What is upscaled.

    Attributes:
        height: In LR pixels.
        width: In LR pixels.
        read: Returns LR of shape (1, 3, h, w), float32 in [0, 1], for rows and columns.
    """

    height: int
    width: int
    read: Callable[[slice, slice], Tensor]


class BandUpscaler(Generic[Network]):
    """Upscales one image after another with one network and one memory budget.

    Attributes:
        network: The network in use; another one after a fall-back to the CPU.
        fell_back: True once the network was moved to the CPU.
        budget: Shrinks when memory runs out, for all images to come.
    """

    def __init__(
        self,
        network: Network,
        budget: TileBudget | None = None,
        *,
        run: Callable[[Network, Tensor], Tensor] = _plainly,
    ) -> None:
        """Prepare.

        Args:
            network: Upscales tiles.
            budget: How large they may be; None asks the device.
            run: Runs the network on a tile, with what checks the caller has.
        """
        self.network = network
        self.fell_back = False
        self.budget = TileBudget.of_device(network.device) if budget is None else budget
        self._run = run

    def bands(
        self,
        image: Image,
        kind: PixelKind,
        *,
        token: CancelToken | None = None,
        on_tile: Callable[[int, int], None] = lambda _done_px, _tile_px: None,
    ) -> Iterator[Rows]:
        """Yield the result from top to bottom.

        Args:
            image: What to upscale.
            kind: What to turn the result into.
            token: Checked before every tile.
            on_tile: Called before every tile with the LR pixels done so far and the ones kept of
                the tile.

        Yields:
            Rows of shape (h, width * scale, channels).

        Raises:
            Cancelled: If the token was cancelled.
            MemoryExhaustedError: If the smallest tile on the CPU is still too large.
        """
        begin = 0
        held: Tensor | None = None
        while begin < image.height:
            network = self.network
            try:
                with memory_errors(_MEMORY_REMEDY):
                    spans, columns = self._layout(image, kind, begin)
            except MemoryExhaustedError:
                self._fall_back()
                continue
            first = 0 if held is None else held.shape[2] // (2 * network.scale)
            for rows, ramp in zip(spans, ramps(spans, network.feather, first=first), strict=True):
                band = _band(network, kind, rows, ramp, columns)
                try:
                    for span in columns:
                        if token is not None:
                            token.check()
                        done_px = rows.keep_start * image.width + rows.keep_px * span.keep_start
                        on_tile(done_px, rows.keep_px * span.keep_px)
                        with memory_errors(_MEMORY_REMEDY):
                            lr = image.read(
                                slice(rows.start, rows.stop), slice(span.start, span.stop)
                            )
                            band.add(span, self._run(network, lr))
                except MemoryExhaustedError:
                    self._make_room((rows.size_px, span.size_px))
                    break
                pixels, held = band.finish(held)
                begin = rows.keep_stop
                yield from pixels

    def _layout(
        self, image: Image, kind: PixelKind, begin: int
    ) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Return where the tiles of the rows from `begin` on lie, and their columns."""
        network = self.network
        item_bytes = 4 if network.feather else np.dtype(kind.dtype).itemsize
        # Two bands: one is filled while the other is written.
        row_bytes = 2 * image.width * network.scale**2 * kind.channels * item_bytes
        limits = self.budget.limits(bytes_per_px=network.bytes_per_px, row_bytes=row_bytes)
        size = network.size
        high, wide = (
            round_up(max(side, size.minimum), size.multiple) for side in (image.height, image.width)
        )
        if size.square:
            high = wide = max(high, wide)
        fits_one_tile = (
            high * wide <= limits.tile_px
            and image.height <= limits.rows
            and image.width <= limits.columns
        )
        if begin == 0 and fits_one_tile:
            whole = (Span(0, image.height, 0, image.height),)
            return whole, (Span(0, image.width, 0, image.width),)
        grid = network.grid
        rows_left = image.height - round_down(max(0, begin - grid.overlap), grid.multiple)
        tile = choose_tile(rows_left, image.width, grid, limits)
        rows = cover(image.height, grid, tile=tile[0], begin=begin)
        return rows, cover(image.width, grid, tile=tile[1])

    def _make_room(self, tile: tuple[int, int]) -> None:
        """Use smaller tiles from now on, or else the CPU."""
        if self.network.device.type == "cuda":
            torch.cuda.empty_cache()
        if not self.budget.shrink(tile, self.network.grid):
            self._fall_back()

    def _fall_back(self) -> None:
        if self.network.device.type == "cpu":
            raise MemoryExhaustedError(
                "There is not enough memory for this network.",
                remedy="Close other programs, or choose a smaller network.",
            )
        self.network = self.network.to_cpu()
        self.fell_back = True
        self.budget = TileBudget.of_device(self.network.device)


class _HardBand:
    """One row of tiles that agree where they meet, turned into pixels tile by tile."""

    def __init__(self, scale: int, kind: PixelKind, rows: Span, columns: tuple[Span, ...]) -> None:
        self._scale = scale
        self._kind = kind
        self._rows = rows
        shape = (rows.keep_px * scale, columns[-1].keep_stop * scale, kind.channels)
        self._pixels: Rows = np.empty(shape, kind.dtype)

    def add(self, columns: Span, sr: Tensor) -> None:
        """Take one tile's result."""
        scale, rows = self._scale, self._rows
        kept = sr[
            ...,
            (rows.keep_start - rows.start) * scale : (rows.keep_stop - rows.start) * scale,
            (columns.keep_start - columns.start) * scale : (columns.keep_stop - columns.start)
            * scale,
        ]
        place = self._pixels[:, columns.keep_start * scale : columns.keep_stop * scale]
        self._kind.write(kept, place)

    def finish(self, _held: Tensor | None) -> tuple[Iterator[Rows], None]:
        """Return the band."""
        return iter((self._pixels,)), None


class _FeatheredBand:
    """One row of tiles that are blended where they meet, on all four sides."""

    def __init__(
        self,
        network: TileNetwork,
        kind: PixelKind,
        rows: Span,
        ramp: Ramp,
        columns: tuple[Span, ...],
    ) -> None:
        self._scale = network.scale
        self._kind = kind
        self._rows = rows
        self._ramp = ramp
        self._ramps = dict(zip(columns, ramps(columns, network.feather), strict=True))
        self._down = weights(rows, ramp, self._scale)
        self._sum = torch.zeros((1, 3, len(self._down), columns[-1].keep_stop * self._scale))

    def add(self, columns: Span, sr: Tensor) -> None:
        """Take one tile's result."""
        scale, rows, ramp = self._scale, self._rows, self._ramps[columns]
        across = weights(columns, ramp, scale)
        top = (rows.keep_start - self._ramp.before - rows.start) * scale
        left = (columns.keep_start - ramp.before - columns.start) * scale
        kept = sr[..., top : top + len(self._down), left : left + len(across)].to("cpu")
        start = (columns.keep_start - ramp.before) * scale
        self._sum[..., start : start + len(across)] += kept * self._down[:, None] * across

    def finish(self, held: Tensor | None) -> tuple[Iterator[Rows], Tensor | None]:
        """Return what is complete, and what the next band still adds to."""
        if held is not None:
            self._sum[..., : held.shape[2], :] += held
        left = 2 * self._ramp.after * self._scale
        ready = self._sum.shape[2] - left
        kind, total = self._kind, self._sum
        pixels = (
            kind.of(total[..., top : min(top + PIECE_ROWS, ready), :])
            for top in range(0, ready, PIECE_ROWS)
        )
        return pixels, total[..., ready:, :].clone() if left else None


def _band(
    network: TileNetwork, kind: PixelKind, rows: Span, ramp: Ramp, columns: tuple[Span, ...]
) -> _HardBand | _FeatheredBand:
    if network.feather:
        return _FeatheredBand(network, kind, rows, ramp, columns)
    return _HardBand(network.scale, kind, rows, columns)
