"""The networks of an upscaling: of profiles, backbones, or chosen by each photo's camera."""

import math
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch

from engine.backbones.backbone import Backbone
from engine.backbones.catalogue import installed_backbones, shipped_backbones
from engine.backbones.loading import load_backbone
from engine.config.upscaling import UpscaleSettings
from engine.errors import ConfigError
from engine.events import Emit, Notice
from engine.files import sha256_of
from engine.imaging.photo import PhotoInfo
from engine.profiles.camera_networks import CameraNetworks
from engine.profiles.library import list_profiles
from engine.profiles.profile import Profile, load_profile
from engine.profiles.strength import load_at_strength
from engine.upscaling.batch.networks import FULL_STRENGTH, NetworkChoice, NetworkFacts
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler


class RunNetworks:
    """Answers every choice of a run; what was found out once is kept."""

    def __init__(self, settings: UpscaleSettings, device: torch.device, emit: Emit) -> None:
        """Prepare to answer.

        Args:
            settings: Scale, precision and backend are used.
            device: Where networks go.
            emit: Receives a notice for each profile that cannot be used.
        """
        self._settings, self._device, self._emit = settings, device, emit
        self._facts: dict[NetworkChoice, NetworkFacts] = {}
        self._origins: dict[str, tuple[NetworkChoice, Profile | None]] = {}
        self._loaded: dict[str, Backbone] = {}

    def check(self, choice: NetworkChoice) -> None:
        """Refuse a choice for all photos that cannot work, before any photo is looked at.

        Raises:
            ConfigError: If a network that is named has another scale than the settings ask for, or
                a strength is given to one that has none.
            EngineError: If it cannot be loaded, or there is none to choose from.
        """
        if choice.profile is None and choice.backbone is None:
            self._by_camera.check()
            return
        what = "network" if choice.profile is None else "profile"
        if choice.profile is None and choice.strength != FULL_STRENGTH:
            raise ConfigError(
                "Strength is how much of a profile's changes are used, and a network alone has none.",
                remedy="Name a profile, or leave the strength at 100 %.",
            )
        facts = self._facts_of(choice)
        if self._settings.scale not in {None, facts.scale}:
            raise ConfigError(
                f"The {what} {facts.name} is for x{facts.scale}, not x{self._settings.scale}.",
                remedy=f"Choose another {what}, or leave the scale to it.",
            )
        if facts.identity not in self._loaded:
            origin = self._origins[facts.identity]
            self._loaded = {facts.identity: self._load(*origin)}

    def facts_for(self, choice: NetworkChoice, info: PhotoInfo) -> NetworkFacts:
        """Return the network for a photo.

        Raises:
            BackboneError: If there is no profile of its camera, and no network of the scale asked
                for either.
            EngineError: If the chosen one cannot be used.
        """
        if choice.profile is not None or choice.backbone is not None:
            return self._facts_of(choice)
        found = self._by_camera.find(info.camera)
        strength = choice.strength
        if found.profile is not None:
            facts = self._facts_of(
                NetworkChoice(found.profile.folder, strength=strength), found.profile
            )
            at = "" if strength == FULL_STRENGTH else f" at {strength} %"
            return replace(facts, reason=f"profile “{facts.name}”{at}{found.reason}")
        reason = found.reason
        if strength != FULL_STRENGTH:
            reason += f", so a strength of {strength} % means nothing here"
        return replace(self._facts_of(NetworkChoice(backbone=found.backbone)), reason=reason)

    def load(self, network: NetworkFacts) -> PhotoUpscaler:
        """Load a network that was chosen.

        Raises:
            EngineError: If it cannot be loaded, or not at this strength.
        """
        backbone = self._loaded.pop(network.identity, None)
        if backbone is None:
            choice, profile = self._origins[network.identity]
            backbone = self._load(choice, profile)
        if not self._settings.repair:
            backbone.largest_shift = math.inf
        return PhotoUpscaler(
            backbone, precision=self._settings.precision, backend=self._settings.backend
        )

    def _load(self, choice: NetworkChoice, profile: Profile | None) -> Backbone:
        if profile is None:
            return load_backbone(choice.backbone or "", device=self._device)
        return load_at_strength(
            profile, choice.strength, backbone=choice.backbone, device=self._device
        )

    def _facts_of(self, choice: NetworkChoice, profile: Profile | None = None) -> NetworkFacts:
        if choice not in self._facts:
            if choice.profile is None:
                facts = self._facts_of_backbone(choice)
            else:
                profile = profile or load_profile(choice.profile)
                identity = sha256_of(profile.merged_path)
                if choice.strength != FULL_STRENGTH:
                    identity += f" at {choice.strength} %"
                facts = NetworkFacts(profile.name, profile.scale, identity, choice.strength)
            self._facts[choice] = facts
            self._origins.setdefault(facts.identity, (choice, profile))
        return self._facts[choice]

    def _facts_of_backbone(self, choice: NetworkChoice) -> NetworkFacts:
        name = choice.backbone or ""
        if not Path(name).exists():
            cards = {known: found.card for known, found in shipped_backbones().items()}
            if name in cards:
                return NetworkFacts(name, cards[name].scale, cards[name].sha256)
            installed = installed_backbones()
            if name in installed:
                card = installed[name].card
                return NetworkFacts(name, card.scale, card.sha256)
        backbone = load_backbone(name, device=self._device)
        facts = NetworkFacts(backbone.name, backbone.scale, backbone.sha256 or backbone.name)
        self._loaded = {facts.identity: backbone}  # most likely the one that is needed next
        return facts

    @cached_property
    def _by_camera(self) -> CameraNetworks:
        listing = list_profiles()
        for error in listing.broken:
            self._emit(Notice(f"A profile of your library is left out. {error}"))
        return CameraNetworks(listing.profiles, scale=self._settings.scale)
