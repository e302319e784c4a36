"""Settings of the main job, and of scoring a network's layers without training it."""

from pydantic import Field

from engine.config.adapter import AdapterSettings
from engine.config.base import BatchSize, Device, PatchSide, Resume, Scale, Seed, Settings, Val
from engine.config.training import LrSettings, TrainingSettings
from engine.paths import StoredName, StoredPath


class CameraName(Settings):
    """A camera as EXIF names it."""

    make: str | None = Field(None, description="Make of the camera the profile is for, as in EXIF.")
    model: str = Field(min_length=1, description="Its model.")
    lens: str | None = Field(None, description="Its lens, if the profile is for that alone.")


class ScoreSettings(LrSettings):
    """Score a backbone's sites on pairs and allocate ranks, without training."""

    backbone: StoredName = Field(description="A shipped network's name, or a file.")
    pairs: StoredPath = Field(
        description="Folder with an LR… and an HR… folder of photos of the same names."
    )
    scale: Scale
    val: Val = 0
    adapter: AdapterSettings = AdapterSettings()
    batch: BatchSize = 8
    patch: PatchSide = 32
    seed: Seed = 0
    device: Device = "auto"


class AdaptSettings(LrSettings):
    """The main job: adapt a backbone to pairs of one camera.

    Where LR is made, `pairs` is the folder of the HR photos. A profile without `made_for` is for
    the camera that the LR photos name.
    """

    backbone: StoredName = Field(description="A shipped network's name, or a file.")
    pairs: StoredPath = Field(
        description="Folder with an LR… and an HR… folder of photos of the same names."
    )
    scale: Scale
    out: StoredPath = Field(description="Folder of the new profile.")
    name: str = Field("camera", description="What to call the profile.")
    made_for: CameraName | None = None
    val: Val = 4
    adapter: AdapterSettings = AdapterSettings()
    training: TrainingSettings = TrainingSettings()
    resume: Resume = False
    device: Device = "auto"
