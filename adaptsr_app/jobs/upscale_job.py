"""The upscale page's job: the engine's, with torch loaded where it does not hold up the window.

A run is one job whatever its photos were given: `UpscaleSettings.photos` says for each where its
result goes and what it is upscaled with, and the engine decides all the rest once. The window hands
its queue over and folds the events into its rows; names, sizes and networks that it shows
beforehand are asked of the same functions (`engine.upscaling.batch.result_shape`,
`engine.profiles.camera_networks`).
"""

from adaptsr_app.jobs.worker import EngineJob
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.events import Emit


def upscale_job(settings: UpscaleSettings) -> EngineJob:
    """Return a job that upscales a queue and returns an `UpscaleReport`."""

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.upscale import upscale  # noqa: PLC0415 - loads torch, which takes seconds

        return upscale(settings, emit, token)

    return job
