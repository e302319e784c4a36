"""The upscale page's job: the engine's, with torch loaded where it does not hold up the window."""

from adaptsr_app.jobs.worker import EngineJob
from engine.cancellation import CancelToken
from engine.config import UpscaleSettings
from engine.events import Emit


def upscale_job(settings: UpscaleSettings) -> EngineJob:
    """Return a job that upscales a queue and returns an `UpscaleReport`."""

    def job(emit: Emit, token: CancelToken) -> object:
        from engine.jobs.upscale import upscale  # noqa: PLC0415 - loads torch, which takes seconds

        return upscale(settings, emit, token)

    return job
