"""What was found out about a camera, as numbers that can be saved."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError

from engine.config.base import Settings
from engine.errors import ConfigError, storage_errors
from engine.files import atomic_write_text, read_small

FORMAT = 1


class Brightness(Settings):
    """Noise of one brightness, measured where photos are flat.

    Levels are 8-bit ones.
    """

    level: float = Field(ge=0, le=255, description="Mean brightness.")
    luma_levels: float = Field(ge=0, description="Standard deviation of brightness.")
    chroma_levels: float = Field(ge=0, description="Standard deviation of colour.")
    patches: int = Field(ge=1, description="Flat places this is the median of.")


class Edges(Settings):
    """What strong edges look like. Lengths in pixels of the photos."""

    count: int = Field(ge=1)
    rise_px: float = Field(description="From 10 % to 90 % of an edge's height, median.")
    overshoot: float = Field(description="Halo on the bright side, as a share of the height.")
    undershoot: float = Field(description="Halo on the dark side, as a share of the height.")


class JpegFacts(Settings):
    """How the camera's files are compressed, from the files themselves."""

    luma_table: tuple[int, ...] = Field(min_length=64, max_length=64, description="In rows.")
    chroma_table: tuple[int, ...] = Field(min_length=64, max_length=64, description="In rows.")
    quality: int = Field(ge=1, le=100, description="Of libjpeg's scale, the nearest.")
    halves_colour: bool
    files: int = Field(ge=1, description="How many have these very tables.")


class CameraEstimate(Settings):
    """A camera as its photos show it.

    Frequencies are in cycles per pixel, up to 0.5; responses are relative to the lowest ones and
    to what sharp photographs made small hold.
    """

    format: int = FORMAT
    photos: int = Field(ge=1)
    width_px: int
    height_px: int
    frequencies: tuple[float, ...]
    power_levels: tuple[float, ...] = Field(description="Root of the power of the photos.")
    sharp_levels: tuple[float, ...] = Field(description="The same of sharp photographs.")
    blur_px: float = Field(ge=0, description="σ of the lens's and the processing's blur.")
    sharpening: float = Field(ge=0, description="Strength of the sharpening; 0 for none.")
    sharpening_px: float = Field(ge=0, description="σ of its radius.")
    response: tuple[float, ...] = Field(description="Of blur and sharpening, by frequency.")
    texture_noise_levels: tuple[float, ...] = Field(
        description="Root of the power that no lens explains: noise and artefacts, by frequency."
    )
    mtf50: float = Field(description="Frequency at which half of the contrast is left.")
    noise: tuple[Brightness, ...] = Field(description="By brightness, from dark to bright.")
    noise_correlation: float = Field(
        description="Between neighbouring pixels of flat places; 0 for independent noise."
    )
    edges: Edges | None
    demosaic: float = Field(
        ge=0,
        description="How much more one half of a chessboard varies than the other; 0 for none.",
    )
    jpeg: JpegFacts | None

    def save(self, path: Path) -> None:
        """Write it as JSON.

        Raises:
            StorageError: If the disk is full, gone or not writable.
        """
        atomic_write_text(path, self.model_dump_json(indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ConfigError: If it is not there, or is something else.
            StorageError: If it may not be read.
        """
        try:
            with storage_errors(path):
                return cls.model_validate_json(read_small(path))
        except (FileNotFoundError, IsADirectoryError) as error:
            raise ConfigError("There is no such camera estimate.", path=path) from error
        except ValidationError as error:
            raise ConfigError(
                "This is not a camera estimate, or one by another version.",
                path=path,
                remedy="Make it anew by `adaptsr data camera`.",
            ) from error
