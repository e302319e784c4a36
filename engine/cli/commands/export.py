"""Does `adaptsr export`: a profile's network, or a backbone, for other programs."""

from functools import partial

from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.settings import build, with_profile
from engine.config.exporting import ExportSettings
from engine.formatting import format_size
from engine.jobs.export import export as export_job


def export(invocation: Invocation) -> None:
    """Write a network's file and say how it was checked."""
    settings = build(ExportSettings, with_profile(invocation.values))
    exported = perform("export", partial(export_job, settings), invocation)
    invocation.terminal.result(
        {
            "path": exported.path,
            "files": exported.files,
            "format": settings.format,
            "size_bytes": exported.size_bytes,
            "max_abs_difference": exported.max_abs_difference,
        },
        f"{' and '.join(map(str, exported.files))} ({format_size(exported.size_bytes)}), "
        f"checked on a photo: {exported.max_abs_difference:.0e} at most from the original.",
    )
