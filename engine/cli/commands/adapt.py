"""Does `adaptsr adapt`: the main job."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from engine.backbones.catalogue import default_backbone
from engine.cli.invocation import Invocation
from engine.cli.quality_tables import quality_table
from engine.cli.running import perform
from engine.cli.settings import build, overlaid, read_preset, with_lr_source
from engine.cli.sparkline import sparkline
from engine.cli.tables import pair_lines
from engine.cli.terminal import Terminal
from engine.config.adapting import AdaptSettings
from engine.errors import ConfigError
from engine.formatting import format_duration
from engine.jobs.adapt import Adapted
from engine.jobs.adapt import adapt as adapt_job
from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y
from engine.profiles.library import default_library


def adapt(invocation: Invocation, *, preset: str | None) -> None:
    """Adapt a network as a preset and options say, and show what came of it."""
    given = with_lr_source(invocation.values)
    if "made_for" in given and not given["made_for"].get("model"):
        raise ConfigError(
            "The camera's model is missing.",
            remedy="Give it by --camera-model, as the camera's photos name it.",
        )
    if "out" in given:
        given.setdefault("name", Path(os.path.realpath(given["out"])).name)
    values = overlaid(read_preset(preset, given.get("scale")), given)
    if "backbone" not in values:
        values["backbone"] = default_backbone(values["scale"])
    values.setdefault("name", "camera")
    values.setdefault("out", default_library() / values["name"])
    settings = build(AdaptSettings, values)
    adapted = perform("adapt", partial(adapt_job, settings), invocation)
    terminal = invocation.terminal
    terminal.result(adapted_values(adapted), *adapted_views(adapted, terminal))


def adapted_values(adapted: Adapted) -> dict[str, Any]:
    """Return what `adapt --json` prints."""
    return {
        "psnr_y_db": mean_psnr_y_db(adapted.photos),
        "ssim_y": mean_ssim_y(adapted.photos),
        "trainable_parameters": adapted.trainable_parameters,
        "budget_parameters": adapted.budget_parameters,
        "backbone_parameters": adapted.backbone_parameters,
        "steps": adapted.steps,
        "seconds": adapted.seconds,
        "seconds_per_step": adapted.seconds_per_step,
        "merge_max_abs_difference": adapted.merge_max_abs_difference,
        "verdict": adapted.verdict.sentence,
        "profile": adapted.profile,
    }


def adapted_views(adapted: Adapted, terminal: Terminal) -> list[RenderableType]:
    """Return what people see of the main job's outcome, one below the other."""
    curve = [(point.step, point.psnr_y_db) for point in adapted.curve]
    share = adapted.trainable_parameters / adapted.backbone_parameters
    merged = f"differs from the adapted network by {adapted.merge_max_abs_difference:.1e}"
    facts = [
        ("trained", f"{adapted.trainable_parameters:,} parameters, {share:.1%} of the backbone's"),
        ("steps", f"{adapted.steps} in {format_duration(adapted.seconds)}"),
        ("pace", f"{adapted.seconds_per_step:.3f} s a step"),
        ("merged", merged),
        ("profile", str(adapted.profile)),
    ]
    views: list[RenderableType] = []
    if curve and terminal.out.encoding.lower().startswith("utf"):
        views.append(sparkline(curve, adapted.baselines.backbone_psnr_y_db))
    views += [quality_table(adapted.photos, per_photo=True), pair_lines(facts)]
    return [*views, adapted.verdict.sentence]
