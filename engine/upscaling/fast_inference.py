"""Runs a network as fast as the processor allows without a visible change to its result.

Reduced precision is used only where it was measured to be both faster, and close enough to
float32 on crops of the photo at hand.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.devices import has_fast_bfloat16
from engine.upscaling.inference_rewrites import fuse_layer_norms, keep_ends_exact
from engine.upscaling.memory import live_bytes_per_px
from engine.upscaling.receptive_field import feather_px, measure_grid, size_grid
from engine.upscaling.tiling import Grid, round_up

Arithmetic = Literal["fp32", "bf16", "fp16"]

MAX_MEAN_ERROR = 0.25 / 255
"""Largest mean absolute difference from float32, on [0, 1], that reduced precision may make."""

_MAX_REWRITE_ERROR = 1e-5
_WORTH_IT = 0.95
_PROBE_SIDE_PX, _TIMING_SIDE_PX = 32, 128
_DTYPES: dict[Arithmetic, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What was chosen, and how far it is from float32 on the crops it was measured on.

    Attributes:
        arithmetic: Precision of the network's layers.
        mean_abs_error: On [0, 1].
        max_abs_error: On [0, 1].
    """

    arithmetic: Arithmetic
    mean_abs_error: float = 0.0
    max_abs_error: float = 0.0


class FastNetwork:
    """A copy of a backbone's network made ready for one device, beside the original.

    Attributes:
        scale: Integer factor from LR to SR.
        device: Where both run.
        feather: Half the width over which tiles are blended, in LR pixels.
        size: What LR sizes the network takes.
        fidelity: What `choose_arithmetic` found; float32 before.
        on_layer: Called before every layer of the network; may raise to stop it.
        layers_per_run: How often that is in one run.
    """

    def __init__(self, backbone: Backbone) -> None:
        """Prepare a copy of the network; `backbone` is left as it is."""
        self.scale = backbone.scale
        self.device = next(backbone.module.parameters()).device
        self.feather = feather_px(backbone)
        self.size = size_grid(backbone)
        self.fidelity = Fidelity("fp32")
        self.on_layer: Callable[[], None] = _do_nothing
        self._bytes_per_px: dict[Arithmetic, float] = {}
        self._backbone = backbone
        self._fast = self._prepare()
        self.layers_per_run = self._watch_layers()

    def run(self, lr: Tensor) -> Tensor:
        """Upscale with the arithmetic chosen.

        Args:
            lr: RGB in [0, 1], float32, shape (1, 3, H, W), on any device.

        Returns:
            float32 on the network's device, shape (1, 3, H * scale, W * scale), not clamped.
        """
        return self._run_as(self.fidelity.arithmetic, lr)

    def run_exact(self, lr: Tensor) -> Tensor:
        """Upscale with the original network in float32; as `run` otherwise."""
        with torch.inference_mode(), _true_float32():
            return self._backbone(lr.to(self.device))

    @functools.cached_property
    def grid(self) -> Grid:
        """How tiles may lie, measured when first asked for."""
        return measure_grid(self._backbone, lambda lr: self._run_as("fp32", lr).to("cpu"))

    @property
    def bytes_per_px(self) -> float:
        """What the network takes per LR pixel with the arithmetic in use, measured once."""
        arithmetic = self.fidelity.arithmetic
        if arithmetic not in self._bytes_per_px:
            run = functools.partial(self._run_as, arithmetic)
            self._bytes_per_px[arithmetic] = live_bytes_per_px(run, self.size)
        return self._bytes_per_px[arithmetic]

    def choose_arithmetic(self, crops: Sequence[Tensor]) -> Fidelity:
        """Choose the fastest arithmetic that is close enough to float32 on a photo's crops.

        Args:
            crops: LR crops of the photo, each of shape (1, 3, H, W). None chooses float32.

        Returns:
            What is used from now on, with its error.
        """
        self.fidelity = Fidelity("fp32")
        exact = [self.run_exact(crop) for crop in crops] if self._faster else []
        for arithmetic in self._faster if exact else ():
            differences = [
                (self._run_as(arithmetic, crop) - result).abs()
                for crop, result in zip(crops, exact, strict=True)
            ]
            mean = sum(float(d.mean()) for d in differences) / len(differences)
            if mean <= MAX_MEAN_ERROR:  # false for what is not a number
                largest = max(float(d.max()) for d in differences)
                self.fidelity = Fidelity(arithmetic, mean, largest)
                break
        return self.fidelity

    def to_cpu(self) -> "FastNetwork":
        """Return this network prepared for the CPU; the caller's backbone stays where it is."""
        moved = FastNetwork(self._backbone.clone().to("cpu"))
        moved.on_layer = self.on_layer
        return moved

    def _run_as(self, arithmetic: Arithmetic, lr: Tensor) -> Tensor:
        if arithmetic == "fp32":
            with torch.inference_mode(), _true_float32():
                return self._fast(lr.to(self.device))
        with torch.inference_mode(), torch.autocast(self.device.type, _DTYPES[arithmetic]):
            return self._fast(lr.to(self.device)).float()

    def _prepare(self) -> Backbone:
        """Return the fastest copy that computes the same as the original."""
        side_px = round_up(max(_PROBE_SIDE_PX, self.size.minimum), self.size.multiple)
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

    def _watch_layers(self) -> int:
        def entered(_module: nn.Module, _inputs: object) -> None:
            self.on_layer()

        layers = [m for m in self._fast.module.modules() if next(m.children(), None) is None]
        for layer in layers:
            layer.register_forward_pre_hook(entered)
        return max(1, len(layers))

    @functools.cached_property
    def _faster(self) -> tuple[Arithmetic, ...]:
        """What is faster than float32 here, the fastest first; timed once."""
        candidates: list[Arithmetic] = ["fp32"]
        if has_fast_bfloat16(self.device):
            candidates.append("bf16")
        if self.device.type == "cuda":
            candidates.append("fp16")
        if len(candidates) == 1:
            return ()
        side_px = round_up(max(_TIMING_SIDE_PX, self.size.minimum), self.size.multiple)
        lr = torch.rand((1, 3, side_px, side_px), device=self.device)
        # Processor time, because other programs stretch the other kind at random.
        clock = time.process_time if self.device.type == "cpu" else time.perf_counter
        seconds = dict.fromkeys(candidates, float("inf"))
        for _ in range(3):  # the first run of each also warms up
            for candidate in candidates:
                started = clock()
                self._run_as(candidate, lr).sum().item()
                seconds[candidate] = min(seconds[candidate], clock() - started)
        limit_s = seconds.pop("fp32") * _WORTH_IT
        return tuple(sorted((c for c in seconds if seconds[c] < limit_s), key=seconds.__getitem__))


def _do_nothing() -> None:
    pass


@contextlib.contextmanager
def _true_float32() -> Iterator[None]:
    """Switch off the shortened float32 that graphics cards use for convolutions."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
