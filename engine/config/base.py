"""What all settings have in common, and the fields that several jobs take alike."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ConfigError
from engine.paths import StoredPath


class Settings(BaseModel):
    """Base of all settings: immutable, no unknown fields.

    Bounds, default and description of a field are declared here once. The command line makes its
    options of them (`engine.cli.options`), so a description is a sentence for a photographer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


Scale = Annotated[int, Field(ge=1, le=8, description="How much larger HR is than LR.")]
Device = Annotated[str, Field(description="auto, cpu, cuda, cuda:1 or mps.")]
CacheDir = Annotated[StoredPath | None, Field(description="Where decoded photos are kept.")]
Seed = Annotated[int, Field(ge=0, description="Seed of everything random.")]
BatchSize = Annotated[int, Field(ge=1, description="Patches per step.")]
PatchSide = Annotated[int, Field(ge=8, description="Side of an LR patch, pixels.")]
Resume = Annotated[bool, Field(description="Go on with an interrupted run.")]
KeptOut = int | StoredPath | tuple[str, ...]
"""How many scenes are kept out of a training, a file that lists them, or their names."""
KEPT_OUT = "Scenes kept out for the check: how many, or a file that lists them."
Val = Annotated[KeptOut, Field(description=KEPT_OUT)]
ProfileFolder = Annotated[StoredPath | None, Field(description="A profile's name, or its folder.")]


def as_config_error(error: ValidationError) -> ConfigError:
    """Put pydantic's findings into one sentence for the user."""
    findings = "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}"
        for item in error.errors()
    )
    return ConfigError(f"These settings do not work: {findings}.")
