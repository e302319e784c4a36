"""Every setting a job takes, checked and described; unknown fields are refused."""

import re
from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from engine.errors import ConfigError
from engine.paths import StoredName, StoredPath, StoredPurePath

_BUDGET = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%?)")


def budget_parameters(budget: str, backbone_parameters: int) -> int:
    """Return a budget as a number of trainable parameters.

    Args:
        budget: "110000" or "8%", the latter of the backbone's parameters.
        backbone_parameters: What 100 % is.

    Raises:
        ConfigError: If it is neither, or not positive.
    """
    match = _BUDGET.fullmatch(budget.strip())
    number = float(match["number"]) if match else 0.0
    if match is None or number <= 0:
        raise ConfigError(
            f"{budget!r} is not a budget.",
            remedy="Give a share such as 8% or a number of parameters.",
        )
    return int(number * backbone_parameters / 100) if match["percent"] else int(number)


class Settings(BaseModel):
    """Base of all settings: immutable, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AdapterSettings(Settings):
    """What may change in the backbone, and how (paper, section 3)."""

    method: str = Field("adaptsr", description="Training method: adaptsr or full.")
    factorisation: str = Field("pointwise_first", description="Form of a convolution's update.")
    scaling: Literal["alpha_over_rank", "alpha_over_sqrt_rank", "constant"] = Field(
        "constant", description="Rule for s in ΔW = s·B·A."
    )
    alpha: float = Field(1.0, gt=0, le=1e4, description="The paper's α.")
    budget: str = Field("8%", description="Trainable parameters, as a number or a percentage.")
    strategy: str = Field("proportional", description="How ranks follow from scores.")
    score: str = Field("gradient", description="Importance score of a site.")
    score_batches: int = Field(8, ge=1, description="Mini-batches a score is averaged over.")
    r_min: int = Field(0, ge=0, description="Rank every site gets first.")
    r_max: int = Field(8, ge=1, description="Highest rank of a site.")
    pins: dict[str, int] = Field({}, description="Ranks fixed by the user, by site.")
    include: tuple[str, ...] = Field(("*",), description="Patterns of sites that may be adapted.")
    exclude: tuple[str, ...] = Field((), description="Patterns of sites that may not.")
    joint_qkv: bool = Field(False, description="Keep a fused Q, K, V projection as one site.")
    train_bias: bool = Field(False, description="Also train the biases of adapted layers.")
    form: Literal["auto", "weight", "projected"] = Field(
        "auto", description="How an update's gradient is computed."
    )

    @model_validator(mode="after")
    def _check(self) -> "AdapterSettings":
        budget_parameters(self.budget, 1)
        if self.r_min > self.r_max:
            raise ValueError(f"r_min ({self.r_min}) is above r_max ({self.r_max})")
        return self


class TrainingSettings(Settings):
    """How long and how fast (paper, section 4.1; milestones are fractions of `steps`).

    The defaults are for short trainings and were measured, see docs/measurements.md;
    `PAPER_TRAINING` is the paper's recipe.
    """

    steps: int = Field(1000, ge=1, description="Optimiser steps.")
    batch: int = Field(8, ge=1, description="Patches per step.")
    patch: int = Field(32, ge=8, description="Side of an LR patch, pixels.")
    learning_rate: float | None = Field(
        None, gt=0, le=1, description="Adam's step size at the start; none for the method's own."
    )
    schedule: Literal["multistep", "cosine"] = Field("cosine", description="Decay of the rate.")
    milestones: tuple[float, ...] = Field((0.5, 0.75, 0.9), description="Fractions of the steps.")
    gamma: float = Field(0.75, gt=0, le=1, description="Factor at each milestone.")
    warmup_steps: int = Field(20, ge=0, description="Linear rise of the rate at the start.")
    loss: Literal["l1", "charbonnier", "l1_fft"] = Field("l1", description="Training loss.")
    clip_norm: float | None = Field(
        1.0, gt=0, le=1e6, description="Largest gradient norm; none for off."
    )
    ema_decay: float | None = Field(None, gt=0, lt=1, description="Averaging of the weights.")
    precision: Literal["auto", "fp32", "bf16"] = Field("auto", description="Arithmetic.")
    channels_last: Literal["auto", "on", "off"] = Field("auto", description="Memory layout.")
    validate_every: int = Field(100, ge=1, description="Steps between validations.")
    checkpoint_every: int = Field(200, ge=1, description="Steps between checkpoints.")
    keep: Literal["last", "best"] = Field(
        "last", description="State kept at the end; best is chosen on the held-out pairs."
    )
    max_skipped_steps: int = Field(10, ge=1, description="Non-finite steps in a row until a stop.")
    seed: int = Field(0, ge=0, description="Seed of everything random.")

    @model_validator(mode="after")
    def _check(self) -> "TrainingSettings":
        if any(not 0 < m < 1 for m in self.milestones):
            raise ValueError("milestones are fractions between 0 and 1")
        return self


PAPER_ADAPTER = AdapterSettings(
    scaling="alpha_over_rank", strategy="greedy", score_batches=1, r_max=16
)
"""The rule of the paper's equations: α/r with α = 1 and algorithm 1 as printed."""

PAPER_TABLES_ADAPTER = AdapterSettings(
    factorisation="loralib",
    scaling="alpha_over_rank",
    strategy="uniform",
    exclude=("upsample*", "*.upsample*", "patch_embed*"),
    joint_qkv=True,
    train_bias=True,
)
"""What table 2's uniform rows were made with, decoded from their parameter counts on SwinIR."""

PAPER_TRAINING = TrainingSettings(
    steps=100_000,
    batch=8,
    patch=64,
    learning_rate=1e-3,
    schedule="multistep",
    warmup_steps=0,
    clip_norm=None,
    precision="fp32",
    validate_every=5000,
)
"""Section 4.1 for low-rank training at x4: HR patches of 256."""

PAPER_FULL_TRAINING = PAPER_TRAINING.model_copy(
    update={"steps": 500_000, "milestones": (0.5, 0.8, 0.9, 0.95), "gamma": 0.5}
)
"""Section 4.1 for full fine-tuning."""


class LrSettings(Settings):
    """Where LR comes from; whatever learns or scores takes it alike."""

    lr_from: Literal["pairs", "bicubic", "blind", "camera"] = Field(
        "pairs", description="The LR of real pairs, or made from a folder of HR photos."
    )
    degradation: str = Field(
        "medium", description="For blind: mild, medium, harsh, or a TOML file of settings."
    )
    camera: StoredPath | None = Field(
        None, description="For camera: a folder of its photos, or an estimate."
    )
    cache_dir: StoredPath | None = None

    @model_validator(mode="after")
    def _check_lr(self) -> Self:
        if (self.lr_from == "camera") != (self.camera is not None):
            raise ValueError(
                "give the photos of a camera where LR is made like its own, and only there"
            )
        return self


class CameraName(Settings):
    """A camera as EXIF names it."""

    make: str | None = None
    model: str = Field(min_length=1)
    lens: str | None = None


class ScoreSettings(LrSettings):
    """Score a backbone's sites on pairs and allocate ranks, without training."""

    backbone: StoredName
    pairs: StoredPath
    scale: Annotated[int, Field(ge=1, le=8)]
    val: int | StoredPath | tuple[str, ...] = Field(0, description="Scenes left out; 0 for none.")
    adapter: AdapterSettings = AdapterSettings()
    batch: int = Field(8, ge=1)
    patch: int = Field(32, ge=8)
    seed: int = Field(0, ge=0)
    device: str = "auto"


class AdaptSettings(LrSettings):
    """The main job: adapt a backbone to pairs of one camera."""

    backbone: StoredName
    pairs: StoredPath = Field(description="Folder of pairs, or of the HR photos LR is made from.")
    scale: Annotated[int, Field(ge=1, le=8)]
    out: StoredPath
    name: str = "camera"
    made_for: CameraName | None = Field(
        None, description="Whose photos get the profile; none for the camera the LR photos name."
    )
    val: int | StoredPath | tuple[str, ...] = Field(
        4, description="Held-out scenes: how many, their names, or a file that lists them."
    )
    adapter: AdapterSettings = AdapterSettings()
    training: TrainingSettings = TrainingSettings()
    resume: bool = False
    device: str = "auto"


class EvaluateSettings(Settings):
    """Measure a backbone or a profile on pairs."""

    backbone: StoredName | None = None
    profile: StoredPath | None = None
    pairs: StoredPath
    scale: Annotated[int, Field(ge=1, le=8)]
    bicubic_lr: bool = Field(False, description="`pairs` holds HR photos; LR is their bicubic.")
    val: int | StoredPath | tuple[str, ...] | None = Field(None, description="None for all pairs.")
    seed: int = Field(0, ge=0)
    device: str = "auto"
    cache_dir: StoredPath | None = None


class BenchSettings(Settings):
    """Measure a backbone or a profile on the bicubic LR of sharp photos."""

    backbone: StoredName | None = None
    profile: StoredPath | None = None
    bench: tuple[StoredPath, ...] = Field(min_length=1, description="Folders of HR photos.")
    scale: Annotated[int, Field(ge=1, le=8)] | None = Field(
        None, description="Refuse a network of another scale; none for any."
    )
    device: str = "auto"
    cache_dir: StoredPath | None = None


class PretrainSettings(LrSettings):
    """Train a backbone from scratch, on sharp photos and their bicubic LR unless told otherwise."""

    lr_from: Literal["pairs", "bicubic", "blind", "camera"] = Field(
        "bicubic", description="LR made from `photos`, or of the real pairs that lie there."
    )

    architecture: Literal["SAFMN", "EDSR", "SwinIR", "DRCT", "Compact", "ESRGAN"]
    options: dict[str, int | float | str | bool | list[int]] = {}
    scale: Annotated[int, Field(ge=2, le=4)]
    start_from: StoredName | None = Field(
        None,
        description="Backbone to begin with; what does not fit, as the upsampler, begins anew.",
    )
    photos: StoredPath
    out: StoredPath
    name: str
    val: int | StoredPath | tuple[str, ...] = 4
    bench: tuple[StoredPath, ...] = Field((), description="HR folders the card is measured on.")
    training: TrainingSettings = TrainingSettings()
    recoloured: float = Field(
        0.0, ge=0, le=1, description="Share of patches given odd colours, for bicubic LR."
    )
    drawn: float = Field(
        0.0, ge=0, le=1, description="Share of patches that are drawn: text, lines, patterns."
    )
    resume: bool = False
    device: str = "auto"
    data: str = Field("", description="The photos, for the card.")
    data_licence: str = Field("", description="The photos' licence, for the card.")

    @model_validator(mode="after")
    def _check_variety(self) -> Self:
        if self.recoloured + self.drawn > 1:
            raise ValueError("recoloured and drawn are shares of the same patches, at most 1")
        if self.recoloured + self.drawn and self.lr_from != "bicubic":
            raise ValueError("recoloured and drawn patches go with bicubic LR only")
        return self


class ExportSettings(Settings):
    """Take a profile's network, or a backbone, to another program."""

    profile: StoredPath | None = None
    backbone: StoredName | None = Field(
        None, description="A network as it is, instead of a profile."
    )
    format: str = Field(
        "auto",
        description="One of `engine.exporting.formats.EXPORTERS`; auto: by the file's ending.",
    )
    out: StoredPath = Field(description="The file to write.")
    overwrite: bool = Field(False, description="Replace the file if it exists.")


def _format_named(value: object) -> object:
    """Take a format by any name its files go by: jpg, .JPEG, tif."""
    names = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "tif": "TIFF", "tiff": "TIFF"}
    names["webp"] = "WebP"
    return (
        names.get(value.strip().casefold().lstrip("."), value) if isinstance(value, str) else value
    )


class PhotoChoice(Settings):
    """One photo of a run, where its result goes, and what it is upscaled with."""

    path: StoredPath
    folder: StoredPurePath = Field(
        PurePath(), description="Of the result, relative to the output folder."
    )
    profile: StoredPath | None = Field(
        None, description="Without it and a backbone, the photo gets the one of its camera."
    )
    backbone: StoredName | None = None
    strength: int = Field(100, ge=0, le=150)


class UpscaleSettings(Settings):
    """Upscale photos with profiles or backbones."""

    sources: tuple[StoredPath, ...] = Field(
        (), description="Photos, folders of photos, or patterns such as 2024/*.jpg."
    )
    photos: tuple[PhotoChoice, ...] = Field(
        (), description="Photos that say themselves what they are upscaled with."
    )
    out: StoredPath = Field(
        description="Folder of the results; a source folder's tree is mirrored."
    )
    backbone: StoredName | None = Field(
        None, description="Used as it is; beside a profile, the network that was made of."
    )
    profile: StoredPath | None = Field(
        None, description="Without it and a backbone, each photo gets the one of its camera."
    )
    scale: int | None = Field(
        None, ge=1, le=8, description="Use only profiles and networks of this scale."
    )
    strength: int = Field(
        100, ge=0, le=150, description="How much of what a profile changed, in percent."
    )
    name_template: str = Field(
        "{stem}_{profile}_x{scale}",
        description="Names of the results, without the ending; see `engine.upscaling.batch.naming`.",
    )
    format: Annotated[
        Literal["auto", "JPEG", "PNG", "TIFF", "WebP"], BeforeValidator(_format_named)
    ] = Field("auto", description="auto: the photo's own, or the nearest that can hold the result.")
    quality: int = Field(95, ge=1, le=100, description="Of JPEG and WebP.")
    bit_depth: Literal["auto", "8", "16"] = Field("auto", description="auto: the photo's own.")
    target: str | None = Field(
        None, description="Longest side (4000px), megapixels (24mp) or share of the photo (150%)."
    )
    strip_gps: bool = Field(
        False,
        description="Leave out the position where a photo was taken, and the maker's notes, which "
        "may hold it.",
    )
    strip_place: bool = Field(
        False, description="Leave out the names of places (city, country) as well as the position."
    )
    overwrite: bool = Field(False, description="Replace results that AdaptSR made earlier.")
    replace: tuple[StoredPath, ...] = Field(
        (), description="Files that AdaptSR did not make and that may be replaced all the same."
    )
    repair: bool = Field(
        True, description="Enlarge plainly where a network's colours are not the photo's."
    )
    max_pixels: int = Field(300_000_000, ge=1, description="Refuse photos larger than that.")
    precision: Literal["auto", "fp32"] = Field(
        "auto", description="auto: less than float32 where a photo shows no difference."
    )
    backend: Literal["auto", "torch", "openvino"] = Field(
        "auto",
        description="Library that computes on the processor; auto: OpenVINO where it is installed "
        "and faster. The result is the same.",
    )
    device: str = "auto"

    @model_validator(mode="after")
    def _check_photos(self) -> Self:
        if not self.sources and not self.photos:
            raise ValueError("there are no photos to upscale")
        return self


class RegisterSettings(Settings):
    """Line up photos of the same scenes from two cameras, and cut out what fits."""

    lr: StoredPath = Field(description="Folder of the LR camera's photos, or of both cameras'.")
    hr: StoredPath | None = Field(None, description="Folder of the HR camera's photos.")
    out: StoredPath = Field(description="Folder of the pairs; gets LR, HR and registration.json.")
    scale: Annotated[int, Field(ge=2, le=8)]
    match: Literal["auto", "name", "time", "content"] = Field(
        "auto", description="What tells that two photos belong together; auto tries all in turn."
    )
    max_gap_s: float = Field(
        5.0, gt=0, description="Seconds between two photos of the same time, clocks corrected."
    )
    colour: Literal["off", "global", "local"] = Field(
        "local",
        description="How HR gets LR's colours: not, by matrix and offset, or by a slow gain too.",
    )
    lens: Literal["off", "fit"] | tuple[float, float] = Field(
        "off", description="Radial distortion taken out: none, fitted to each pair, or k1 and k2."
    )
    max_shift_px: float = Field(
        0.35, gt=0, description="Shift beyond which a place is left out, LR pixels."
    )
    min_part_px: int = Field(64, ge=16, description="Shortest side of a part, LR pixels.")
    max_pixels: int = Field(300_000_000, ge=1, description="Refuse photos larger than that.")


def as_config_error(error: ValidationError) -> ConfigError:
    """Put pydantic's findings into one sentence for the user."""
    findings = "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}"
        for item in error.errors()
    )
    return ConfigError(f"These settings do not work: {findings}.")
