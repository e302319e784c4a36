"""Runs a network with PyTorch as fast as its device allows, in float32 or reduced precision."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.devices import has_fast_bfloat16
from engine.upscaling.inference.fidelity import Arithmetic
from engine.upscaling.inference.receptive_field import size_grid
from engine.upscaling.inference.rewrites import fuse_layer_norms, keep_ends_exact
from engine.upscaling.tiles.memory import live_bytes_per_px
from engine.upscaling.tiles.tiling import round_up
from engine.upscaling.tiles.transfer import to_device

OnShare = Callable[[float], None]
"""Called many times in a run with the share of it that is done; may raise to stop it."""

_MAX_REWRITE_ERROR = 1e-5
_PROBE_SIDE_PX, _TIMING_SIDE_PX = 32, 128
_DTYPES: dict[Arithmetic, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}


def ignore_share(_share: float) -> None:
    """An `OnShare` for callers that do not listen."""


class TorchNetwork:
    """A backbone's network and a faster copy of it on the same device.

    Attributes:
        device: Where both run.
        arithmetics: What the device computes in hardware; float32 first.
    """

    def __init__(self, backbone: Backbone, on_share: OnShare = ignore_share) -> None:
        """Prepare the copy; `backbone` is left as it is.

        Args:
            backbone: On the device it is to run on.
            on_share: Called before every layer of the copy.
        """
        self.device = next(backbone.module.parameters()).device
        self.arithmetics = _arithmetics(self.device)
        self._backbone = backbone
        self._size = size_grid(backbone)
        self._bytes_per_px: dict[Arithmetic, float] = {}
        self._fast = self._prepare()
        self._watch = _LayerWatch(self._fast.module, on_share)

    def run(self, arithmetic: Arithmetic, lr: Tensor) -> Tensor:
        """Upscale with the faster copy.

        Args:
            arithmetic: One of `arithmetics`.
            lr: RGB in [0, 1], float32, shape (1, 3, H, W), on any device.

        Returns:
            float32 on the network's device, shape (1, 3, H * scale, W * scale), not clamped.
        """
        self._watch.begin()
        lr = to_device(lr, self.device)
        if arithmetic == "fp32":
            with torch.inference_mode(), _true_float32():
                return self._fast(lr)
        with torch.inference_mode(), torch.autocast(self.device.type, _DTYPES[arithmetic]):
            return self._fast(lr).float()

    def run_exact(self, lr: Tensor) -> Tensor:
        """Upscale with the original network in float32; as `run` otherwise."""
        with torch.inference_mode(), _true_float32():
            return self._backbone(to_device(lr, self.device))

    def bytes_per_px(self, arithmetic: Arithmetic) -> float:
        """Return what the network takes per LR pixel, measured once."""
        if arithmetic not in self._bytes_per_px:
            run = functools.partial(self.run, arithmetic)
            self._bytes_per_px[arithmetic] = live_bytes_per_px(run, self._size)
        return self._bytes_per_px[arithmetic]

    @functools.cached_property
    def seconds_per_px(self) -> dict[Arithmetic, float]:
        """How long an LR pixel takes in each arithmetic, timed once.

        Processor time on the CPU, because other programs stretch the other kind at random.
        """
        side_px = round_up(max(_TIMING_SIDE_PX, self._size.minimum), self._size.multiple)
        lr = torch.rand((1, 3, side_px, side_px), device=self.device)
        clock = time.process_time if self.device.type == "cpu" else time.perf_counter
        seconds = dict.fromkeys(self.arithmetics, float("inf"))
        for _ in range(3):  # the first run of each also warms up
            for arithmetic in self.arithmetics:
                started = clock()
                self.run(arithmetic, lr).sum().item()
                seconds[arithmetic] = min(seconds[arithmetic], clock() - started)
        return {arithmetic: s / lr[0, 0].numel() for arithmetic, s in seconds.items()}

    def _prepare(self) -> Backbone:
        """Return the fastest copy that computes the same as the original."""
        side_px = round_up(max(_PROBE_SIDE_PX, self._size.minimum), self._size.multiple)
        probe = torch.rand((1, 3, side_px, side_px), generator=torch.Generator().manual_seed(0))
        expected = self.run_exact(probe)
        tolerance = _MAX_REWRITE_ERROR * max(1.0, float(expected.abs().max()))
        for fuse in (True, False):
            fast = self._backbone.clone()
            fast.to(self.device, channels_last=fast.is_convolutional)
            if fuse:
                fuse_layer_norms(fast.module)
            with torch.inference_mode(), _true_float32():
                keep_ends_exact(fast.module, functools.partial(fast, probe.to(self.device)))
                difference = (fast(probe.to(self.device)) - expected).abs().max()
            if bool(difference <= tolerance):
                return fast
        return self._backbone.clone()


class _LayerWatch:
    """Tells how far a run is by the layers that were entered."""

    def __init__(self, module: nn.Module, on_share: OnShare) -> None:
        layers = [m for m in module.modules() if next(m.children(), None) is None]
        self._count = max(1, len(layers))
        self._on_share = on_share
        self._done = 0
        for layer in layers:
            layer.register_forward_pre_hook(self._entered)

    def begin(self) -> None:
        self._done = 0

    def _entered(self, _module: nn.Module, _inputs: object) -> None:
        self._done += 1
        self._on_share(min(1.0, self._done / self._count))


def _arithmetics(device: torch.device) -> tuple[Arithmetic, ...]:
    found: list[Arithmetic] = ["fp32"]
    if has_fast_bfloat16(device):
        found.append("bf16")
    if device.type == "cuda":
        found.append("fp16")
    return tuple(found)


@contextlib.contextmanager
def _true_float32() -> Iterator[None]:
    """Switch off the shortened float32 that graphics cards use for convolutions."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
