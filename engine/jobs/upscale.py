"""Job: upscale photos with the profile of their camera, one that is named, or a backbone."""

from engine.cancellation import CancelToken
from engine.config import UpscaleSettings
from engine.devices import pick_device
from engine.errors import ConfigError
from engine.events import Emit
from engine.jobs.upscale_networks import NetworksByCamera, network_of_backbone, network_of_profile
from engine.profiles.strength import FULL_PERCENT
from engine.upscaling.batch import check_batch, upscale_batch
from engine.upscaling.networks import Networks
from engine.upscaling.report import UpscaleReport


def upscale(settings: UpscaleSettings, emit: Emit, token: CancelToken) -> UpscaleReport:
    """Upscale every photo; one that cannot be is named, and the others go on.

    Where neither profile nor backbone is named, each photo gets the profile of its camera from the
    library, and the network that comes with AdaptSR where there is none.

    A result keeps the photo's colour profile, depth, transparency and metadata. It is written
    whole or not at all, and never over an existing file unless the settings say so. A second run
    leaves out what is finished.

    Args:
        settings: Photos, network, and how results are named and stored.
        emit: Receives events.
        token: Stops within a fraction of a second; the photo at hand then leaves nothing behind.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If there is no photo, or settings contradict each other.
        EngineError: If the network cannot be loaded, or the results will not fit onto the disk.
    """
    check_batch(settings)
    return upscale_batch(settings, _networks(settings, emit), emit, token)


def _networks(settings: UpscaleSettings, emit: Emit) -> Networks:
    wants_processor = settings.backend == "openvino" and settings.device == "auto"
    device = pick_device("cpu" if wants_processor else settings.device)
    if settings.profile is not None:
        return network_of_profile(settings, settings.profile, device)
    if settings.backbone is None:
        return NetworksByCamera(settings, device, emit)
    if settings.strength != FULL_PERCENT:
        raise ConfigError(
            "Strength is how much of a profile's changes are used, and a network alone has none.",
            remedy="Name a profile, or leave the strength at 100 %.",
        )
    return network_of_backbone(settings, settings.backbone, device)
