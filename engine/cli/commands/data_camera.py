"""Does `adaptsr data camera`: what a camera does to its pictures, learnt from its photos alone."""

from functools import partial
from pathlib import Path

from engine.camera.estimate import CameraEstimate
from engine.camera.learning import learn_camera
from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.tables import pair_lines
from engine.figures.camera import draw_camera
from engine.files import refuse_existing


def camera(
    invocation: Invocation,
    *,
    photos: Path,
    sharp: Path | None,
    out: Path | None,
    report: Path | None,
    overwrite: bool,
) -> None:
    """Estimate a camera; keep the estimate and draw it if asked for."""
    for document in (out, report):
        refuse_existing(document and document.expanduser(), overwrite=overwrite)
    job = partial(learn_camera, photos.expanduser(), sharp=sharp and sharp.expanduser())
    estimate = perform("camera", job, invocation)
    if out is not None:
        estimate.save(out.expanduser())
    if report is not None:
        draw_camera(report.expanduser(), estimate)
    values = estimate.model_dump(mode="json") | {"estimate": out, "report": report}
    invocation.terminal.result(values, pair_lines(facts(estimate)))


def facts(estimate: CameraEstimate) -> list[tuple[str, str]]:
    """Return what people read of an estimate."""
    lines = [
        ("photos", f"{estimate.photos}, {estimate.width_px}×{estimate.height_px} pixels"),
        ("sharpness", f"half of the contrast is left at {estimate.mtf50:.2f} cycles per pixel"),
        ("blur", f"σ {estimate.blur_px:.2f} px"),
        ("sharpening", f"{estimate.sharpening:.2f} at a radius of {estimate.sharpening_px:.2f} px"),
    ]
    if estimate.edges is not None:
        edges = estimate.edges
        lines.append(
            ("edges", f"{edges.rise_px:.1f} px wide, halo {edges.overshoot:.0%} of their height")
        )
    if estimate.noise:
        dark, bright = estimate.noise[0], estimate.noise[-1]
        lines.append(
            ("noise", f"{dark.luma_levels:.1f} levels in the dark, {bright.luma_levels:.1f} bright")
        )
    if estimate.jpeg is not None:
        colour = "half" if estimate.jpeg.halves_colour else "full"
        lines.append(("JPEG", f"quality {estimate.jpeg.quality}, colour at {colour} resolution"))
    return lines
