"""Watches a network at its tiles: results checked, progress told, stopped when asked."""

from collections.abc import Callable

from torch import Tensor

from engine.cancellation import CancelToken
from engine.errors import PhotoError
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.plausibility import NETWORK_LIMIT, make_plausible
from engine.upscaling.inference.safety_net import find_problem
from engine.upscaling.tiles.transfer import to_device


class TileChecks:
    """Runs tiles so that none is passed on that cannot be of its photo.

    Attributes:
        retried_tiles: How many tiles of this photo were done again in float32.
        repaired_px: How many of its LR pixels were enlarged plainly instead.
    """

    def __init__(self, *, largest_shift: float = NETWORK_LIMIT) -> None:
        """Begin with no photo.

        Args:
            largest_shift: See `plausibility.make_plausible`.
        """
        self._largest_shift = largest_shift
        self.retried_tiles = self.repaired_px = 0

    def start(
        self,
        network: FastNetwork,
        photo_px: int,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Callable[[int, int], None]:
        """Begin a photo.

        Args:
            network: What upscales it.
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

        network.on_share = on_share
        return on_tile

    def run(self, network: FastNetwork, lr: Tensor) -> Tensor:
        """Upscale LR of shape (1, 3, H, W), again in float32 if nothing came out.

        Where something came out that is not the photo, it is enlarged plainly.

        Raises:
            PhotoError: If nothing comes out then either.
        """
        lr = to_device(lr, network.device)
        sr = network.run(lr)
        if find_problem(lr, sr, network.scale) is not None:
            sr = network.run_exact(lr)
            problem = find_problem(lr, sr, network.scale)
            if problem is not None:
                raise PhotoError(
                    f"The network turned a part of this photo into nothing ({problem}).",
                    remedy="Nothing was saved. Try another profile or network.",
                )
            self.retried_tiles += 1
        checked = make_plausible(lr, sr, network.scale, self._largest_shift)
        self.repaired_px += checked.repaired_px
        return checked.sr
