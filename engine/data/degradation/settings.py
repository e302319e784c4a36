"""Every number of the second-order degradation, with the published defaults, and presets."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from engine.config.base import Settings, as_config_error
from engine.errors import ConfigError, storage_errors
from engine.files import read_small

KernelFamily = Literal[
    "iso", "aniso", "generalised_iso", "generalised_aniso", "plateau_iso", "plateau_aniso"
]
ResizeMode = Literal["area", "bilinear", "bicubic"]
Probability = Annotated[float, Field(ge=0, le=1)]
Range = tuple[float, float]

_ROUNDING = 1e-6


def _check_range(name: str, values: Range, low: float = 0.0, high: float = float("inf")) -> None:
    if not low <= values[0] <= values[1] <= high:
        raise ValueError(f"{name} must rise from at least {low:g} to at most {high:g}")


def _check_sizes(sizes: tuple[int, ...]) -> None:
    if not sizes or any(size % 2 == 0 or not 1 <= size <= 63 for size in sizes):
        raise ValueError("kernel sizes are odd numbers up to 63")


class BlurSettings(Settings):
    """How a blur kernel is drawn (Real-ESRGAN, section 3.2). Sizes and σ are in pixels."""

    probability: Probability = Field(1.0, description="How often there is a blur at all.")
    families: dict[KernelFamily, Probability] = Field(
        {
            "iso": 0.45,
            "aniso": 0.25,
            "generalised_iso": 0.12,
            "generalised_aniso": 0.03,
            "plateau_iso": 0.12,
            "plateau_aniso": 0.03,
        },
        description="Families other than sinc, and how often each is drawn.",
    )
    sinc_probability: Probability = Field(0.1, description="How often a sinc is drawn instead.")
    sizes: tuple[int, ...] = Field((7, 9, 11, 13, 15, 17, 19, 21), description="Odd sides.")
    sigma_px: Range = Field((0.2, 3.0), description="σ along either axis.")
    beta_generalised: Range = Field((0.5, 4.0), description="Shape of a generalised Gaussian.")
    beta_plateau: Range = Field((1.0, 2.0), description="Shape of a plateau.")

    @model_validator(mode="after")
    def _check(self) -> "BlurSettings":
        if abs(sum(self.families.values()) - 1) > _ROUNDING:
            raise ValueError("the probabilities of the families must add up to 1")
        _check_sizes(self.sizes)
        for name in ("sigma_px", "beta_generalised", "beta_plateau"):
            _check_range(name, getattr(self, name), low=0.01)
        return self


class ResizeSettings(Settings):
    """How the size between two steps is drawn; 1 is no change."""

    up_probability: Probability = 0.2
    down_probability: Probability = 0.7
    factor: Range = Field((0.15, 1.5), description="Smallest and largest factor.")
    modes: tuple[ResizeMode, ...] = Field(("area", "bilinear", "bicubic"), min_length=1)

    @model_validator(mode="after")
    def _check(self) -> "ResizeSettings":
        if self.up_probability + self.down_probability > 1 + _ROUNDING:
            raise ValueError("up and down cannot happen more often than always")
        _check_range("factor", self.factor, low=0.05)
        if not self.factor[0] <= 1 <= self.factor[1]:
            raise ValueError("factor must reach from at most 1 to at least 1")
        return self


class NoiseSettings(Settings):
    """How noise is drawn: Gaussian or Poisson, coloured or grey."""

    gaussian_probability: Probability = Field(0.5, description="Otherwise Poisson.")
    gaussian_levels: Range = Field((1.0, 30.0), description="σ in 8-bit levels.")
    poisson_strength: Range = Field((0.05, 3.0), description="Times the photon noise.")
    grey_probability: Probability = 0.4

    @model_validator(mode="after")
    def _check(self) -> "NoiseSettings":
        _check_range("gaussian_levels", self.gaussian_levels)
        _check_range("poisson_strength", self.poisson_strength)
        return self


class StageSettings(Settings):
    """One of the two rounds: blur, resize, noise, JPEG."""

    blur: BlurSettings = BlurSettings()
    resize: ResizeSettings = ResizeSettings()
    noise: NoiseSettings = NoiseSettings()
    jpeg_quality: Range = (30.0, 95.0)

    @model_validator(mode="after")
    def _check(self) -> "StageSettings":
        _check_range("jpeg_quality", self.jpeg_quality, low=1, high=100)
        return self


class DegradationSettings(Settings):
    """Second-order degradation; the defaults are those Real-ESRGAN was published with.

    They are the values of its training options for x2 and x4, which do not differ.
    """

    first: StageSettings = StageSettings()
    second: StageSettings = StageSettings(
        blur=BlurSettings(probability=0.8, sigma_px=(0.2, 1.5)),
        resize=ResizeSettings(up_probability=0.3, down_probability=0.4, factor=(0.3, 1.2)),
        noise=NoiseSettings(gaussian_levels=(1.0, 25.0), poisson_strength=(0.05, 2.5)),
    )
    final_sinc_probability: Probability = Field(0.8, description="Of a sinc at the end.")
    final_sinc_sizes: tuple[int, ...] = (7, 9, 11, 13, 15, 17, 19, 21)
    jpeg_last_probability: Probability = Field(
        0.5, description="How often the last JPEG comes after the last resize and the sinc."
    )

    @model_validator(mode="after")
    def _check(self) -> "DegradationSettings":
        _check_sizes(self.final_sinc_sizes)
        return self


def _stage(  # noqa: PLR0917 - one line of a table
    sigma_px: float,
    smallest: float,
    largest: float,
    noise_levels: float,
    poisson: float,
    quality: float,
    blur_probability: float,
) -> StageSettings:
    return StageSettings(
        blur=BlurSettings(probability=blur_probability, sigma_px=(0.2, sigma_px)),
        resize=ResizeSettings(up_probability=0.2, down_probability=0.3, factor=(smallest, largest)),
        noise=NoiseSettings(gaussian_levels=(0.0, noise_levels), poisson_strength=(0.0, poisson)),
        jpeg_quality=(quality, 98.0),
    )


PRESETS: dict[str, DegradationSettings] = {
    "mild": DegradationSettings(
        first=_stage(1.2, 0.7, 1.2, 4.0, 0.4, 80.0, 1.0),
        second=_stage(0.6, 0.9, 1.1, 2.0, 0.2, 85.0, 0.3),
        final_sinc_probability=0.2,
    ),
    "medium": DegradationSettings(
        first=_stage(2.0, 0.4, 1.3, 12.0, 1.2, 60.0, 1.0),
        second=_stage(1.0, 0.6, 1.2, 8.0, 0.8, 65.0, 0.6),
        final_sinc_probability=0.5,
    ),
    "harsh": DegradationSettings(),
}
"""From a good phone in daylight to what the published method expects of the internet."""


def read_degradation(name_or_file: str) -> DegradationSettings:
    """Return a preset, or what a TOML file with the names of the fields says.

    Raises:
        ConfigError: If there is no such preset or file, or it cannot be used.
        StorageError: If the file may not be read.
    """
    if name_or_file in PRESETS:
        return PRESETS[name_or_file]
    path = Path(name_or_file).expanduser()
    try:
        with storage_errors(path):
            return DegradationSettings.model_validate(tomllib.loads(read_small(path).decode()))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ConfigError(
            f"There is no degradation called {name_or_file!r}.",
            remedy=f"Choose {', '.join(PRESETS)}, or a TOML file.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"This degradation cannot be read: {error}.", path=path) from error
    except ValidationError as error:
        raise as_config_error(error) from error
