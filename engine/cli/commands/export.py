"""`adaptsr export`: a profile's network, or a backbone, for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import options
from engine.cli.terminal import Terminal


def export(
    context: typer.Context,
    *,
    profile: Annotated[
        str | None, typer.Argument(help="A profile's name, or its folder.", show_default=False)
    ] = None,
    backbone: options.OptionalBackbone = None,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    format_name: Annotated[
        str,
        typer.Option(
            "--format",
            help="safetensors (spandrel, chaiNNer, ComfyUI), onnx, darktable (.dtmodel), ncnn "
            "(Upscayl's .param and .bin), or auto: by the file's ending.",
        ),
    ] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it exists.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Write a profile's network, or a backbone, as a file that other programs read.

    The file is run on a photo and compared before it gets its name.
    """
    from engine.cli.running import perform
    from engine.cli.settings import build
    from engine.config.exporting import ExportSettings
    from engine.jobs.export import export as export_job
    from engine.profiles.library import find_profile

    if (profile is None) == (backbone is None):
        raise typer.BadParameter("give either a profile or --backbone")
    settings = build(
        ExportSettings,
        {
            "profile": None if profile is None else find_profile(profile).folder,
            "backbone": backbone,
            "format": format_name,
            "out": out.expanduser(),
            "overwrite": overwrite,
        },
    )
    terminal = Terminal(as_json=json)
    exported = perform(
        "export", lambda emit, token: export_job(settings, emit, token), terminal, context
    )
    terminal.result(
        {
            "path": exported.path,
            "files": exported.files,
            "format": format_name,
            "size_bytes": exported.size_bytes,
            "max_abs_difference": exported.max_abs_difference,
        },
        f"{' and '.join(map(str, exported.files))} ({exported.size_bytes / 1e6:.1f} MB), "
        f"checked on a photo: {exported.max_abs_difference:.0e} at most from the original.",
    )
