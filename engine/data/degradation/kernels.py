"""The blur kernels of the degradation: Gaussian, generalised, plateau and sinc."""

import math

import torch
from torch import Tensor

from engine.data.degradation.plans import KernelPlan

_MIDDLE_SERIES_BELOW = 1e-6


def kernel_of(plan: KernelPlan) -> Tensor:
    """Return the kernel of a plan: float32, shape (size, size), sum 1."""
    if plan.family == "sinc":
        return sinc_kernel(plan.size, plan.cutoff)
    exponent = _mahalanobis(plan)
    if plan.family in {"plateau_iso", "plateau_aniso"}:
        kernel = 1 / (exponent**plan.beta + 1)
    else:
        kernel = torch.exp(-0.5 * exponent**plan.beta)  # beta is 1 for a plain Gaussian
    return (kernel / kernel.sum()).float()


def sinc_kernel(size: int, cutoff: float) -> Tensor:
    """Return a circular low-pass filter, which rings.

    Args:
        size: Its odd side in pixels.
        cutoff: Where it cuts, in radians per pixel, up to π.

    Returns:
        float32, shape (size, size), sum 1.
    """
    y, x = _grid(size)
    radius = torch.hypot(x, y)
    kernel = cutoff * torch.special.bessel_j1(cutoff * radius) / (2 * math.pi * radius)
    kernel = torch.where(radius < _MIDDLE_SERIES_BELOW, cutoff**2 / (4 * math.pi), kernel)
    return (kernel / kernel.sum()).float()


def _mahalanobis(plan: KernelPlan) -> Tensor:
    """Return (x, y) Σ⁻¹ (x, y)ᵀ, where Σ has σ² on axes that are turned by the plan's angle."""
    y, x = _grid(plan.size)
    cos, sin = math.cos(plan.angle), math.sin(plan.angle)
    along, across = x * cos + y * sin, y * cos - x * sin
    return (along / plan.sigma_x_px) ** 2 + (across / plan.sigma_y_px) ** 2


def _grid(size: int) -> tuple[Tensor, Tensor]:
    places = torch.arange(size, dtype=torch.float64) - size // 2
    y, x = torch.meshgrid(places, places, indexing="ij")
    return y, x
