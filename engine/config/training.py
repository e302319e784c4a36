"""How long and how fast a network is trained, and where its LR comes from."""

from typing import Literal, Self

from pydantic import Field, model_validator

from engine.config.base import BatchSize, CacheDir, PatchSide, Seed, Settings
from engine.paths import StoredPath


class TrainingSettings(Settings):
    """How long and how fast (paper, section 4.1; milestones are fractions of `steps`).

    The defaults are for short trainings and were measured, see docs/measurements.md;
    `PAPER_TRAINING` is the paper's recipe.
    """

    steps: int = Field(1000, ge=1, description="Optimiser steps.")
    batch: BatchSize = 8
    patch: PatchSide = 32
    learning_rate: float | None = Field(None, gt=0, le=1, description="Step size at the start.")
    schedule: Literal["multistep", "cosine"] = Field("cosine", description="Decay of the rate.")
    milestones: tuple[float, ...] = Field((0.5, 0.75, 0.9), description="Fractions of the steps.")
    gamma: float = Field(0.75, gt=0, le=1, description="Factor at each milestone.")
    warmup_steps: int = Field(20, ge=0, description="Linear rise of the rate at the start.")
    loss: Literal["l1", "charbonnier", "l1_fft"] = Field("l1", description="Training loss.")
    clip_norm: float | None = Field(
        1.0, gt=0, le=1e6, description="Largest gradient norm; none for off."
    )
    ema_decay: float | None = Field(None, gt=0, lt=1, description="Averaging of the weights.")
    precision: Literal["auto", "fp32", "bf16"] = Field("auto", description="auto, fp32 or bf16.")
    channels_last: Literal["auto", "on", "off"] = Field("auto", description="Memory layout.")
    validate_every: int = Field(
        100, ge=1, description="Steps between measurements on held-out photos."
    )
    checkpoint_every: int | None = Field(
        None, ge=1, description="Steps between checkpoints; without it about a minute."
    )
    keep: Literal["last", "best"] = Field(
        "last",
        description="State kept at the end; best is chosen on half of the held-out pairs.",
    )
    rehearsal: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="Share of the patches that are drawn, so that text and pure colours stay right.",
    )
    max_skipped_steps: int = Field(10, ge=1, description="Non-finite steps in a row until a stop.")
    seed: Seed = 0

    @model_validator(mode="after")
    def _check(self) -> "TrainingSettings":
        if any(not 0 < m < 1 for m in self.milestones):
            raise ValueError("milestones are fractions between 0 and 1")
        return self


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
"""Section 4.1 for low-rank training; its LR patch is the one of x4, see `paper_patch`."""

PAPER_FULL_TRAINING = PAPER_TRAINING.model_copy(
    update={"steps": 500_000, "milestones": (0.5, 0.8, 0.9, 0.95), "gamma": 0.5}
)
"""Section 4.1 for full fine-tuning."""


_PAPER_HR_PATCH = 256


def paper_patch(scale: int) -> int:
    """Return the side of the paper's LR patch: its HR patches have 256 pixels at every scale."""
    return _PAPER_HR_PATCH // scale


class LrSettings(Settings):
    """Where LR comes from; whatever learns or scores takes it alike."""

    lr_from: Literal["pairs", "bicubic", "blind", "camera"] = Field(
        "pairs",
        description="pairs; or bicubic, blind or camera, which make LR of a folder of sharp photos.",
    )
    degradation: str = Field("medium", description="mild, medium, harsh or a TOML file.")
    camera: StoredPath | None = Field(
        None,
        description="Photos of the camera that LR shall look like, or an estimate of it.",
    )
    cache_dir: CacheDir = None

    @model_validator(mode="after")
    def _check_lr(self) -> Self:
        if (self.lr_from == "camera") != (self.camera is not None):
            raise ValueError(
                "give the photos of a camera where LR is made like its own, and only there"
            )
        return self
