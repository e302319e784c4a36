"""How much memory a network takes per pixel, and how large tiles may therefore be."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.free_memory import free_memory_bytes
from engine.upscaling.tiles.tiling import Grid, TileLimits, round_up

_PROBE_SIDES_PX = (48, 96)
_MARGIN = 1.3
"""What the allocator loses between tensors, and what kernels need beside them."""

_HOST_TILE_BYTES = 900 << 20
_HOST_BAND_BYTES = 400 << 20
"""Enough that larger tiles would gain little; with reading and encoding it stays below 2 GiB."""

_SHARE_OF_FREE = 0.5
_SHARE_OF_FREE_ON_CARD = 0.7
_NO_LIMIT = 1 << 62


class TileBudget:
    """How large tiles may be on one device; shrinks when memory runs out."""

    def __init__(
        self,
        *,
        tile_bytes: float = _NO_LIMIT,
        band_bytes: float = _NO_LIMIT,
        side_px: int = _NO_LIMIT,
    ) -> None:
        """Set the limits.

        Args:
            tile_bytes: What the network may take for one tile.
            band_bytes: What results may take until they are written.
            side_px: Longest side of a tile, in LR pixels.
        """
        self._tile_bytes = tile_bytes
        self._band_bytes = band_bytes
        self._side_px = side_px
        self._max_px = _NO_LIMIT

    @classmethod
    def of_device(cls, device: torch.device) -> "TileBudget":
        """Return what is free now, less what other programs may want."""
        host_bytes = free_memory_bytes() * _SHARE_OF_FREE
        share = min(1.0, host_bytes / (_HOST_TILE_BYTES + _HOST_BAND_BYTES))
        tile_bytes = _HOST_TILE_BYTES * share
        if device.type == "cuda":
            free_bytes, _ = torch.cuda.mem_get_info(device)
            unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
            tile_bytes = (free_bytes + unused) * _SHARE_OF_FREE_ON_CARD
        return cls(tile_bytes=tile_bytes, band_bytes=_HOST_BAND_BYTES * share)

    def limits(self, *, bytes_per_px: float, row_bytes: float) -> TileLimits:
        """Return how large tiles may be; less than one pixel becomes one.

        Args:
            bytes_per_px: What the network takes per LR pixel.
            row_bytes: What the results of one LR row take until they are written.
        """
        return TileLimits(
            tile_px=max(1, int(min(self._tile_bytes / bytes_per_px, self._max_px))),
            rows=max(1, int(min(self._band_bytes / row_bytes, self._side_px))),
            columns=self._side_px,
        )

    def shrink(self, tile: tuple[int, int], grid: Grid) -> bool:
        """Make sure that no tile as large as the one that failed is tried again.

        Args:
            tile: Height and width of the tile that failed.
            grid: What the network asks for.

        Returns:
            False if that was the smallest already.
        """
        high, wide = (round_up(side, grid.multiple) for side in tile)
        smallest_px = grid.smallest_tile**2
        if high * wide <= smallest_px:
            return False
        self._max_px = max(smallest_px, high * wide // 2)
        return True


def live_bytes_per_px(run: Callable[[Tensor], Tensor], grid: Grid) -> float:
    """Return the most memory that `run` holds at a time, per LR pixel, measured on small input.

    What does not grow with the input, such as converted weights, is not counted.

    Args:
        run: Takes LR of shape (1, 3, H, W) on the CPU.
        grid: What the network asks for.
    """
    points: list[tuple[int, int]] = []
    for side in _PROBE_SIDES_PX:
        side_px = round_up(max(side, grid.minimum), grid.multiple)
        if points and side_px == points[0][0]:
            side_px += grid.multiple
        watch = _LiveTensors()
        with watch:
            run(torch.rand((1, 3, side_px, side_px)))
        points.append((side_px, watch.peak_bytes))
    (small, small_bytes), (large, large_bytes) = points
    slope = (large_bytes - small_bytes) / (large * large - small * small)
    return max(slope, 12.0) * _MARGIN


class _LiveTensors(TorchFunctionMode):
    """Adds up the memory behind all tensors that were made inside and are still alive."""

    def __init__(self) -> None:
        super().__init__()
        self.peak_bytes = 0
        self._live_bytes = 0
        self._users: dict[int, int] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for made in result if isinstance(result, tuple | list) else (result,):
            if isinstance(made, Tensor):
                self._add(made)
        return result

    def _add(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size_bytes = storage.data_ptr(), storage.nbytes()
        if not self._users.get(key):
            self._users[key] = 0
            self._live_bytes += size_bytes
            self.peak_bytes = max(self.peak_bytes, self._live_bytes)
        self._users[key] += 1
        weakref.finalize(tensor, self._remove, key, size_bytes)

    def _remove(self, key: int, size_bytes: int) -> None:
        self._users[key] -= 1
        if not self._users[key]:
            self._live_bytes -= size_bytes
