"""What may change in a backbone, and how many parameters of it are trained."""

import re
from typing import Literal

from pydantic import Field, model_validator

from engine.config.base import Settings
from engine.errors import ConfigError

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


class AdapterSettings(Settings):
    """What may change in the backbone, and how (paper, section 3)."""

    method: str = Field(
        "adaptsr", description="adaptsr trains low-rank updates, full trains everything."
    )
    factorisation: str = Field("pointwise_first", description="Form of a convolution's update.")
    scaling: Literal["alpha_over_rank", "alpha_over_sqrt_rank", "constant"] = Field(
        "constant", description="alpha_over_rank (the paper's), alpha_over_sqrt_rank or constant."
    )
    alpha: float = Field(1.0, gt=0, le=1e4, description="The paper's α.")
    budget: str = Field(
        "8%", description="Parameters that may be trained: 8% of the backbone's, or a number."
    )
    strategy: str = Field(
        "proportional",
        description="How ranks follow from scores: proportional, greedy (the paper's) or uniform.",
    )
    score: str = Field(
        "gradient",
        description="How a layer's importance is measured: gradient, fisher, activation or random.",
    )
    score_batches: int = Field(8, ge=1, description="Mini-batches a score is averaged over.")
    r_min: int = Field(0, ge=0, description="Rank that every layer gets first.")
    r_max: int = Field(8, ge=1, description="Highest rank of a layer.")
    pins: dict[str, int] = Field({}, description="Fix a layer's rank.")
    include: tuple[str, ...] = Field(
        ("*",), description="Only layers of this name; * stands for anything."
    )
    exclude: tuple[str, ...] = Field((), description="No layers of this name.")
    kinds: tuple[Literal["conv", "mlp", "attention", "linear"], ...] = Field(
        (), description="Only layers of these kinds: conv, mlp, attention, linear."
    )
    basis: Literal["inputs", "none"] = Field(
        "none",
        description="Coordinates of A: none, or inputs (main directions of what a layer gets).",
    )
    joint_qkv: bool = Field(False, description="Keep a fused Q, K, V projection as one layer.")
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

PAPER_HEADLINE_ADAPTER = PAPER_TABLES_ADAPTER.model_copy(
    update={"strategy": "greedy", "score_batches": 1, "r_max": 16, "budget": "885955"}
)
"""Table 2's own row: ranks placed by algorithm 1, as many numbers as it reports for SwinIR-M."""
