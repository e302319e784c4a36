"""Does `adaptsr upscale`: photos through the profile of their camera, or a backbone."""

import shlex
from functools import partial

import typer

from engine.cli.event_lines import failure
from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.settings import build, with_profile
from engine.config.upscaling import UpscaleSettings
from engine.jobs.upscale import upscale as upscale_job
from engine.upscaling.photo.photo_upscaler import PhotoResult


def upscale(invocation: Invocation) -> None:
    """Upscale photos and say what became of each."""
    settings = build(UpscaleSettings, with_profile(invocation.values))
    report = perform("upscale", partial(upscale_job, settings), invocation)
    lines = [
        f"{photo.name} → {output} ({result.fidelity.description})"
        for (photo, output), result in zip(report.done, report.results, strict=True)
    ]
    lines += [f"{photo.name}: {output} is there already" for photo, output in report.skipped]
    lines += [failure(photo, reason) for photo, reason in report.failed]
    if report.in_the_way:
        named = " ".join(f"--replace {shlex.quote(str(file))}" for _, file in report.in_the_way)
        lines.append(f"To replace what AdaptSR did not make, say so: {named}")
    invocation.terminal.result(
        {
            "done": [
                {"photo": p, "output": o, **_how(result)}
                for (p, o), result in zip(report.done, report.results, strict=True)
            ],
            "skipped": [{"photo": p, "output": o} for p, o in report.skipped],
            "failed": [{"photo": p, "reason": reason} for p, reason in report.failed],
            "seconds": report.elapsed_s,
        },
        "\n".join(lines),
    )
    if report.failed:
        raise typer.Exit(1)


def _how(result: PhotoResult) -> dict[str, object]:
    fidelity = result.fidelity
    return {
        "backend": fidelity.backend,
        "arithmetic": fidelity.arithmetic,
        "mean_error_255": fidelity.mean_abs_error * 255,
        "max_error_255": fidelity.max_abs_error * 255,
        "repaired_share": result.repaired_share,
    }
