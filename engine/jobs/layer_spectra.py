"""Job: measure what a profile changed in each layer."""

from pathlib import Path

from engine.adapters.spectra import UpdateSpectrum, update_spectra
from engine.cancellation import CancelToken
from engine.events import Emit, Progress, Stage
from engine.profiles.profile import load_adapter, load_profile


def layer_spectra(folder: Path, emit: Emit, token: CancelToken) -> dict[str, UpdateSpectrum]:
    """Return the singular values of ΔW by site, for the sites that have one.

    Args:
        folder: A profile.
        emit: Receives `Progress`.
        token: Stops the job.

    Raises:
        Cancelled: If the token says so.
        ProfileError: If the profile is damaged.
        StorageError: If the drive is gone or a file may not be read.
    """
    emit(Progress(Stage.LOAD, 0, 1, folder.name))
    profile = load_profile(folder)
    token.check()
    ranks = {site.site: site.rank for site in profile.rank_rows}
    spectra = update_spectra(load_adapter(folder), ranks, profile.rank_map.settings)
    emit(Progress(Stage.LOAD, 1, 1))
    return spectra
