"""The networks of an upscaling: of a profile, of a backbone, or chosen by each photo's camera."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch

from engine.backbones.backbone import Backbone
from engine.backbones.catalogue import default_backbone, shipped_backbones
from engine.backbones.loading import load_backbone
from engine.config import UpscaleSettings
from engine.errors import ConfigError
from engine.events import Emit, Notice
from engine.files import sha256_of
from engine.imaging.photo import PhotoInfo
from engine.profiles.library import list_profiles
from engine.profiles.matching import ProfileMatcher, describe
from engine.profiles.profile import Profile, load_profile
from engine.profiles.strength import FULL_PERCENT, load_at_strength
from engine.upscaling.networks import NetworkFacts, OneNetwork
from engine.upscaling.photo_upscaler import PhotoUpscaler

_DEFAULT_SCALE = 2


def network_of_backbone(
    settings: UpscaleSettings, name_or_path: str, device: torch.device
) -> OneNetwork:
    """Load a backbone for all photos.

    Raises:
        BackboneError: If it cannot be loaded.
        ConfigError: If it has another scale than the settings ask for.
    """
    backbone = load_backbone(name_or_path, device=device)
    facts = NetworkFacts(backbone.name, backbone.scale, backbone.sha256 or backbone.name)
    _check_scale(settings, facts, "network")
    return OneNetwork(facts, _upscaler(settings, backbone))


def network_of_profile(settings: UpscaleSettings, folder: Path, device: torch.device) -> OneNetwork:
    """Load a profile, at the settings' strength, for all photos.

    Raises:
        ConfigError: If it has another scale than the settings ask for.
        EngineError: If it cannot be loaded, or not at this strength.
    """
    profile = load_profile(folder)
    facts = _facts_of(profile, settings.strength)
    _check_scale(settings, facts, "profile")
    network = load_at_strength(
        profile, settings.strength, backbone=settings.backbone, device=device
    )
    return OneNetwork(facts, _upscaler(settings, network))


class NetworksByCamera:
    """For each photo the profile of its camera, else the network that comes with AdaptSR."""

    def __init__(self, settings: UpscaleSettings, device: torch.device, emit: Emit) -> None:
        """Look through the library.

        Args:
            settings: Scale, strength, precision and backend are used.
            device: Where networks go.
            emit: Receives a notice for each profile that cannot be used.

        Raises:
            BackboneError: If there is neither a profile nor a network of the scale asked for.
            StorageError: If the library may not be read.
        """
        self._settings = settings
        self._device = device
        listing = list_profiles()
        for error in listing.broken:
            emit(Notice(f"A profile of your library is left out. {error}"))
        self._matcher = ProfileMatcher(listing.profiles, scale=settings.scale)
        self._scale = settings.scale or _DEFAULT_SCALE
        if not any(settings.scale in {None, profile.scale} for profile in listing.profiles):
            _ = self._shipped  # nothing else is left, so its error is for all photos
        self._profiles: dict[str, Profile] = {}
        self._by_profile: dict[Path, NetworkFacts] = {}

    def facts_for(self, info: PhotoInfo) -> NetworkFacts:
        """Return the network for a photo.

        Raises:
            BackboneError: If there is no profile of its camera, and no network of the scale asked
                for either.
        """
        match = self._matcher.find(info.camera)
        if match.profile is not None:
            return self._facts_of(match.profile)
        why = match.why_not or (
            "EXIF names no camera"
            if info.camera.model is None
            else "there is no profile of the camera"
        )
        reason = f"network {self._shipped.name}, which comes with AdaptSR; {why}"
        if self._settings.strength != FULL_PERCENT:
            reason += f", so a strength of {self._settings.strength} % means nothing here"
        return replace(self._shipped, reason=reason)

    def load(self, network: NetworkFacts) -> PhotoUpscaler:
        """Load a network that was chosen.

        Raises:
            EngineError: If it cannot be loaded, or not at this strength.
        """
        profile = self._profiles.get(network.identity)
        if profile is None:
            return _upscaler(self._settings, load_backbone(network.name, device=self._device))
        loaded = load_at_strength(profile, network.strength, device=self._device)
        return _upscaler(self._settings, loaded)

    @cached_property
    def _shipped(self) -> NetworkFacts:
        name = default_backbone(self._scale)
        return NetworkFacts(name, self._scale, shipped_backbones()[name].card.sha256)

    def _facts_of(self, profile: Profile) -> NetworkFacts:
        if profile.folder not in self._by_profile:
            facts = _facts_of(profile, self._settings.strength)
            camera = profile.provenance.camera
            made_for = "" if camera is None else f", made for {describe(camera)}"
            at = "" if facts.strength == FULL_PERCENT else f" at {facts.strength} %"
            reason = f"profile “{profile.name}”{at}{made_for}"
            self._by_profile[profile.folder] = replace(facts, reason=reason)
            self._profiles[facts.identity] = profile
        return self._by_profile[profile.folder]


def _facts_of(profile: Profile, strength: int) -> NetworkFacts:
    identity = sha256_of(profile.merged_path)
    if strength != FULL_PERCENT:
        identity += f" at {strength} %"
    return NetworkFacts(profile.name, profile.scale, identity, strength)


def _check_scale(settings: UpscaleSettings, facts: NetworkFacts, what: str) -> None:
    if settings.scale not in {None, facts.scale}:
        raise ConfigError(
            f"The {what} {facts.name} is for x{facts.scale}, not x{settings.scale}.",
            remedy=f"Choose another {what}, or leave the scale to it.",
        )


def _upscaler(settings: UpscaleSettings, backbone: Backbone) -> PhotoUpscaler:
    return PhotoUpscaler(backbone, precision=settings.precision, backend=settings.backend)
