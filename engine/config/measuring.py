"""Settings of measuring a network on pairs, or on the bicubic LR of sharp photos."""

from typing import Annotated

from pydantic import Field

from engine.config.base import (
    KEPT_OUT,
    CacheDir,
    Device,
    KeptOut,
    ProfileFolder,
    Scale,
    Seed,
    Settings,
)
from engine.paths import StoredName, StoredPath

_Network = Annotated[StoredName | None, Field(description="A shipped network's name, or a file.")]


class EvaluateSettings(Settings):
    """Measure a backbone or a profile on pairs."""

    backbone: _Network = None
    profile: ProfileFolder = None
    pairs: StoredPath = Field(description="Folder of LR/HR pairs, as `adaptsr adapt` takes it.")
    scale: Scale
    bicubic_lr: bool = Field(False, description="`pairs` holds HR photos; LR is their bicubic.")
    val: KeptOut | None = Field(None, description=KEPT_OUT)  # without: all pairs
    seed: Seed = 0
    device: Device = "auto"
    cache_dir: CacheDir = None


class BenchSettings(Settings):
    """Measure a backbone or a profile on the bicubic LR of sharp photos.

    A network of another scale than `scale` is refused; without it, any will do.
    """

    backbone: _Network = None
    profile: ProfileFolder = None
    bench: tuple[StoredPath, ...] = Field(
        min_length=1,
        description="Folder of HR photos, whose LR is made by bicubic resampling.",
    )
    scale: Scale | None = None
    device: Device = "auto"
    cache_dir: CacheDir = None
