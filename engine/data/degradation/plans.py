"""What is done to one sample: every parameter drawn, before any pixel is touched."""

import math
from dataclasses import dataclass
from typing import Literal

from engine.data.degradation.randomness import Stream
from engine.data.degradation.settings import (
    BlurSettings,
    DegradationSettings,
    KernelFamily,
    NoiseSettings,
    ResizeMode,
    ResizeSettings,
    StageSettings,
)

_SMALL_SINC_BELOW_PX = 13


@dataclass(frozen=True, slots=True)
class KernelPlan:
    """One kernel. Lengths in pixels, angle in radians, cutoff in radians per pixel."""

    family: KernelFamily | Literal["sinc"]
    size: int
    sigma_x_px: float = 1.0
    sigma_y_px: float = 1.0
    angle: float = 0.0
    beta: float = 1.0
    cutoff: float = math.pi


@dataclass(frozen=True, slots=True)
class NoisePlan:
    """One noise: σ on [0, 1] of a Gaussian, or how many times the photon noise."""

    kind: Literal["gaussian", "poisson"]
    strength: float
    grey: bool


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One round: blur if any, resize, noise, JPEG."""

    kernel: KernelPlan | None
    factor: float
    mode: ResizeMode
    noise: NoisePlan
    jpeg_quality: float


@dataclass(frozen=True, slots=True)
class DegradationPlan:
    """Everything that happens to one sample."""

    first: StagePlan
    second: StagePlan
    final_sinc: KernelPlan | None
    final_mode: ResizeMode
    jpeg_last: bool


def draw_plan(settings: DegradationSettings, stream: Stream) -> DegradationPlan:
    """Draw one sample's degradation (Real-ESRGAN, section 3)."""
    first = _draw_stage(settings.first, stream)
    second = _draw_stage(settings.second, stream)
    sinc = None
    if stream.chance(settings.final_sinc_probability):
        sizes = settings.final_sinc_sizes
        size = sizes[stream.index([1.0] * len(sizes))]
        sinc = KernelPlan("sinc", size, cutoff=stream.uniform(math.pi / 3, math.pi))
    modes = settings.second.resize.modes
    mode = modes[stream.index([1.0] * len(modes))]
    return DegradationPlan(first, second, sinc, mode, stream.chance(settings.jpeg_last_probability))


def _draw_stage(settings: StageSettings, stream: Stream) -> StagePlan:
    kernel = None
    if stream.chance(settings.blur.probability):
        kernel = _draw_kernel(settings.blur, stream)
    factor, mode = _draw_resize(settings.resize, stream)
    noise = _draw_noise(settings.noise, stream)
    return StagePlan(kernel, factor, mode, noise, stream.uniform(*settings.jpeg_quality))


def _draw_kernel(settings: BlurSettings, stream: Stream) -> KernelPlan:
    size = settings.sizes[stream.index([1.0] * len(settings.sizes))]
    if stream.chance(settings.sinc_probability):
        lowest = math.pi / 3 if size < _SMALL_SINC_BELOW_PX else math.pi / 5
        return KernelPlan("sinc", size, cutoff=stream.uniform(lowest, math.pi))
    families = tuple(settings.families)
    family = families[stream.index(list(settings.families.values()))]
    sigma_x_px = stream.uniform(*settings.sigma_px)
    sigma_y_px, angle, beta = sigma_x_px, 0.0, 1.0
    if family.endswith("aniso"):
        sigma_y_px = stream.uniform(*settings.sigma_px)
        angle = stream.uniform(-math.pi, math.pi)
    if family.startswith("generalised"):
        beta = _draw_beta(settings.beta_generalised, stream)
    elif family.startswith("plateau"):
        beta = _draw_beta(settings.beta_plateau, stream)
    return KernelPlan(family, size, sigma_x_px, sigma_y_px, angle, beta)


def _draw_beta(values: tuple[float, float], stream: Stream) -> float:
    """Draw a shape: as often below 1, which is flatter in the tails, as above."""
    low, high = values
    if low <= 1 <= high:
        low, high = (low, 1.0) if stream.chance(0.5) else (1.0, high)
    return stream.uniform(low, high)


def _draw_resize(settings: ResizeSettings, stream: Stream) -> tuple[float, ResizeMode]:
    up, down = settings.up_probability, settings.down_probability
    change = stream.index([up, down, max(0.0, 1 - up - down)])
    ranges = ((1.0, settings.factor[1]), (settings.factor[0], 1.0), (1.0, 1.0))
    factor = stream.uniform(*ranges[change])
    return factor, settings.modes[stream.index([1.0] * len(settings.modes))]


def _draw_noise(settings: NoiseSettings, stream: Stream) -> NoisePlan:
    grey_below = settings.grey_probability
    if stream.chance(settings.gaussian_probability):
        strength = stream.uniform(*settings.gaussian_levels) / 255
        return NoisePlan("gaussian", strength, stream.chance(grey_below))
    strength = stream.uniform(*settings.poisson_strength)
    return NoisePlan("poisson", strength, stream.chance(grey_below))
