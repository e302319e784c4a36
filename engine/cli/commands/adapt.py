"""`adaptsr adapt`: the main job."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import options
from engine.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from engine.jobs.adapt import Adapted


def adapt(
    context: typer.Context,
    *,
    pairs: options.Pairs,
    scale: options.Scale,
    lr_from: options.LrFrom = None,
    camera: options.LikeCamera = None,
    degradation: options.Degradation = None,
    backbone: options.BackboneOrDefault = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the new profile.", show_default="in this user's library, by its name"
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the profile.", show_default="as its folder")
    ] = None,
    camera_make: Annotated[
        str | None, typer.Option(help="Make of the camera the profile is for, as in EXIF.")
    ] = None,
    camera_model: Annotated[
        str | None,
        typer.Option(help="Its model.", show_default="the camera that the LR photos name"),
    ] = None,
    camera_lens: Annotated[
        str | None, typer.Option(help="Its lens, if the profile is for that alone.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="paper, paper-tables, paper-full, or a TOML file of settings."),
    ] = None,
    budget: options.Budget = None,
    strategy: options.Strategy = None,
    score_name: options.ScoreName = None,
    score_batches: options.ScoreBatches = None,
    factorisation: options.Factorisation = None,
    scaling: options.Scaling = None,
    alpha: options.Alpha = None,
    r_min: options.RMin = None,
    r_max: options.RMax = None,
    pin: options.Pin = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    method: options.Method = None,
    steps: options.Steps = None,
    batch: options.Batch = None,
    patch: options.Patch = None,
    learning_rate: options.LearningRate = None,
    precision: options.Precision = None,
    validate_every: options.ValidateEvery = None,
    seed: options.Seed = None,
    val: options.Val = None,
    device: options.Device = None,
    cache_dir: options.CacheDir = None,
    resume: options.Resume = False,
    json: options.Json = False,
) -> None:
    """Adapt a network to your camera, and measure it on photos it never saw."""
    from engine.backbones.catalogue import default_backbone
    from engine.cli.running import perform
    from engine.cli.settings import (
        build,
        camera_values,
        lr_values,
        overlaid,
        parse_pins,
        parse_val,
        patterns,
        read_preset,
    )
    from engine.config.adapting import AdaptSettings
    from engine.jobs.adapt import adapt as adapt_job
    from engine.profiles.library import default_library

    values: dict[str, Any] = {
        "backbone": backbone,
        "pairs": pairs.expanduser(),
        "scale": scale,
        **lr_values(lr_from, camera, degradation),
        "out": out and out.expanduser(),
        "name": name or (out and Path(os.path.realpath(out.expanduser())).name),
        "made_for": camera_values(camera_make, camera_model, camera_lens),
        "val": parse_val(val),
        "adapter": {
            "method": method,
            "budget": budget,
            "strategy": strategy,
            "score": score_name,
            "score_batches": score_batches,
            "factorisation": factorisation,
            "scaling": scaling,
            "alpha": alpha,
            "r_min": r_min,
            "r_max": r_max,
            "pins": parse_pins(pin),
            "include": patterns(include),
            "exclude": patterns(exclude),
        },
        "training": {
            "steps": steps,
            "batch": batch,
            "patch": patch,
            "learning_rate": learning_rate,
            "precision": precision,
            "validate_every": validate_every,
            "seed": seed,
        },
        "resume": resume or None,
        "device": device,
        "cache_dir": cache_dir,
    }
    values = overlaid(read_preset(preset), values)
    if "backbone" not in values:
        values["backbone"] = default_backbone(scale)
    values.setdefault("name", "camera")
    values.setdefault("out", default_library() / values["name"])
    settings = build(AdaptSettings, values)
    terminal = Terminal(as_json=json)
    adapted = perform(
        "adapt", lambda emit, token: adapt_job(settings, emit, token), terminal, context
    )
    terminal.result(adapted_values(adapted), *adapted_views(adapted, terminal))


def adapted_values(adapted: "Adapted") -> dict[str, Any]:
    """Return what `adapt --json` prints."""
    from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y

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


def adapted_views(adapted: "Adapted", terminal: Terminal) -> "list[RenderableType]":
    """Return what people see of the main job's outcome, one below the other."""
    from engine.cli.tables import curve_plot, pair_lines, quality_table
    from engine.cli.wording import duration

    curve = [(point.step, point.psnr_y_db) for point in adapted.curve]
    plot = curve_plot(curve, adapted.baselines.backbone_psnr_y_db, terminal.out)
    share = adapted.trainable_parameters / adapted.backbone_parameters
    merged = f"differs from the adapted network by {adapted.merge_max_abs_difference:.1e}"
    facts = [
        ("trained", f"{adapted.trainable_parameters:,} parameters, {share:.1%} of the backbone's"),
        ("steps", f"{adapted.steps} in {duration(adapted.seconds)}"),
        ("pace", f"{adapted.seconds_per_step:.3f} s a step"),
        ("merged", merged),
        ("profile", str(adapted.profile)),
    ]
    views: list[RenderableType] = [] if plot is None else [plot]
    views += [quality_table(adapted.photos, per_photo=True), pair_lines(facts)]
    return [*views, adapted.verdict.sentence]
