"""The options that several commands share, in one place so that they mean the same everywhere.

Defaults are those of `engine.config`: an option that was not given is None here. What the help
shows as a default is written out, because reading it from there would make `--help` slow; a test
compares the two.
"""

from pathlib import Path
from typing import Annotated

import typer

SCORING = "Scores and ranks"
TRAINING = "Training"

Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object on stdout, and all else on stderr."),
]
Device = Annotated[
    str | None,
    typer.Option(help="auto, cpu, cuda, cuda:1 or mps.", show_default="auto"),
]
CacheDir = Annotated[
    Path | None,
    typer.Option(help="Where decoded photos are kept.", show_default="this user's cache"),
]
BackboneOrDefault = Annotated[
    str | None,
    typer.Option(
        "--backbone",
        help="A shipped network's name, or a file.",
        show_default="the best shipped one for this scale",
    ),
]
OptionalBackbone = Annotated[
    str | None, typer.Option("--backbone", help="A shipped network's name, or a file.")
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="A profile's name, or its folder.")
]
Scale = Annotated[int, typer.Option(help="How much larger HR is than LR.", min=1, max=8)]
Pairs = Annotated[
    Path, typer.Option(help="Folder with an LR… and an HR… folder of photos of the same names.")
]
LrFrom = Annotated[
    str | None,
    typer.Option(
        help="pairs; or bicubic, blind or camera, which make LR of a folder of sharp photos.",
        show_default="pairs",
    ),
]
LikeCamera = Annotated[
    Path | None,
    typer.Option(
        "--camera",
        help="Photos of the camera that LR shall look like, or an estimate of it; sets "
        "--lr-from camera.",
    ),
]
Degradation = Annotated[
    str | None,
    typer.Option(
        help="mild, medium, harsh or a TOML file; sets --lr-from blind.", show_default="medium"
    ),
]
Val = Annotated[
    str | None,
    typer.Option(
        metavar="N|FILE",
        help="Scenes kept out for the check: how many, or a file that lists them.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(help="Seed of everything random.", min=0, show_default="0")
]

Budget = Annotated[
    str | None,
    typer.Option(
        help="Parameters that may be trained: 8% of the backbone's, or a number.",
        show_default="8%",
        rich_help_panel=SCORING,
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        help="How ranks follow from scores: proportional, greedy (the paper's) or uniform.",
        show_default="proportional",
        rich_help_panel=SCORING,
    ),
]
ScoreName = Annotated[
    str | None,
    typer.Option(
        "--score",
        help="How a layer's importance is measured: gradient, fisher, activation or random.",
        show_default="gradient",
        rich_help_panel=SCORING,
    ),
]
ScoreBatches = Annotated[
    int | None,
    typer.Option(
        help="Mini-batches a score is averaged over.",
        min=1,
        show_default="8",
        rich_help_panel=SCORING,
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        help="adaptsr trains low-rank updates, full trains everything.",
        show_default="adaptsr",
        rich_help_panel=TRAINING,
    ),
]
Factorisation = Annotated[
    str | None,
    typer.Option(
        help="Form of a convolution's update.",
        show_default="pointwise_first",
        rich_help_panel=SCORING,
    ),
]
Scaling = Annotated[
    str | None,
    typer.Option(
        help="alpha_over_rank (the paper's), alpha_over_sqrt_rank or constant.",
        show_default="constant",
        rich_help_panel=SCORING,
    ),
]
Alpha = Annotated[
    float | None,
    typer.Option(help="The paper's α.", show_default="1.0", rich_help_panel=SCORING),
]
RMin = Annotated[
    int | None,
    typer.Option(
        help="Rank that every layer gets first.", min=0, show_default="0", rich_help_panel=SCORING
    ),
]
RMax = Annotated[
    int | None,
    typer.Option(help="Highest rank of a layer.", min=1, show_default="8", rich_help_panel=SCORING),
]
Pin = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SITE=RANK", help="Fix a layer's rank; may be repeated.", rich_help_panel=SCORING
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Only layers of this name; * stands for anything; may be repeated.",
        rich_help_panel=SCORING,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="No layers of this name; may be repeated.",
        rich_help_panel=SCORING,
    ),
]

Steps = Annotated[
    int | None,
    typer.Option(help="Optimiser steps.", min=1, show_default="1000", rich_help_panel=TRAINING),
]
Batch = Annotated[
    int | None,
    typer.Option(help="Patches per step.", min=1, show_default="8", rich_help_panel=TRAINING),
]
Patch = Annotated[
    int | None,
    typer.Option(
        help="Side of an LR patch, pixels.", min=8, show_default="32", rich_help_panel=TRAINING
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        help="Step size at the start.", show_default="the method's own", rich_help_panel=TRAINING
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(help="auto, fp32 or bf16.", show_default="auto", rich_help_panel=TRAINING),
]
ValidateEvery = Annotated[
    int | None,
    typer.Option(
        help="Steps between measurements on held-out photos.",
        min=1,
        show_default="100",
        rich_help_panel=TRAINING,
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with an interrupted run.", rich_help_panel=TRAINING),
]
