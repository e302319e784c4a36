"""Job: upscale photos with the profile of their camera, or with what was chosen for each."""

from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.devices import pick_device
from engine.events import Emit
from engine.profiles.upscale_networks import RunNetworks
from engine.upscaling.batch.networks import NetworkChoice
from engine.upscaling.batch.report import UpscaleReport
from engine.upscaling.batch.running import check_batch, upscale_batch


def upscale(settings: UpscaleSettings, emit: Emit, token: CancelToken) -> UpscaleReport:
    """Upscale every photo; one that cannot be is named, and the others go on.

    Where neither profile nor backbone is chosen, a photo gets the profile of its camera from the
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
    wants_processor = settings.backend == "openvino" and settings.device == "auto"
    device = pick_device("cpu" if wants_processor else settings.device)
    networks = RunNetworks(settings, device, emit)
    if settings.sources:
        networks.check(NetworkChoice(settings.profile, settings.backbone, settings.strength))
    return upscale_batch(settings, networks, emit, token)
