"""Which processor a job runs on, and what that processor can do."""

from typing import Literal

import torch

from engine.errors import ConfigError

Precision = Literal["fp32", "bf16"]


def pick_device(name: str = "auto") -> torch.device:
    """Return the device named by `name`, or the best one present for "auto".

    Raises:
        ConfigError: If there is no such device here.
    """
    if name != "auto":
        return _device_called(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _device_called(name: str) -> torch.device:
    present = {
        "cpu": 1,
        "cuda": torch.cuda.device_count(),
        "mps": int(torch.backends.mps.is_available()),
    }
    kind, _, index = name.partition(":")
    if kind in present and (not index or index.isdecimal()) and int(index or 0) < present[kind]:
        return torch.device(name)
    usable = [kind for kind, count in present.items() if count]
    raise ConfigError(
        f"There is no device called {name!r} here.", remedy=f"Choose auto, {', '.join(usable)}."
    )


def has_fast_bfloat16(device: torch.device) -> bool:
    """True where bfloat16 arithmetic is done in hardware rather than emulated."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False
