"""Runs a network's tiles under supervision: results checked, progress told, stopped when asked."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.cancellation import CancelToken
from engine.errors import PhotoError
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.fidelity import Fidelity
from engine.upscaling.inference.plausibility import NETWORK_LIMIT, make_plausible
from engine.upscaling.inference.safety_net import find_problem
from engine.upscaling.tiles.tiling import Grid
from engine.upscaling.tiles.transfer import to_device


class CheckedNetwork:
    """A network for the tile loop that never passes on tiles that cannot be of their photo.

    Attributes:
        retried_tiles: How many tiles of this photo were done again in float32.
        repaired_px: How many of its LR pixels were enlarged plainly instead.
        fell_back: True once the network was moved to the CPU.
    """

    def __init__(self, network: FastNetwork, *, largest_shift: float = NETWORK_LIMIT) -> None:
        """Supervise a network.

        Args:
            network: Runs tiles.
            largest_shift: See `plausibility.make_plausible`.
        """
        self._network = network
        self._largest_shift = largest_shift
        self.retried_tiles = self.repaired_px = 0
        self.fell_back = False

    @property
    def scale(self) -> int:
        """Integer factor from LR to SR."""
        return self._network.scale

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self._network.device

    @property
    def feather(self) -> int:
        """Half the width over which tiles are blended, in LR pixels."""
        return self._network.feather

    @property
    def size(self) -> Grid:
        """What LR sizes the network takes."""
        return self._network.size

    @property
    def grid(self) -> Grid:
        """How tiles may lie."""
        return self._network.grid

    @property
    def bytes_per_px(self) -> float:
        """What it takes per LR pixel."""
        return self._network.bytes_per_px

    @property
    def fidelity(self) -> Fidelity:
        """Arithmetic in use and its measured error."""
        return self._network.fidelity

    @property
    def notice(self) -> str:
        """Why another backend than the chosen one did the work, for the user; else empty."""
        return self._network.notice

    def choose(self, crops: Sequence[Tensor], size: tuple[int, int]) -> None:
        """Choose the fastest that is close enough to float32, see `FastNetwork.choose`."""
        self._network.choose(crops, size)

    def start(
        self, photo_px: int, token: CancelToken, on_progress: Callable[[float], None]
    ) -> Callable[[int, int], None]:
        """Begin a photo.

        Args:
            photo_px: Its LR pixels.
            token: Checked many times a second.
            on_progress: Called with the share of the photo that is done, which never falls.

        Returns:
            What to call before every tile with the LR pixels done and the ones of the tile.
        """
        self.retried_tiles = self.repaired_px = 0
        done_px = tile_px = 0
        furthest = 0.0

        def on_tile(done: int, tile: int) -> None:
            nonlocal done_px, tile_px
            done_px, tile_px = done, tile

        def on_share(share: float) -> None:
            nonlocal furthest
            token.check()
            # A tile that is done again begins at nought.
            furthest = max(furthest, (done_px + tile_px * share) / photo_px)
            on_progress(furthest)

        self._network.on_share = on_share
        return on_tile

    def run(self, lr: Tensor) -> Tensor:
        """Upscale LR of shape (1, 3, H, W), again in float32 if nothing came out.

        Where something came out that is not the photo, it is enlarged plainly.

        Raises:
            PhotoError: If nothing comes out then either.
        """
        lr = to_device(lr, self.device)
        sr = self._network.run(lr)
        if find_problem(lr, sr, self.scale) is None:
            return self._plausible(lr, sr)
        sr = self._network.run_exact(lr)
        problem = find_problem(lr, sr, self.scale)
        if problem is not None:
            raise PhotoError(
                f"The network turned a part of this photo into nothing ({problem}).",
                remedy="Nothing was saved. Try another profile or network.",
            )
        self.retried_tiles += 1
        return self._plausible(lr, sr)

    def _plausible(self, lr: Tensor, sr: Tensor) -> Tensor:
        checked = make_plausible(lr, sr, self.scale, self._largest_shift)
        self.repaired_px += checked.repaired_px
        return checked.sr

    def to_cpu(self) -> "CheckedNetwork":
        """Move to the CPU."""
        self._network = self._network.to_cpu()
        self.fell_back = True
        return self
