"""The wizard's jobs; each imports what it needs on its own thread, because torch takes seconds."""

from pathlib import Path

from adaptsr_app.jobs.run_folders import checkpoint_in
from adaptsr_app.jobs.worker import EngineJob
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.config.exporting import ExportSettings
from engine.config.registering import RegisterSettings
from engine.events import Emit, RankMapReady, Validated
from engine.training.crop_choice import CropChoice

_MOST_LOOKED_AT = 300
"""Pairs or photos of a folder: enough to know it by, and minutes at most."""


def register_job(settings: RegisterSettings) -> EngineJob:
    """Return a job that lines up photos of two cameras; see `engine.jobs.register`."""

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.register import register  # noqa: PLC0415 - brings torch

        return register(settings, emit, token)

    return job


def check_job(folders: tuple[Path, ...], scale: int | None) -> EngineJob:
    """Return a job that looks at every photo of each folder; see `engine.jobs.check_data`.

    Args:
        folders: A report each.
        scale: Of pairs; None for photos by themselves.
    """

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.check_data import check_data  # noqa: PLC0415 - brings torch

        return tuple(
            check_data(
                folder, emit, token, scale=scale, as_photos=scale is None, most=_MOST_LOOKED_AT
            )
            for folder in folders
        )

    return job


def measure_job(settings: AdaptSettings) -> EngineJob:
    """Return a job that measures the pace of a training; see `engine.jobs.training_benchmark`."""

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.training_benchmark import measure_pace  # noqa: PLC0415 - brings torch

        return measure_pace(settings, emit, token)

    return job


def plan_job(settings: AdaptSettings) -> EngineJob:
    """Return a job that scores every layer and returns the rank map as its event."""

    def job(emit: Emit, token: CancelToken) -> RankMapReady:
        from engine.jobs.training_benchmark import plan_adaptation  # noqa: PLC0415 - brings torch

        return plan_adaptation(settings, emit, token).event()

    return job


def adapt_job(
    settings: AdaptSettings,
    scored: RankMapReady | None = None,
    crop: CropChoice | None = None,
) -> EngineJob:
    """Return the main job; one that goes on first says again what it had measured before.

    Args:
        settings: What to adapt to what, and how.
        scored: What `plan_job` found for the same photos and network, if it did.
        crop: Which piece of which held-out photo is shown meanwhile.
    """

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.adapt import adapt  # noqa: PLC0415 - brings torch
        from engine.training.checkpoint import load_checkpoint  # noqa: PLC0415 - brings torch

        if settings.resume:
            best = float("-inf")
            for step, psnr_y_db in load_checkpoint(checkpoint_in(settings.out))["curve"]:
                best = max(best, psnr_y_db)
                emit(Validated(step, psnr_y_db, best))
        return adapt(settings, emit, token, scored=scored, crop=crop)

    return job


def pictures_job(settings: AdaptSettings, profile: Path) -> EngineJob:
    """Return a job that makes before/after pictures of the photos kept out."""

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.evaluation.held_out import held_out_pictures  # noqa: PLC0415 - brings torch

        return held_out_pictures(settings, profile, emit, token)

    return job


def export_job(settings: ExportSettings) -> EngineJob:
    """Return a job that writes a profile's network for another program."""

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.export import export  # noqa: PLC0415 - brings torch

        return export(settings, emit, token)

    return job
