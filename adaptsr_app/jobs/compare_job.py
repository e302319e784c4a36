"""The engine's comparison as a job of the window; torch is loaded on the job's thread."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adaptsr_app.jobs.worker import EngineJob
from engine.cancellation import CancelToken
from engine.events import Emit

if TYPE_CHECKING:
    from engine.jobs.compare import Comparison

Part = tuple[int, int, int, int]


def compare_photo(
    photo: Path,
    contenders: Sequence[tuple[str, str, str]],
    *,
    part: Part | None,
    hr: Path | None,
    out: Path,
    device: str,
) -> EngineJob:
    """Return a job that enlarges one photo in several ways.

    Args:
        photo: The photo.
        contenders: Kind, title and source of each, as `engine.jobs.compare.Contender` takes them.
        part: Left, top, width, height in the photo's pixels; None for all of it.
        hr: The truth, if it is known.
        out: Folder for the pictures.
        device: As `engine.devices.pick_device` takes it.

    Returns:
        A job that returns a `Comparison`.
    """

    def job(emit: Emit, token: CancelToken) -> "Comparison":
        from engine.jobs.compare import (  # noqa: PLC0415 - loads torch, which takes seconds
            CompareSettings,
            Contender,
            Region,
            compare,
        )

        region = None
        if part is not None:
            left, top, width, height = part
            region = Region(left=left, top=top, width=width, height=height)
        made = [
            Contender.model_validate({"kind": kind, "title": title, "source": source})
            for kind, title, source in contenders
        ]
        settings = CompareSettings(
            photo=photo, contenders=tuple(made), region=region, hr=hr, out=out, device=device
        )
        return compare(settings, emit, token)

    return job
