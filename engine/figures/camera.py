"""Picture: what was learnt about a camera from its photos."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engine.camera.estimate import CameraEstimate
from engine.figures.style import (
    ACCENT,
    INK,
    LINE,
    SMALL_PT,
    SOFT,
    TEXT_PT,
    new_figure,
    quiet_axes,
    save_figure,
    write_headline,
)

_LEVEL_FLOOR = 0.05  # lower lines would only stretch the axis


def draw_camera(path: Path, estimate: CameraEstimate, *, note: str = "") -> None:
    """Write the picture as PNG: sharpness, spectrum and noise.

    Args:
        path: The file.
        estimate: The camera.
        note: Added to the line below the title.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    figure = new_figure(11.0, 4.2)
    facts = f"{estimate.photos} photos of {estimate.width_px}×{estimate.height_px} pixels. {note}"
    write_headline(figure, "What this camera does to a picture", facts.strip())
    _draw_response(_panel(figure, 0, "contrast left, by fineness"), estimate)
    _draw_spectrum(_panel(figure, 1, "detail in its photos, 8-bit levels"), estimate)
    _draw_noise(_panel(figure, 2, "noise by brightness, 8-bit levels"), estimate)
    save_figure(figure, path)


def _panel(figure: Figure, place: int, title: str) -> Axes:
    axes = figure.add_axes((0.045 + place * 0.325, 0.14, 0.285, 0.58))
    quiet_axes(axes)
    axes.grid(color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_title(title, size=TEXT_PT, color=INK, loc="left")
    return axes


def _draw_response(axes: Axes, estimate: CameraEstimate) -> None:
    axes.plot([0, 0.5], [1, 1], color=SOFT, linewidth=1.0, linestyle=(0, (5, 3)))
    axes.plot(estimate.frequencies, estimate.response, color=ACCENT, linewidth=2.2)
    axes.set_ylim(0, max(1.25, 1.1 * max(estimate.response)))
    axes.set_xlim(0, 0.5)
    axes.set_xlabel("cycles per pixel", size=SMALL_PT, color=SOFT, loc="left")
    axes.text(
        0.02,
        0.06,
        f"half is left at {estimate.mtf50:.2f}",
        transform=axes.transAxes,
        size=SMALL_PT,
        color=INK,
    )


def _draw_spectrum(axes: Axes, estimate: CameraEstimate) -> None:
    frequencies = estimate.frequencies
    lines = (
        (estimate.sharp_levels, "sharp photographs", SOFT, (0, (5, 3))),
        (estimate.power_levels, "this camera", ACCENT, "solid"),
        (estimate.texture_noise_levels, "of it noise and artefacts", INK, (0, (1, 2))),
    )
    for values, label, colour, dashes in lines:
        shown = [value if value > _LEVEL_FLOOR else float("nan") for value in values]
        axes.plot(frequencies, shown, color=colour, linewidth=1.8, linestyle=dashes, label=label)
    axes.set_yscale("log")
    axes.set_xlim(0, 0.5)
    axes.set_xlabel("cycles per pixel", size=SMALL_PT, color=SOFT, loc="left")
    axes.legend(frameon=False, fontsize=SMALL_PT, labelcolor=INK)


def _draw_noise(axes: Axes, estimate: CameraEstimate) -> None:
    axes.set_xlim(0, 255)
    axes.set_xlabel("brightness, 0 to 255", size=SMALL_PT, color=SOFT, loc="left")
    if not estimate.noise:
        axes.text(0.05, 0.5, "no flat places found", transform=axes.transAxes, size=SMALL_PT)
        return
    levels = [entry.level for entry in estimate.noise]
    luma = [entry.luma_levels for entry in estimate.noise]
    chroma = [entry.chroma_levels for entry in estimate.noise]
    axes.plot(
        levels, luma, color=ACCENT, linewidth=2.2, marker="o", markersize=4, label="brightness"
    )
    axes.plot(levels, chroma, color=SOFT, linewidth=1.6, marker="o", markersize=3, label="colour")
    axes.set_ylim(0, 1.2 * max(*luma, *chroma, 0.1))
    axes.legend(frameon=False, fontsize=SMALL_PT, labelcolor=INK)
