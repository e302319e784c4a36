"""Settings of training a network from scratch."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.config.base import Device, Resume, Val
from engine.config.training import LrSettings, TrainingSettings
from engine.paths import StoredName, StoredPath


class PretrainSettings(LrSettings):
    """Train a backbone from scratch, on sharp photos and their bicubic LR unless told otherwise."""

    lr_from: Literal["pairs", "bicubic", "blind", "camera"] = Field(
        "bicubic",
        description="bicubic, blind or camera, which make LR of the photos; or pairs, which lie "
        "there.",
    )
    architecture: Literal["SAFMN", "EDSR", "SwinIR", "DRCT", "Compact", "ESRGAN"]
    options: dict[str, int | float | str | bool | list[int]] = Field(
        {}, description="Of the architecture."
    )
    scale: Annotated[int, Field(ge=2, le=4)]
    start_from: StoredName | None = Field(
        None,
        description="Backbone to begin with; what does not fit, as the upsampler, begins anew.",
    )
    photos: StoredPath = Field(description="Folder of sharp photos.")
    out: StoredPath = Field(description="Folder for the network and its card.")
    name: str = Field(description="Its name.")
    val: Val = 4
    bench: tuple[StoredPath, ...] = Field((), description="Folder of HR photos to measure it on.")
    training: TrainingSettings = TrainingSettings()
    recoloured: float = Field(
        0.0, ge=0, le=1, description="Share of patches given odd colours, for bicubic LR."
    )
    drawn: float = Field(
        0.0, ge=0, le=1, description="Share of patches that are drawn: text, lines, patterns."
    )
    resume: Resume = False
    device: Device = "auto"
    data: str = Field("", description="The photos, for the card.")
    data_licence: str = Field("", description="The photos' licence, for the card.")

    @model_validator(mode="after")
    def _check_variety(self) -> Self:
        if self.recoloured + self.drawn > 1:
            raise ValueError("recoloured and drawn are shares of the same patches, at most 1")
        if self.recoloured + self.drawn and self.lr_from != "bicubic":
            raise ValueError("recoloured and drawn patches go with bicubic LR only")
        return self
