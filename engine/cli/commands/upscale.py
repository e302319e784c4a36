"""`adaptsr upscale`: photos through the profile of their camera, or a backbone."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import options
from engine.cli.terminal import Terminal

if TYPE_CHECKING:
    from engine.upscaling.photo.photo_upscaler import PhotoResult


def upscale(
    context: typer.Context,
    *,
    sources: Annotated[list[Path], typer.Argument(help="Photos, or folders of photos.")],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    profile: Annotated[
        str | None,
        typer.Option(
            help="A profile's name, or its folder.",
            show_default="the one of each photo's camera, by EXIF",
        ),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            help="A network that comes with AdaptSR, or a file, instead of a profile. Beside "
            "--profile: the network that was made of, where --strength needs it."
        ),
    ] = None,
    strength: Annotated[
        int | None,
        typer.Option(
            help="How much of what a profile changed, in percent.",
            min=0,
            max=150,
            show_default="100",
        ),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(
            help="Use only profiles and networks of this scale.",
            min=1,
            max=8,
            show_default="the profile's, else 2",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="Names of the results, without the ending, of {stem}, {profile}, {strength}, "
            "{scale}, {width} and {height}.",
            show_default="{stem}_{profile}_x{scale}",
        ),
    ] = None,
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="JPEG, PNG, TIFF or WebP.", show_default="the photo's own"),
    ] = None,
    quality: Annotated[
        int | None, typer.Option(help="Of JPEG and WebP.", min=1, max=100, show_default="95")
    ] = None,
    strip_gps: Annotated[
        bool,
        typer.Option(
            "--strip-gps",
            help="Leave out the position where a photo was taken, and the camera maker's notes, "
            "which may hold it.",
        ),
    ] = False,
    strip_place: Annotated[
        bool,
        typer.Option(
            "--strip-place",
            help="Leave out the names of places (city, country) as well as the position.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace results that AdaptSR made earlier.")
    ] = False,
    replace: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file that AdaptSR did not make and that may be replaced all the same; may be "
            "repeated."
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair/--no-repair",
            help="Enlarge plainly where a network's colours are not the photo's; not for networks "
            "that change colours on purpose.",
        ),
    ] = True,
    device: options.Device = None,
    backend: Annotated[
        str | None,
        typer.Option(
            help="What computes on the processor: auto, torch or openvino. auto takes OpenVINO "
            "where it is installed and faster; the result is the same.",
            show_default="auto",
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Upscale photos with the profile of your camera, or with a plain network."""
    from engine.cli.running import perform
    from engine.cli.settings import build
    from engine.cli.wording import failure
    from engine.config.upscaling import UpscaleSettings
    from engine.jobs.upscale import upscale as upscale_job
    from engine.profiles.library import find_profile

    settings = build(
        UpscaleSettings,
        {
            "sources": tuple(source.expanduser() for source in sources),
            "out": out.expanduser(),
            "profile": None if profile is None else find_profile(profile).folder,
            "backbone": backbone,
            "strength": strength,
            "scale": scale,
            "name_template": name,
            "format": format_name,
            "quality": quality,
            "strip_gps": strip_gps,
            "strip_place": strip_place,
            "overwrite": overwrite,
            "repair": repair,
            "replace": tuple(file.expanduser() for file in replace) if replace else None,
            "device": device,
            "backend": backend,
        },
    )
    terminal = Terminal(as_json=json)
    report = perform(
        "upscale", lambda emit, token: upscale_job(settings, emit, token), terminal, context
    )
    lines = [
        f"{photo.name} → {output} ({result.fidelity.description})"
        for (photo, output), result in zip(report.done, report.results, strict=True)
    ]
    lines += [f"{photo.name}: {output} is there already" for photo, output in report.skipped]
    lines += [failure(photo, reason) for photo, reason in report.failed]
    if report.in_the_way:
        named = " ".join(f"--replace {shlex.quote(str(file))}" for _, file in report.in_the_way)
        lines.append(f"To replace what AdaptSR did not make, say so: {named}")
    terminal.result(
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


def _how(result: "PhotoResult") -> dict[str, object]:
    fidelity = result.fidelity
    return {
        "backend": fidelity.backend,
        "arithmetic": fidelity.arithmetic,
        "mean_error_255": fidelity.mean_abs_error * 255,
        "max_error_255": fidelity.max_abs_error * 255,
        "repaired_share": result.repaired_share,
    }
