"""What a network is computed with, and how far that is from PyTorch's float32."""

from dataclasses import dataclass
from typing import Literal

Arithmetic = Literal["fp32", "bf16", "fp16"]
Backend = Literal["torch", "openvino"]

MAX_MEAN_ERROR = 0.25 / 255
"""Largest mean absolute difference from PyTorch's float32, on [0, 1], that anything may make."""

_ARITHMETICS: dict[Arithmetic, str] = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
_BACKENDS: dict[Backend, str] = {"torch": "PyTorch", "openvino": "OpenVINO"}


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What was chosen, and how far it is from PyTorch's float32 on the crops it was measured on.

    Attributes:
        arithmetic: Precision of the network's layers.
        mean_abs_error: On [0, 1].
        max_abs_error: On [0, 1].
        backend: The library that computes them.
    """

    arithmetic: Arithmetic
    mean_abs_error: float = 0.0
    max_abs_error: float = 0.0
    backend: Backend = "torch"

    @property
    def description(self) -> str:
        """Backend and arithmetic for the user, such as "PyTorch, bfloat16"."""
        return f"{_BACKENDS[self.backend]}, {_ARITHMETICS[self.arithmetic]}"
