"""Decides for which photos OpenVINO is worth its compiling, and whether it computes the same."""

import time
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.config.upscaling import UpscaleSettings
from engine.errors import ConfigError
from engine.upscaling.inference.fidelity import MAX_MEAN_ERROR, Arithmetic
from engine.upscaling.inference.openvino_network import OpenVinoError, OpenVinoNetwork, has_openvino
from engine.upscaling.inference.receptive_field import size_grid
from engine.upscaling.inference.torch_network import OnShare
from engine.upscaling.tiles.tiling import round_down, round_up

WantedBackend = Literal["auto", "torch", "openvino"]

_TRIAL_FROM_S = 60.0
"""Processor seconds of photos from which on it pays to find out: a trial takes 3 to 15."""

_TIMING_SIDE_PX = 192
"""Smaller tiles flatter OpenVINO, because PyTorch is slower on them than on those of a photo."""

_WORTH_IT = 0.95
_COMPARED_PX, _CONTEXT_PX = 64, 48


def check_backend(settings: UpscaleSettings) -> None:
    """Refuse to promise OpenVINO where it cannot be used.

    Raises:
        ConfigError: If it is asked for and not installed, or for another device than the processor.
    """
    if settings.backend != "openvino":
        return
    if not has_openvino():
        raise ConfigError(
            "OpenVINO is not installed.",
            remedy="Install it with: pip install 'adaptsr[openvino]'",
        )
    if settings.device not in {"auto", "cpu"}:
        raise ConfigError(
            f"OpenVINO computes on the processor here, not on {settings.device}.",
            remedy="Choose the device cpu, or leave the backend to AdaptSR.",
        )


class OpenVinoChoice:
    """OpenVINO for one network: offered where it pays, and compared with PyTorch before use.

    Attributes:
        network: Runs tiles, uncompared.
    """

    def __init__(
        self,
        backbone: Backbone,
        exact: Callable[[Tensor], Tensor],
        on_share: OnShare,
        *,
        always: bool = False,
    ) -> None:
        """Prepare; nothing is compiled yet.

        Args:
            backbone: On the CPU.
            exact: Runs it in PyTorch's float32.
            on_share: Called many times a second; may raise to stop what is under way.
            always: Offer it for every photo.
        """
        self.network = OpenVinoNetwork(backbone, on_share)
        self._exact = exact
        self._size = size_grid(backbone)
        self._scale = backbone.scale
        self._always = always
        self._saved_s_per_px: dict[Arithmetic, float] = {}
        self._seen_px = self._alike_px = 0
        self._last_size = (0, 0)
        self._compared: set[torch.Size] = set()

    def pays(
        self,
        size: tuple[int, int],
        arithmetic: Arithmetic,
        torch_run: Callable[[Tensor], Tensor],
        torch_s_per_px: float,
    ) -> bool:
        """Return whether OpenVINO saves more than compiling costs, for the photo that is next.

        A network is compiled for each size of photo, so photos of the same size in a row are
        taken together. Nobody knows how many follow; as many as there were is the guess that
        loses least.

        Args:
            size: Height and width of the photo, LR pixels.
            arithmetic: What PyTorch would compute the photo in.
            torch_run: Upscales with it.
            torch_s_per_px: About what that takes for an LR pixel, processor time.

        Raises:
            OpenVinoError: If OpenVINO cannot compute this network.
        """
        photo_px = size[0] * size[1]
        self._seen_px += photo_px
        self._alike_px = photo_px + (self._alike_px if size == self._last_size else 0)
        self._last_size = size
        if self._always:
            return True
        if arithmetic not in self._saved_s_per_px:
            if self._seen_px * torch_s_per_px < _TRIAL_FROM_S:
                return False
            self._saved_s_per_px[arithmetic] = self._try(torch_run)
        return self._saved_s_per_px[arithmetic] * self._alike_px > self.network.compile_s

    def run(self, lr: Tensor) -> Tensor:
        """Upscale a tile; the first of each size is compared with PyTorch in its last corner.

        There a network that kept sizes from its recording shows it: the corner has the padding,
        and the last of everything that is counted in windows.

        Args:
            lr: RGB in [0, 1], float32, on the CPU, shape (1, 3, H, W).

        Returns:
            float32, shape (1, 3, H * scale, W * scale), not clamped.

        Raises:
            OpenVinoError: If OpenVINO cannot do it, or computes something else.
        """
        sr = self.network.run(lr)
        if lr.shape not in self._compared:
            top, left = (
                round_down(max(0, side - _COMPARED_PX - _CONTEXT_PX), self._size.multiple)
                for side in lr.shape[2:]
            )
            corner = self._exact(lr[..., top:, left:].contiguous())
            skip_y, skip_x = ((_CONTEXT_PX if start else 0) * self._scale for start in (top, left))
            expected = corner[..., skip_y:, skip_x:]
            found = sr[..., top * self._scale + skip_y :, left * self._scale + skip_x :]
            if not float((found - expected).abs().mean()) <= MAX_MEAN_ERROR:
                raise OpenVinoError("OpenVINO computes something else than PyTorch here.")
            self._compared.add(lr.shape)
        return sr

    def _try(self, torch_run: Callable[[Tensor], Tensor]) -> float:
        """Return the processor seconds that OpenVINO saves for an LR pixel."""
        side_px = round_up(max(_TIMING_SIDE_PX, self._size.minimum), self._size.multiple)
        lr = torch.rand((1, 3, side_px, side_px), generator=torch.Generator().manual_seed(0))
        contenders = (torch_run, self.network.run)
        best_s = [float("inf")] * len(contenders)
        for _ in range(2):  # the first run compiles and warms up
            for index, run in enumerate(contenders):
                started = time.process_time()
                run(lr)
                best_s[index] = min(best_s[index], time.process_time() - started)
        return (_WORTH_IT * best_s[0] - best_s[1]) / lr[0, 0].numel()
