"""Does `adaptsr doctor`: what this machine can do, and what is missing."""

from dataclasses import asdict

from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.tables import pair_lines
from engine.formatting import format_size
from engine.jobs.diagnosis import diagnose


def doctor(invocation: Invocation) -> None:
    """Show devices, versions, folders and problems."""
    found = perform("doctor", lambda _emit, _token: diagnose(), invocation)
    devices = [
        (
            f"{device.name}{' (default)' if device.is_default else ''}",
            ", ".join(
                part
                for part in (
                    device.description,
                    _free(device.free_memory_bytes, device.memory_bytes),
                    "fast bfloat16" if device.fast_bfloat16 else "no fast bfloat16",
                )
                if part
            ),
        )
        for device in found.devices
    ]
    versions = [(name, version or "not installed") for name, version in found.versions.items()]
    folders = [
        (folder.purpose, f"{folder.path} ({_free(folder.free_bytes, None)})")
        for folder in found.folders
    ]
    invocation.terminal.result(
        asdict(found),
        pair_lines([("system", found.system), *devices, *versions, *folders]),
        "\n".join(found.problems) or "Everything is in order.",
    )


def _free(free_bytes: int | None, total_bytes: int | None) -> str:
    if free_bytes is None:
        return ""
    of_total = "" if total_bytes is None else f" of {format_size(total_bytes)}"
    return f"{format_size(free_bytes)}{of_total} free"
