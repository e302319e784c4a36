"""Which arithmetic and memory layout a backbone trains fastest in, on a given device."""

from dataclasses import dataclass

import torch

from engine.backbones.backbone import Backbone
from engine.config.training import TrainingSettings
from engine.devices import Precision, has_fast_bfloat16


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Precision of the forward and backward pass, and the layout of activations."""

    precision: Precision
    channels_last: bool

    def autocast(self, device: torch.device) -> torch.autocast:
        """Return the context for the forward pass."""
        return torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def choose_arithmetic(
    backbone: Backbone, settings: TrainingSettings, device: torch.device
) -> Arithmetic:
    """Resolve "auto": what is fastest without costing quality, see docs/measurements.md.

    NHWC memory for convolutional networks; bfloat16 wherever the processor computes in it.
    """
    layout, precision = settings.channels_last, settings.precision
    if precision == "auto":
        precision = "bf16" if has_fast_bfloat16(device) else "fp32"
    channels_last = backbone.is_convolutional if layout == "auto" else layout == "on"
    return Arithmetic(precision, channels_last)
