"""Settings of lining up the photos of two cameras."""

from typing import Annotated, Literal

from pydantic import Field

from engine.config.base import Settings
from engine.paths import StoredPath


class RegisterSettings(Settings):
    """Line up photos of the same scenes from two cameras, and cut out what fits.

    `out` gets the folders LR and HR, and registration.json.
    """

    lr: StoredPath = Field(description="Folder of the LR camera's photos, or of both's.")
    hr: StoredPath | None = Field(None, description="Folder of the HR camera's photos.")
    out: StoredPath = Field(description="Folder of the pairs.")
    scale: Annotated[int, Field(ge=2, le=8, description="How much larger HR is than LR.")]
    # auto tries all in turn
    match: Literal["auto", "name", "time", "content"] = Field(
        "auto", description="What to match photos by: auto, name, time or content."
    )
    # with both clocks corrected
    max_gap_s: float = Field(5.0, gt=0, description="Seconds between two photos of the same time.")
    colour: Literal["off", "global", "local"] = Field(
        "local",
        description="How HR gets LR's colours: off, global (3×3 and offset) or local (and a slow "
        "gain).",
    )
    # k1 and k2, or fitted to each pair
    lens: Literal["off", "fit"] | tuple[float, float] = Field(
        "off", description="Radial distortion to take out."
    )
    max_shift_px: float = Field(
        0.35, gt=0, description="Shift in LR pixels beyond which a place is left out."
    )
    min_part_px: int = Field(
        64, ge=16, description="Shortest side of a part that is kept, LR pixels."
    )
    max_pixels: int = Field(
        300_000_000, ge=1, description="Refuse photos of more pixels than that."
    )
